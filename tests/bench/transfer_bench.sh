#!/usr/bin/env bash
# 1 GiB from one peer to one get over loopback on tmpfs, against a bare DEALER/ROUTER transfer with SHA-256
# and a write, and against nginx + curl + openssl. In turn, several rounds; medians and ratios.
#
#   tests/bench/transfer_bench.sh [ROUNDS] [MIB]      5 1024
set -euo pipefail
source "$(dirname "$0")/../../deploy/common.sh"
rounds=${1:-5}
mib=${2:-1024}
for program in nginx curl openssl; do command -v $program >/dev/null || [[ -x /usr/sbin/$program ]] || die "$program is missing: deploy/setup.sh bench"; done
work=$(mktemp -d /dev/shm/fragcast-bench-XXXXXX)
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
rss() { awk '/^VmRSS/ {print int($2 / 1024)}' "/proc/$(cat "$work/peer1.pid")/status"; }
idle=$(rss)
TMPDIR=$work "$bin/fragcast" -q put "$work/file" --name bench --to peer1 >/dev/null

"$bin/bare_transfer" serve "$work/file" >"$work/bare.out" &
bare=$!
until grep -q '^ready' "$work/bare.out"; do read -rt 0.02 <> <(:) || true; done
read -r _ endpoint size <"$work/bare.out"

cat >"$work/nginx.conf" <<N
worker_processes 1;
pid $work/nginx.id;
error_log $work/nginx.log;
events {}
http { access_log off; sendfile on; server { listen 127.0.0.1:18099; root $work; } }
N
PATH=$PATH:/usr/sbin nginx -c "$work/nginx.conf"

timed() { # NAME COMMAND…: appends milliseconds to NAME.ms
  local name=$1 began
  shift
  began=$(date +%s%N)
  "$@"
  echo $((($(date +%s%N) - began) / 1000000)) >>"$work/$name.ms"
}
median() { sort -n "$work/$1.ms" | awk '{a[NR]=$1} END {print a[int((NR+1)/2)]}'; }
by_nginx() { curl -s http://127.0.0.1:18099/file -o "$work/out" && openssl dgst -sha256 "$work/out" >/dev/null; }

peak=0
for ((round = 0; round <= rounds; ++round)); do
  timed get "$bin/fragcast" -q get bench -o "$work/out" >/dev/null
  now=$(rss); ((now > peak)) && peak=$now
  cmp -s "$work/out" "$work/file" || die "get gave other bytes"
  rm -f "$work/out"
  timed bare "$bin/bare_transfer" fetch "$endpoint" "$size" "$work/out"; rm -f "$work/out"
  timed nginx by_nginx; rm -f "$work/out"
  ((round)) || rm -f "$work"/*.ms   # the first is for warming up
done
g=$(median get) b=$(median bare) n=$(median nginx)
echo "get of $mib MiB, median of $rounds: $g [ms]"
echo "bare DEALER/ROUTER with SHA-256 and write: $b [ms]"
echo "nginx, curl, openssl dgst: $n [ms]"
awk -v g="$g" -v b="$b" -v n="$n" 'BEGIN {printf "speed against bare: %.2f\nspeed against nginx and curl: %.2f\n", b / g, n / g}'
echo "resident memory of the peer, idle: $idle [MiB]"
echo "resident memory of the peer, serving: $peak [MiB]"
