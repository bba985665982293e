#!/usr/bin/env bash
# 1 GiB from one peer to one get over loopback on tmpfs, against a bare DEALER/ROUTER transfer with SHA-256
# and a write, and against nginx + curl + openssl. In turn, several rounds; medians and ratios.
#
#   tests/bench/transfer_bench.sh [ROUNDS] [MIB]      5 1024
set -euo pipefail
source "$(dirname "$0")/../../deploy/common.sh"
rounds=${1:-5}
mib=${2:-1024}
PATH=$PATH:/usr/sbin
for program in nginx curl openssl python3; do command -v $program >/dev/null || die "$program is missing: deploy/setup.sh bench"; done
for program in fragcast fragcast-bus fragcast-peer bare_transfer; do
  [[ -x $bin/$program ]] || die "$bin/$program is missing: cmake --preset release && cmake --build --preset release"
done
work=$(mktemp -d /dev/shm/fragcast-bench-XXXXXX)
chmod 755 "$work"  # nginx reads as another user
run=$work
trap 'stop_all 2000; kill $(cat "$work/nginx.id" 2>/dev/null) $bare 2>/dev/null; rm -rf "$work"' EXIT
bare=

# A virtual machine may have given its idle memory back: touch as much as the runs will fill.
head -c $((mib * 3))M /dev/zero >"$work/warm" && rm "$work/warm"
head -c "${mib}M" /dev/urandom >"$work/file"

start_program bus "$bin/fragcast-bus" --listen tcp://127.0.0.1:0 --http none
FRAGCAST_BUS=$(ready_field bus directory)
export FRAGCAST_BUS
start_program peer1 "$bin/fragcast-peer" --name peer1 --store "$work/peer1" --http 127.0.0.1:0
memory() { awk -v what="$1:" '$1 == what {print int($2 / 1024)}' "/proc/$(cat "$work/peer1.pid")/status"; }
idle=$(memory VmRSS)
TMPDIR=$work "$bin/fragcast" -q put "$work/file" --name bench --to peer1 >/dev/null

"$bin/bare_transfer" serve "$work/file" >"$work/bare.out" &
bare=$!
until grep -q '^ready' "$work/bare.out"; do pause 0.02; done
read -r _ endpoint size <"$work/bare.out"

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$work/nginx.conf" <<N
worker_processes 1;
pid $work/nginx.id;
error_log $work/nginx.log;
events {}
http { access_log off; sendfile on; server { listen 127.0.0.1:$port; root $work; } }
N
nginx -c "$work/nginx.conf"

timed() { # NAME COMMAND…: appends milliseconds to NAME.ms
  local name=$1 began
  shift
  began=$(date +%s%N)
  "$@"
  echo $((($(date +%s%N) - began) / 1000000)) >>"$work/$name.ms"
}
median() { sort -n "$work/$1.ms" | awk '{a[NR]=$1} END {print a[int((NR+1)/2)]}'; }
by_nginx() { curl -fsS "http://127.0.0.1:$port/file" -o "$work/out" && openssl dgst -sha256 "$work/out" >/dev/null; }

arrived() { # the bytes must be right, whoever brought them
  cmp -s "$work/out" "$work/file" || die "$1 brought other bytes"
  rm "$work/out"
}

echo 5 >"/proc/$(cat "$work/peer1.pid")/clear_refs"  # VmHWM: the most from here on
for ((round = 0; round <= rounds; ++round)); do
  timed get "$bin/fragcast" -q get bench -o "$work/out" >/dev/null
  arrived get
  timed bare "$bin/bare_transfer" fetch "$endpoint" "$size" "$work/out"
  arrived bare_transfer
  timed nginx by_nginx
  arrived nginx
  ((round)) || rm -f "$work"/*.ms   # the first is for warming up
done
g=$(median get) b=$(median bare) n=$(median nginx)
echo "get of $mib MiB, median of $rounds: $g [ms]"
echo "bare DEALER/ROUTER with SHA-256 and write: $b [ms]"
echo "nginx, curl, openssl dgst: $n [ms]"
awk -v g="$g" -v b="$b" -v n="$n" 'BEGIN {printf "speed against bare: %.2f\nspeed against nginx and curl: %.2f\n", b / g, n / g}'
echo "resident memory of the peer, idle: $idle [MiB]"
echo "resident memory of the peer, serving, at most: $(memory VmHWM) [MiB]"
