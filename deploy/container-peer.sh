#!/bin/sh
# A peer in a container. It takes the first store that no other peer uses, so that any number of containers can
# share the volume, and those of tomorrow take up the stores of today. Others are told the container's own address.
# Options that follow, and FRAGCAST_* of the environment, say more than what is set here.
set -eu
stores=${XDG_DATA_HOME:-/data}
i=1
while :; do
  mkdir -p "$stores/peer$i"
  # The peer inherits the descriptor: the lock ends with it, however it ends.
  exec 9>"$stores/peer$i.taken"
  flock -n 9 && break
  i=$((i + 1))
done
address=$(hostname -i)
export FRAGCAST_INSECURE="${FRAGCAST_INSECURE:-true}"
export FRAGCAST_LISTEN="${FRAGCAST_LISTEN:-tcp://0.0.0.0:5560}"
export FRAGCAST_ADVERTISE="${FRAGCAST_ADVERTISE:-${address%% *}}"
export FRAGCAST_HTTP="${FRAGCAST_HTTP:-0.0.0.0:8001}"
export FRAGCAST_NAME="${FRAGCAST_NAME:-peer$i}"
exec fragcast-peer --store "$stores/peer$i" "$@"
