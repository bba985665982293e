#!/usr/bin/env bash
# A crowd fetches one file of one source at once, over loopback on tmpfs: fragcast, and aria2's BitTorrent, in turn.
# Seconds of processor per GiB delivered, of all nodes together (source, bus and tracker too), and seconds until all
# have it; medians and ratios.
#
#   tests/bench/crowd_bench.sh [ROUNDS] [MIB] [PEERS]      3 256 16
set -euo pipefail
source "$(dirname "$0")/../../deploy/common.sh"
rounds=${1:-3}
mib=${2:-256}
peers=${3:-16}
for program in aria2c python3; do command -v $program >/dev/null || die "$program is missing: deploy/setup.sh bench"; done
for program in fragcast fragcast-bus fragcast-peer; do
  [[ -x $bin/$program ]] || die "$bin/$program is missing: cmake --preset release && cmake --build --preset release"
done
work=$(mktemp -d /dev/shm/fragcast-bench-XXXXXX)
trap 'stop_all 2000; kill "${nodes[@]}" 2>/dev/null; rm -rf "$work"' EXIT
nodes=()
(($(df --output=avail -m /dev/shm | tail -1) > mib * (peers + 4))) || die "/dev/shm has no room for $((peers + 4)) times $mib MiB"
head -c "${mib}M" /dev/urandom >"$work/file"
helper=$(dirname "$0")/crowd_rival.py

ticks() { # PID…: of processor, user and system
  local pid sum=0 stat
  for pid; do
    stat=$(<"/proc/$pid/stat")
    # shellcheck disable=SC2086 # fields
    set -- ${stat##*) }
    sum=$((sum + ${12} + ${13}))
  done
  echo $sum
}
note() { # NAME MS TICKS
  echo "$2" >>"$work/$1.ms"
  awk -v t="$3" -v hz="$(getconf CLK_TCK)" -v gib="$(awk -v m="$mib" -v p="$peers" 'BEGIN {print m * p / 1024}')" \
    'BEGIN {printf "%.2f\n", t / hz / gib}' >>"$work/$1.cpu"
}
median() { sort -n "$1" | awk '{a[NR]=$1} END {print a[int((NR+1)/2)]}'; }

by_fragcast() {
  local i began pids=() fetches=() before
  run=$work/run
  mkdir "$run"
  start_free_bus bus --http none
  FRAGCAST_BUS=$(ready_field bus directory)
  export FRAGCAST_BUS
  for ((i = 0; i <= peers; ++i)); do
    start_program "p$i" "$bin/fragcast-peer" --name "p$i" --store "$work/p$i" --http 127.0.0.1:0 --no-copies
  done
  TMPDIR=$work "$bin/fragcast" -q put "$work/file" --name crowd --to p0 --replicas 1 >/dev/null
  for i in bus $(seq -f 'p%g' 0 "$peers"); do pids+=("$(cat "$run/$i.pid")"); done
  before=$(ticks "${pids[@]}")
  began=$(now_ms)
  for ((i = 1; i <= peers; ++i)); do
    "$bin/fragcast" -q --timeout 300 fetch crowd --peer "p$i" >/dev/null &
    fetches+=($!)
  done
  for i in "${fetches[@]}"; do wait "$i" || die "a peer of fragcast does not get all"; done
  note fragcast $(($(now_ms) - began)) $(($(ticks "${pids[@]}") - before))
  for ((i = 1; i <= peers; ++i)); do
    cat "$work/p$i"/assets/*/0*.bin | cmp -s - "$work/file" || die "p$i has other bytes"
  done
  stop_all 3000
  rm -rf "$run" "$work"/p[0-9]*
}

by_aria2() {
  local i began port nodes_named=() done_all
  port=$((21000 + SRANDOM % 8000))
  for ((i = 0; i <= peers; ++i)); do nodes_named+=("127.0.1.$((i + 1)):$((30000 + SRANDOM % 2000))"); done
  python3 "$helper" torrent "$work/file" "http://127.0.0.1:$port/announce" "$work/file.torrent"
  python3 "$helper" track "$port" "${nodes_named[@]}" &
  nodes=($!)
  printf '#!/bin/sh\ntouch "$3.done"\n' >"$work/done.sh"
  chmod +x "$work/done.sh"
  until_true 10 curl -fsS "http://127.0.0.1:$port/announce"
  node() { # NUMBER FOLDER [OPTION…]
    local number=$1 folder=$2
    shift 2
    mkdir -p "$folder"
    aria2c --no-conf --enable-dht=false --enable-dht6=false --bt-enable-lpd=false --enable-peer-exchange=false \
      --bt-max-peers=0 --disable-ipv6=true --file-allocation=none --summary-interval=0 --quiet --seed-ratio=0.0 \
      --bt-tracker-interval=1 --interface="${nodes_named[$number]%:*}" --listen-port="${nodes_named[$number]#*:}" \
      -d "$folder" "$@" "$work/file.torrent" &
    nodes+=($!)
  }
  node 0 "$work" --bt-seed-unverified=true
  began=$(now_ms)
  for ((i = 1; i <= peers; ++i)); do node "$i" "$work/a$i" --on-bt-download-complete="$work/done.sh"; done
  done_all() { (($(find "$work" -maxdepth 2 -name 'file.done' | wc -l) == peers)); }
  until_true 300 done_all || die "aria2 does not get all"
  note aria2 $(($(now_ms) - began)) "$(ticks "${nodes[@]}")"
  for ((i = 1; i <= peers; ++i)); do cmp -s "$work/a$i/file" "$work/file" || die "aria2 has other bytes"; done
  kill "${nodes[@]}" 2>/dev/null
  wait "${nodes[@]}" 2>/dev/null || true
  nodes=()
  rm -rf "$work"/a[0-9]*
}

for ((round = 1; round <= rounds; ++round)); do
  by_fragcast
  by_aria2
done
f=$(median "$work/fragcast.cpu") a=$(median "$work/aria2.cpu")
fm=$(median "$work/fragcast.ms") am=$(median "$work/aria2.ms")
echo "$peers peers fetch $mib MiB of one, median of $rounds:"
echo "fragcast: $f [s of processor per GiB delivered], all have it after $fm [ms]"
echo "aria2 (BitTorrent): $a [s of processor per GiB delivered], all have it after $am [ms]"
awk -v f="$f" -v a="$a" -v fm="$fm" -v am="$am" 'BEGIN {printf "processor against aria2: %.2f\ntime against aria2: %.2f\n", f / a, fm / am}'
