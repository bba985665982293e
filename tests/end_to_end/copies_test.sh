#!/usr/bin/env bash
# Copies: made, made again after a crash, handed over by who stops or drains, kept below the store's limit.
set -uo pipefail
source "$(dirname "$0")/../support/end_to_end.sh"

start_bus || { echo "FAIL copies: the bus does not start"; exit 1; }
peers=(p1 p2 p3 p4)
options=(--max-store-size 100M --repair-after 10s)
for name in "${peers[@]}"; do start_peer $name "${options[@]}" || { echo "FAIL copies: $name does not start"; exit 1; }; done
head -c 6000001 /dev/urandom >"$work/file.bin"

# holders NAME: of each fragment, how many peers have it, sorted and unique: "2" when all have two.
holders() {
  fc --json directory | jq -rs --arg n "$1" '[.[]|select(.guest|not)|.holds[]|select(.name==$n)|.fragments]|.[]' |
    tr ',' '\n' | while IFS=- read -r from to; do seq "$from" "${to:-$from}"; done | sort -n | uniq -c | awk '{print $1}' | sort -un | tr '\n' ' '
}
has_least() { [[ $(holders "$1") =~ ^[2-9] ]]; }
has_copies() { [[ $(holders "$1") == "$2 " ]]; }
same() { rm -f "$work/out.bin"; fc get "$1" -o "$work/out.bin" && cmp "$work/out.bin" "$work/file.bin"; }
gone() { ! kill -0 "$(cat "$run/$1.pid")" 2>/dev/null; }

# --- made -----------------------------------------------------------------------------------------
check "copies: put" fc put "$work/file.bin" --name kept --to p1
check "copies: what one peer was given, two have soon" until_true 20 has_copies kept 2
check "copies: alone is only what was to be alone" bash -c "'$bin/fragcast' put '$work/file.bin' --name single --to p2 --replicas 1 && '$bin/fragcast' directory --at-risk | grep -q '^single  0-9  only at p2$'"
tells_risk() { [[ $(api p2 info | jq .at_risk) == 10 ]] && curl -fsS "$(http_of p2)/metrics" | grep -qx 'fragcast_at_risk_fragments 10'; }
check "copies: the holder knows, and says so in info and metrics" until_true 5 tells_risk
logged_risk() { grep -q 'no other peer has 10 fragments that are here: single 0-9' "$run/p2.log"; }
check "copies: and in its log, once it lasted" until_true 15 logged_risk

# --- stopped: last copies only --------------------------------------------------------------------
kill -TERM "$(cat "$run/p2.pid")"
check "copies: who stops ends within its time, and sooner where little is to hand over" within 5 gone p2
check "copies: the last copies are with those who stay" until_true 5 has_copies single 1
check "copies: byte for byte" same single
check "copies: what others have was not handed over" bash -c "! grep -q 'offers kept' '$run'/p[34].log"

# --- killed ---------------------------------------------------------------------------------------
check "copies: p2 comes back" start_peer p2 "${options[@]}"
check "copies: three of another" fc put "$work/file.bin" --name three --replicas 3
victim=$(fc --json locate kept 0 | jq -r .peer.name | grep -v p2 | head -1)
kill -KILL "$(cat "$run/$victim.pid")"
began=$(now_ms)
fc put "$work/file.bin" --name atonce --replicas 3 >"$work/put.txt" 2>&1 || bad "copies: a put beside a killed peer: $(tail -1 "$work/put.txt")"
took=$(($(now_ms) - began))
check "copies: a put does not wait for a peer that was just killed ($took ms)" in_time $took 4000
check "copies: and says whom it passed over" grep -q "^$victim was passed over: .*refused" "$work/put.txt"
check "copies: all of it is with those who live" until_true 5 has_copies atonce 3
missed() { ! fc --json peers | grep -q "\"$victim\""; }
check "copies: a killed peer is missed within its lease" within 18 missed
began=$(now_ms)
two_left() { [[ $(holders three) == 2* ]]; }
check "copies: what two others have as well waits" two_left
check "copies: what it had has two copies again at once" until_true 15 has_least kept
check "copies: byte for byte after that" same kept
check "copies: what waited is made when --repair-after has passed" until_true 20 has_copies three 3
took=$(($(now_ms) - began))
check "copies: and not before ($took ms)" test $took -gt 3000

# --- drained --------------------------------------------------------------------------------------
leaver=$(fc --json locate kept 0 | jq -r .peer.name | grep -v p2 | head -1)
check "copies: drain returns when the peer is gone" fc drain --peer "$leaver"
check "copies: it is gone" until_true 5 gone "$leaver"
check "copies: and two of those who stay have all that it had" has_least kept
check "copies: byte for byte once more" same kept
check "copies: one that would drain for a minute" start_peer heavy --max-upload 100K --stop-timeout 1s
check "copies: put to it" fc put "$work/file.bin" --name heavy --to heavy --replicas 1
fc drain --peer heavy >"$work/drain.txt" 2>&1 &
drain=$!
draining() { api heavy info | jq -e '.farewell.state=="draining"'; }
check "copies: it drains" until_true 5 draining
kill -TERM "$(cat "$run/heavy.pid")"
check "copies: SIGTERM overrules that: it ends within --stop-timeout" within 3 gone heavy
wait $drain && bad "copies: drain says that all is well"
check "copies: and who drained it is told what is left" grep -q 'lack copies at those who stay: heavy ' "$work/drain.txt"

# --- the store's limit ----------------------------------------------------------------------------
check "copies: a small one" start_peer small --max-store-size 14M --no-copies
for i in 1 2 3 4; do
  head -c 5000000 /dev/urandom >"$work/film$i"
  check "copies: put film$i" fc -q put "$work/film$i" --name "film$i" --to p2
done
for i in 1 2 3 4; do check "copies: film$i has its copies" until_true 20 has_least "film$i"; done
play_all() {
  local i id
  for i in 1 2 3 4; do
    id=$(fc --json ls | jq -r --arg n "film$i" 'select(.name==$n).id')
    curl -fsS -m 60 -o "$work/out" "$(http_of small)/content/$id" && cmp "$work/out" "$work/film$i" || return
  done
}
check "copies: at a small store more is played than fits, one after the other" play_all
below() { [[ $(du -sb --apparent-size "$work/small/assets" | cut -f1) -lt $((14 << 20)) ]]; }
check "copies: and never keeps more than its limit" below
evicted() { [[ $(api small info | jq .counters.evicted) -gt 0 ]]; }
check "copies: by dropping what others have" evicted
all_films() {
  local i
  for i in 1 2 3 4; do rm -f "$work/out"; fc get "film$i" -o "$work/out" && cmp "$work/out" "$work/film$i" || return; done
}
check "copies: and nothing is lost" all_films

# --- all at once ----------------------------------------------------------------------------------
left=()
for name in bus "${peers[@]}" small; do [[ -e $run/$name.pid ]] && ! gone "$name" && left+=("$name"); done
for name in "${left[@]}"; do kill -INT "$(cat "$run/$name.pid")"; done
all_gone() { local name; for name in "${left[@]}"; do gone "$name" || return; done; }
check "copies: a whole swarm ends on Ctrl-C within 3 s" within 3 all_gone

exit $((failures > 0))
