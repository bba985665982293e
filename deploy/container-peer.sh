#!/bin/sh
# A peer in a container. It takes the first store in /data that no other peer uses, so that any number of
# containers can share the volume, and those of tomorrow take up the stores of today. Others are told the
# container's own address. What follows goes to fragcast-peer as it is.
set -eu
i=1
while :; do
  mkdir -p "/data/peer$i"
  # The peer inherits the descriptor: the lock ends with it, however it ends.
  exec 9>"/data/peer$i.taken"
  flock -n 9 && break
  i=$((i + 1))
done
address=$(hostname -i)
exec fragcast-peer --insecure --name "peer$i" --store "/data/peer$i" --listen tcp://0.0.0.0:5560 \
  --advertise "${address%% *}" --http 0.0.0.0:8001 "$@"
