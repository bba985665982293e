#!/usr/bin/env bash
# Without a bus: peers that join through a friend, primary and backup, finding by friends, fetching through a peer.
set -uo pipefail
source "$(dirname "$0")/../support/end_to_end.sh"
unset FRAGCAST_BUS

# alone NAME [ARGUMENT…]: a peer without a bus.
alone() { start_peer "$1" --no-bus "${@:2}"; }
exchange_of() { ready_field "$1" exchange; }
page_of() { http_of "$1"; }
knows() { api "$1" peers | jq -e --arg n "$2" '[.peers[]|select(.self|not)|.name]|index($n)'; }
linked() { api "$1" peers | jq -e --arg n "$2" '.peers[]|select(.name==$n).linked'; }
at() { local peer=$1; shift; fc --peer "$(page_of "$peer")" "$@"; }

make_film "$work/film.mp4" 8

# --- a chain: source <- middle <- edge; each knows one friend only
alone source || bad "friends: source does not start"
fc split "$work/film.mp4" --name film -o "$work/cut" >"$work/split.txt"
kill -TERM "$(cat "$run/source.pid")"
ended() { ! kill -0 "$(cat "$run/$1.pid")"; }
until_true 5 ended source
cp -r "$(head -1 "$work/split.txt")" "$work/source/assets/"
alone source || bad "friends: source does not start again"
alone middle --friend "$(exchange_of source)" || bad "friends: middle does not start"
alone edge --friend "$(exchange_of middle)" || bad "friends: edge does not start"
check "friends: a peer joins through its one friend" until_true 5 knows middle source
check "friends: and is known to it" until_true 5 knows source middle
check "friends: neighbours tell of peers" until_true 10 knows edge source
film_known() { api edge assets | jq -e '.assets[]|select(.name=="film")'; }
check "friends: and of assets, every 15 s" until_true 20 film_known
id=$(api source assets | jq -r '.assets[]|select(.name=="film").id')

# --- by friends, by itself, by a bus that is not there
expect "friends: itself it has nothing of it" 3 'nobody has' at middle locate absent --via local
located() { [[ $(at edge --json locate film --via friends | jq -r .peer.name) == *source* ]]; }
check "friends: located through friends" until_true 5 located
check "friends: --via bus without a bus answers from what the peer knows" at edge locate film --via bus

# What a friend has only just got is found, though nobody told and the user did not say by whom to ask.
curl -fsS --max-time 120 -H 'X-Fragcast: 1' -T "$work/split.txt" -X POST "$(page_of source)/api/v1/assets?name=fresh" -o /dev/null || bad "friends: upload"
fresh=$(at middle --json locate fresh 2>&1)
check "friends: without a bus, what this peer does not know its friends are asked" grep -q '"name":"source"' <<<"$fresh"
check "friends: and get --peer gets it" at middle get fresh -o "$work/fresh"
check "friends: the very bytes of it" cmp -s "$work/fresh" "$work/split.txt"

# --- what a peer lacks is fetched through it
curl -fsS --max-time 120 "$(page_of edge)/content/$id" >"$work/through.mp4"
curl -fsS --max-time 120 "$(page_of source)/content/$id" | cmp -s - "$work/through.mp4" && pass "friends: /content/ of a peer that had nothing of it" || bad "friends: /content/ differs"
alone fourth --friend "$(exchange_of edge)" || bad "friends: fourth does not start"
film_at_fourth() { api fourth assets | jq -e '.assets[]|select(.name=="film")'; }
until_true 10 film_at_fourth
check "friends: a dry run says who would send what" grep -qE '^(source|edge|middle) would send [0-9]' <(at fourth get film --dry-run -o "$work/dry.mp4")
check "friends: and writes nothing" test ! -e "$work/dry.mp4"
check "friends: get --peer, with no bus" at fourth get film -o "$work/got.mp4" --via friends
check "friends: the very bytes" cmp -s "$work/got.mp4" "$work/through.mp4"
whole() { api "$1" assets | jq -e '.assets[]|select(.name=="film")|.bytes_here==.size'; }
check "friends: the peer has fetched it, too" until_true 5 whole fourth
expect "friends: nobody has it" 3 'nobody has' at fourth get absent -o "$work/absent"

# --- have, pushed: what one gets its neighbours know without asking
holders() { api source locate?name=film\&via=local | jq -e --arg n "$1" '[.holders[].peer.name]|index($n)'; }
check "friends: neighbours learn of it by themselves" until_true 5 holders edge

# --- primary and backup
alone primary --listen "tcp://127.0.0.1:$(peer_port)" || bad "friends: primary does not start"
alone backup || bad "friends: backup does not start"
primary_at=$(exchange_of primary)
alone child --friend "$primary_at" --friend "$(exchange_of backup)" || bad "friends: child does not start"
check "friends: the primary is asked first" until_true 5 linked child primary
check "friends: and the backup left alone" test "$(api child peers | jq '[.peers[]|select(.name=="backup")]|length')" = 0
kill -KILL "$(cat "$run/primary.pid")"
check "friends: without it the backup" until_true 25 linked child backup
alone primary --listen "$primary_at" || bad "friends: primary does not start again"
check "friends: and the primary again when it is back" until_true 40 linked child primary

exit $((failures > 0))
