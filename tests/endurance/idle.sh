#!/usr/bin/env bash
# A peer that knows 10,000 assets and at which nobody looks uses less than 0.5 % of a core: tests/bench/idle_bench.sh,
# as a check that fails. Whatever else runs makes it dearer and nothing makes it cheaper, so of up to three measurements
# the least counts, and a line for each peer says them all. A minute or two each.
#
#   tests/endurance/idle.sh     FRAGCAST_IDLE_ASSETS=10000, FRAGCAST_IDLE_SECONDS=30, FRAGCAST_IDLE_PERCENT=0.5
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
assets=${FRAGCAST_IDLE_ASSETS:-10000} seconds=${FRAGCAST_IDLE_SECONDS:-30} most=${FRAGCAST_IDLE_PERCENT:-0.5}
below() { awk -v a="$1" -v b="$2" 'BEGIN {exit !(a < b)}'; }

declare -A measured=([idle]='' [holder]='') good=()
for ((time = 1; time <= 3 && ${#good[@]} < 2; ++time)); do
  said=$(timeout -s KILL 900 bash tests/bench/idle_bench.sh "$assets" "$seconds" 2>&1) || { echo "FAIL idle: it could not be measured: $(tail -n 2 <<<"$said" | tr '\n' ' ')"; exit 1; }
  for peer in "${!measured[@]}"; do
    percent=$(sed -n "s/^$peer, $assets assets, nobody looks: \([0-9.]*\) % of a core$/\1/p" <<<"$said")
    [[ $percent ]] || { echo "FAIL idle: what $peer costs is not said: $(tr '\n' ' ' <<<"$said")"; exit 1; }
    measured[$peer]+="${measured[$peer]:+, }$percent %"
    ! below "$percent" "$most" || good[$peer]=yes
  done
done
status=0
for peer in idle holder; do
  case $peer in
    idle) who="a peer that knows $assets assets" ;;
    holder) who="a peer that holds $assets assets" ;;
  esac
  if [[ ${good[$peer]:-} ]]; then echo "PASS idle: $who uses less than $most % of a core while nobody looks: ${measured[$peer]}"
  else echo "FAIL idle: $who uses $most % of a core or more while nobody looks: ${measured[$peer]}"; status=1; fi
done
exit $status
