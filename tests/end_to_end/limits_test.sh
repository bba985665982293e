#!/usr/bin/env bash
# Limits of upload and download hold within 5 % over 10 s, and can be changed while bytes flow.
set -uo pipefail
source "$(dirname "$0")/../support/end_to_end.sh"

rate=$((4 * 1024 * 1024))
head -c 100000000 /dev/urandom >"$work/up"
head -c 120000000 /dev/urandom >"$work/down"
start_bus || { echo "FAIL limits: the bus does not start"; exit 1; }
for peer in "sender --max-upload 4M" "taker" "giver" "keeper --max-download 4M"; do
  # shellcheck disable=SC2086
  start_peer ${peer%% *} --no-copies $(cut -s -d' ' -f2- <<<"$peer") || bad "limits: $peer does not start"
done
fc -q put "$work/up" --name up --to sender --replicas 1 >/dev/null || bad "limits: put"
fc -q put "$work/down" --name down --to giver --replicas 1 >/dev/null || bad "limits: put"
known() { api "$1" assets | jq -e --arg n "$2" '.assets[]|select(.name==$n)'; }
until_true 5 known taker up && until_true 5 known keeper down || bad "limits: the assets are not known"

bytes() { api "$1" peers | jq '[.peers[]|select(.self|not).bytes_in]|add'; }
now_us() { echo $(($(date +%s%N) / 1000)); }
flows() { (($(bytes "$1") > 2 * rate)); }
# measure SECONDS PEER…: bytes per second, in thousandths of $rate, of each.
measure() {
  local seconds=$1 peer
  shift
  local -A before at
  for peer in "$@"; do at[$peer]=$(now_us); before[$peer]=$(bytes "$peer"); done
  read -rt "$seconds" <> <(:) || true
  for peer in "$@"; do
    echo "$peer $(((($(bytes "$peer") - before[$peer]) * 1000000000 / ($(now_us) - at[$peer])) / rate))"
  done
}
holds_at() { # PEER MEASURED WANTED
  local got
  got=$(sed -n "s/^$1 //p" <<<"$2")
  ((got * 20 >= $3 * 19 && got * 20 <= $3 * 21)) && pass "limits: $1: $got thousandths of $3" || bad "limits: $1: $got thousandths, not $3"
}
curl -sS --max-time 5 -H 'X-Fragcast: 1' -d '{"name":"up","wait_ms":0}' -o /dev/null "$(http_of taker)/api/v1/fetch" || bad "limits: fetch"
curl -sS --max-time 5 -H 'X-Fragcast: 1' -d '{"name":"down","wait_ms":0}' -o /dev/null "$(http_of keeper)/api/v1/fetch" || bad "limits: fetch"
# What a limit lets through at once is past.
until_true 10 flows taker && until_true 10 flows keeper || bad "limits: nothing flows"
measured=$(measure 10 taker keeper)
holds_at taker "$measured" 1000
holds_at keeper "$measured" 1000
curl -sS -X PUT -H 'X-Fragcast: 1' -d "{\"max_upload\":$((rate / 2))}" -o /dev/null "$(http_of sender)/api/v1/limits"
curl -sS -X PUT -H 'X-Fragcast: 1' -d "{\"max_download\":$((rate * 3 / 2))}" -o /dev/null "$(http_of keeper)/api/v1/limits"
read -rt 1 <> <(:) || true
measured=$(measure 8 taker keeper)
holds_at taker "$measured" 500
holds_at keeper "$measured" 1500
exit $((failures > 0))
