#!/usr/bin/env bash
# Limits of upload and download hold within 5 % over 10 s, and can be changed while bytes flow.
set -uo pipefail
source "$(dirname "$0")/../support/end_to_end.sh"

rate=$((4 * 1024 * 1024))
for file in up down; do head -c 250000000 /dev/urandom >"$work/$file"; done
start_bus || { echo "FAIL limits: the bus does not start"; exit 1; }
for peer in "sender --max-upload 4M" "taker" "giver" "keeper --max-download 4M"; do
  # shellcheck disable=SC2086
  start_peer ${peer%% *} --no-copies $(cut -s -d' ' -f2- <<<"$peer") || bad "limits: $peer does not start"
done
fc -q put "$work/up" --name up --to sender --replicas 1 >/dev/null || bad "limits: put"
fc -q put "$work/down" --name down --to giver --replicas 1 >/dev/null || bad "limits: put"
known() { api "$1" assets | jq -e --arg n "$2" '.assets[]|select(.name==$n)'; }
until_true 5 known taker up && until_true 5 known keeper down || bad "limits: the assets are not known"

bytes() { curl -fsS --max-time 120 -o "$work/peers.$1" "$(http_of "$1")/api/v1/peers"; }
count() { jq '[.peers[]|select(.self|not).bytes_in]|add' "$work/peers.$1"; }
now_us() { echo "${EPOCHREALTIME/[.,]/}"; }
flows() { bytes "$1" && (($(count "$1") > 2 * rate)); }
# look PEER: its bytes, and between which times that was [us].
look() {
  local before
  before=$(now_us)
  bytes "$1"
  echo "$(now_us) $before $(count "$1")"
}
# measure SECONDS PEER…: bytes per second, in thousandths of $rate, of each: the least and the most that it can have been.
measure() {
  local seconds=$1 peer from to
  shift
  local -A first
  for peer; do first[$peer]=$(look "$peer"); done
  pause "$seconds"
  for peer; do
    read -ra from <<<"${first[$peer]}"
    read -ra to <<<"$(look "$peer")"
    echo "$peer $(per_second "${to[0]}" "${from[1]}") $(per_second "${to[1]}" "${from[0]}")"
  done
}
per_second() { echo $(((to[2] - from[2]) * 1000000000 / ($1 - $2) / rate)); }
holds_at() { # PEER MEASURED WANTED
  local least most
  read -r _ least most <<<"$(grep "^$1 " <<<"$2")"
  ((most * 20 >= $3 * 19 && least * 20 <= $3 * 21)) && pass "limits: $1: $least to $most thousandths of $3" || bad "limits: $1: $least to $most thousandths, not $3"
}
curl -sS --max-time 120 -H 'X-Fragcast: 1' -d '{"name":"up","wait_ms":0}' -o /dev/null "$(http_of taker)/api/v1/fetch" || bad "limits: fetch"
curl -sS --max-time 120 -H 'X-Fragcast: 1' -d '{"name":"down","wait_ms":0}' -o /dev/null "$(http_of keeper)/api/v1/fetch" || bad "limits: fetch"
# What a limit lets through at once is past.
until_true 10 flows taker && until_true 10 flows keeper || bad "limits: nothing flows"
measured=$(measure 10 taker keeper)
holds_at taker "$measured" 1000
holds_at keeper "$measured" 1000
curl -sS -X PUT -H 'X-Fragcast: 1' -d "{\"max_upload\":$((rate / 2))}" -o /dev/null "$(http_of sender)/api/v1/limits"
curl -sS -X PUT -H 'X-Fragcast: 1' -d "{\"max_download\":$((rate * 3 / 2))}" -o /dev/null "$(http_of keeper)/api/v1/limits"
pause 1
measured=$(measure 8 taker keeper)
holds_at taker "$measured" 500
holds_at keeper "$measured" 1500
exit $((failures > 0))
