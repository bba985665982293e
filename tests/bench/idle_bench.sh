#!/usr/bin/env bash
# What a peer costs that knows many assets and at which nobody looks: its processor time, in percent of one core, while a
# bus and the peer that holds them all stay; then the same while one event stream is open (where curl is).
#
#   tests/bench/idle_bench.sh [ASSETS] [SECONDS]      10000 30
set -euo pipefail
source "$(dirname "$0")/../../deploy/common.sh"
assets=${1:-10000}
seconds=${2:-30}
for program in python3 jq curl; do command -v $program >/dev/null || die "$program is missing: deploy/setup.sh bench"; done
for program in fragcast-bus fragcast-peer; do
  [[ -x $bin/$program ]] || die "$bin/$program is missing: cmake --preset release && cmake --build --preset release"
done
work=$(mktemp -d /dev/shm/fragcast-bench-XXXXXX)
run=$work/run
mkdir "$run"
trap 'stop_all 2000; rm -rf "$work"' EXIT

ran_ns() { # PEER: of its threads, so far
  local sum=0 file ran
  for file in "/proc/$(<"$run/$1.pid")"/task/*/schedstat; do
    read -r ran _ <"$file"
    sum=$((sum + ran))
  done
  echo $sum
}
# percent PEER SECONDS
percent() {
  local before after
  before=$(ran_ns "$1")
  pause "$2"
  after=$(ran_ns "$1")
  awk -v ns=$((after - before)) -v s="$2" 'BEGIN {printf "%.2f", ns / s / 1e7}'
}
knows() { # PEER: how many assets
  curl -fsS --max-time 40 "$(ready_field "$1" http)/api/v1/assets?limit=1000" >"$work/page" || return
  local count next
  count=$(jq '.assets | length' "$work/page")
  while next=$(jq -r '.next // ""' "$work/page"); [[ $next ]]; do
    curl -fsS --max-time 40 "$(ready_field "$1" http)/api/v1/assets?limit=1000&after=$next" >"$work/page" || return
    count=$((count + $(jq '.assets | length' "$work/page")))
  done
  echo "$count"
}
knows_all() { (($(knows "$1") == assets)); }
quiet() { awk -v p="$(percent "$1" 2)" 'BEGIN {exit !(p < 20)}'; }

mkdir -p "$work/holder/assets"
python3 - "$(dirname "$0")/../support" "$work/holder/assets" "$assets" <<'PY'
import sys
sys.path.insert(0, sys.argv[1])
from strange_asset import make
for number in range(int(sys.argv[3])):
    make(sys.argv[2], f"asset {number:05}", "text/plain", b"%d" % number)
PY
start_free_bus bus --http none
FRAGCAST_BUS=$(ready_field bus directory)
export FRAGCAST_BUS
start_program holder "$bin/fragcast-peer" --name holder --store "$work/holder" --http 127.0.0.1:0
start_program idle "$bin/fragcast-peer" --name idle --store "$work/idle" --http 127.0.0.1:0 --no-copies
for peer in holder idle; do
  until_true 300 knows_all $peer || die "$peer knows $(knows $peer) of $assets assets"
done
for peer in idle holder; do until_true 120 quiet $peer || die "$peer does not come to rest"; done
for peer in idle holder; do
  echo "$peer, $assets assets, nobody looks: $(percent $peer "$seconds") % of a core"
done
curl -sN --max-time $((seconds + 5)) -H 'Accept: text/event-stream' "$(ready_field idle http)/api/v1/events" >/dev/null &
watcher=$!
until_true 60 quiet idle
echo "idle, one page looks: $(percent idle $((seconds < 10 ? seconds : 10))) % of a core"
kill $watcher 2>/dev/null || true
