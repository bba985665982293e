#!/usr/bin/env bash
# What a user has a peer do and asks of it: fetch, why, limits, search, single peers, events, drain.
set -uo pipefail
source "$(dirname "$0")/../support/end_to_end.sh"

make_film "$work/film.mp4" 12
start_bus || { echo "FAIL commands: the bus does not start"; exit 1; }
for name in p1 p2 p3; do start_peer $name || { echo "FAIL commands: $name does not start"; exit 1; }; done
fc -q put "$work/film.mp4" --name film --to p1 --replicas 1 >/dev/null || bad "commands: put"
id=$(id_of film)
known() { api p3 "assets" | jq -e --arg id "$id" '.assets[]|select(.id==$id)'; }
until_true 5 known

# --- fetch
fc fetch film 2 --peer p3 >"$work/fetched" 2>&1 || bad "commands: fetch of one fragment: $(cat "$work/fetched")"
check "commands: fetch says from whom one fragment came" grep -qE '^film 2 fetched from p1 \([0-9.]+ [KM]?i?B, [0-9]+ ms\)$' "$work/fetched"
check "commands: and fetches no other" test "$(api p3 assets | jq -r '.assets[0].here')" = 2
check "commands: fetch of it again says that it was here" grep -q '^film 2 was here' <(fc fetch film 2 --peer p3)
whole() { fc --json fetch "${id:0:12}" --peer p3 | jq -e '.done and (.fragments|length)==10 and all(.fragments[];.state=="here")'; }
check "commands: fetch of all of it, by a piece of its id" whole
expect "commands: nobody has it" 3 'nobody has "absent"' fc fetch absent --peer p3
expect "commands: no such command" 2 'there is no command "fecth"; did you mean fetch' fc fecth film
expect "commands: no such fragment" 1 'fragments 0-9' fc fetch film 12 --peer p3
expect "commands: nor is it there to be located" 3 '"film" has no fragment 12: its last is 9' fc locate film 12
expect "commands: fetch needs a peer" 1 'peer' fc fetch film
echo one >"$work/a"; echo two >"$work/b"
fc -q put "$work/a" --name twice --to p1 >/dev/null; fc -q put "$work/b" --name twice --to p1 >/dev/null
expect "commands: put goes through no peer, and says how one gets the file" 1 "peers of the bus at $FRAGCAST_BUS, .*leave out --peer p2, .*--to NAME" fc put "$work/a" --peer p2
check "commands: FRAGCAST_PEER, which is for other verbs, does not keep it from that" env FRAGCAST_PEER=p2 "$bin/fragcast" -q put "$work/a" --name anew --to p1
expect "commands: a name that fits two" 1 '2 assets fit "twice": [0-9a-f]{8} .twice, 4 B.' fc fetch twice --peer p2
# A holder that is gone without a word is known still, and fails.
start_peer gone || bad "commands: gone does not start"
head -c 600000 /dev/urandom >"$work/lost"
fc -q put "$work/lost" --name lost --to gone --replicas 1 >/dev/null
lost_known() { api p2 "locate?name=lost" | jq -e '.holders|length==1'; }
until_true 5 lost_known
kill -KILL "$(cat "$run/gone.pid")"
expect "commands: all holders failed is another answer than nobody has it" 1 'reached' fc fetch lost --peer p2

# --- why
say() { fc why "$1" --peer "$2" 2>&1 | head -1; }
check "commands: why of what is here" test "$(say film p3)" = "film: it is all here"
check "commands: why of what nobody asked for" test "$(say film p2)" = "film: nothing of it is wanted here, so nothing is fetched"
expect "commands: why of what is unknown" 3 'knows nothing' fc why absent --peer p2
start_peer thin --max-download 20K || bad "commands: thin does not start"
fc --timeout 600 fetch film --peer thin >"$work/thin.out" 2>&1 &  # a chunk may take 13 s until the limit is changed
fetching=$!
limited() { [[ $(say film thin) == "film: this peer's download limit of 20 KiB/s holds it back" ]]; }
check "commands: why says that our own limit holds it back" until_true 10 limited
held_for() { curl -sS --max-time 15 -o /dev/null -w '%{http_code}' -H 'X-Fragcast: 1' -d "{\"name\":\"film\",\"wait_ms\":$1}" "$(http_of thin)/api/v1/fetch"; }
check "commands: a fetch is held no longer than it asks to be" test "$(held_for 100)" = 202
start_peer slow --max-upload 30K || bad "commands: slow does not start"
head -c 900000 /dev/urandom >"$work/slowly"
fc -q put "$work/slowly" --name slowly --to slow --replicas 1 >/dev/null
fc fetch slowly --peer p2 >"$work/p2.out" 2>&1 &
coming() { fc --json why slowly --peer p2 | jq -e '[.fragments[]|select(.asked|map(.name)==["slow"])]|length>0'; }
check "commands: why names who is asked" until_true 10 coming
check "commands: and since when" grep -qE 'asked of slow .*since' <(fc why slowly --peer p2)

# --- limits
put_limits() { curl -sS --max-time 20 -X PUT -H 'X-Fragcast: 1' -d "$1" "$(http_of thin)/api/v1/limits" "${@:2}"; }
check "commands: limits are told" test "$(api thin limits | jq -c .)" = '{"max_download":20480,"max_upload":0}'
check "commands: without the header nothing changes" test "$(curl -sS -o /dev/null -w '%{http_code}' -X PUT -d '{"max_upload":1}' "$(http_of thin)/api/v1/limits")" = 403
for body in '' '[]' '{}' '{"max_upload":-1}' '{"max_upload":"fast"}' '{"max_download":1e30}'; do
  check "commands: limits refuse '$body'" test "$(put_limits "$body" -o /dev/null -w '%{http_code}')" = 400
done
check "commands: a limit is changed" test "$(put_limits '{"max_download":0}' | jq -c .)" = '{"max_download":0,"max_upload":0}'
wait $fetching
check "commands: and what it held up comes" grep -q '^film 9 fetched' "$work/thin.out"

# --- single things
check "commands: search finds by a piece of the name" test "$(api p2 'search?q=ILM' | jq -r '.assets[].name')" = film
check "commands: and needs one" test "$(curl -s -o /dev/null -w '%{http_code}' "$(http_of p2)/api/v1/search?q=")" = 400
peer_id=$(ready_field p1 id)
check "commands: one peer" test "$(api p2 "peers/$peer_id" | jq -r .name)" = p1
check "commands: no such peer" test "$(curl -s -o /dev/null -w '%{http_code}' "$(http_of p2)/api/v1/peers/${peer_id//[0-9a-f]/0}")" = 404
check "commands: the fragments of an asset" test "$(api p3 "assets/$id/fragments" | jq '.fragments|length')" = 10

# --- events
recorded() { grep -q 'asset.published .*film' <<<"$(fc events)"; }
check "commands: the bus's record has the put" until_true 5 recorded
last=$(fc --json events | tail -1 | jq .number)
check "commands: events from a number on" test "$(fc --json events --since "$last" | head -1 | jq .number)" = "$last"
check "commands: events of the last hour are all of them" test "$(fc --json events --since 1h | head -1 | jq .number)" = "$(fc --json events | head -1 | jq .number)"
old=$(fc --json events | head -1 | jq .unix_ms)
check "commands: events that are younger than a time" eval '[[ $(fc --json events --since 2s | jq -s "map(.unix_ms)|min // 1e15|. > $old") == true ]]'
check "commands: of a peer as well" grep -q 'film' <(fc events --since 60m --peer p3)
in_columns() { fc events | awk 'NR == 1 {at = index($0, $2)} index($0, $2) != at {apart = 1} END {exit apart || NR < 10}'; }
check "commands: from number 10 on they stand in the same columns" in_columns
expect "commands: events since what is neither" 2 'neither an event.s number .1200. nor a time .30s, 5m, 1h.' fc events --since soon
check "commands: a peer's own record" grep -q 'film' <(fc events --peer p3)

# --- a peer by name, id, beginning of an id and address; every verb for programs
for peer in p1 "$peer_id" "${peer_id:0:10}" "$(http_of p1)"; do
  check "commands: --peer $peer" test "$(fc --json info --peer "$peer" | jq -r .name)" = p1
done
expect "commands: no such peer by name" 1 'no peer "nobody"' fc info --peer nobody
expect "commands: an address that nobody serves" 1 'no answer from http://127.0.0.1:9' fc info --peer http://127.0.0.1:9
in_json() { fc --json "$@" | jq -se 'length>0 and all(.[]; type=="object")'; }
for verb in ls peers directory info events 'locate film' 'get film --dry-run -o none' 'why film' 'fetch film 0'; do
  # shellcheck disable=SC2086
  check "commands: --json $verb" in_json $verb --peer p1
done

# --- whom it means
# One is killed, and while the bus still lists it another one starts at the address of its page.
for name in laptop nas; do
  start_peer $name --no-copies || bad "commands: $name does not start"
  fc -q fetch film --peer $name >/dev/null || bad "commands: fetch at $name"
done
nas_has() { api nas assets | jq -e --arg id "$id" '.assets[]|select(.id==$id)|.here=="0-9" and .declined==false'; }
page=$(http_of laptop) laptop_id=$(ready_field laptop id)
kill "$(cat "$run/nas.pid")"
gone() { [[ ! -e /proc/$(cat "$run/nas.pid") ]]; }
until_true 10 gone
kill -KILL "$(cat "$run/laptop.pid")"  # its lease lasts 15 s more
start_program nas "$bin/fragcast-peer" --name nas --store "$work/nas" --no-copies --http "${page#http://}" || bad "commands: nas does not start at the laptop's page"
expect "commands: rm says whom it means, and another peer refuses" 1 "this is peer \"nas\" \($(ready_field nas id)\), and not $laptop_id. .*--peer http" fc rm film --peer laptop
for verb in 'fetch film' refresh verify drain info 'why film' events; do
  # shellcheck disable=SC2086
  expect "commands: so does $verb" 1 'this is peer "nas"' fc $verb --peer laptop
done
check "commands: and nothing was done" nas_has
check "commands: by its own name it does" test "$(fc --json info --peer nas | jq -r .name)" = nas
expect "commands: a bus is no peer" 1 'is no peer; name one' fc rm film --peer "$(http_of bus)"
check "commands: and refuses what is meant for one" test "$(curl -s -o /dev/null -w '%{http_code}' -H "X-Fragcast-Peer: $laptop_id" "$(http_of bus)/api/v1/peers")" = 421
# Others may hear of it, and its page is for this machine: nobody is told of that.
start_peer wide --no-copies --insecure --listen tcp://0.0.0.0:0 --advertise 127.0.0.1 || bad "commands: wide does not start"
known_wide() { fc --json peers | jq -es 'any(.name == "wide")'; }
until_true 5 known_wide
fc peers >"$work/peers"
check "commands: peers are listed by name" eval 'awk "NR > 1 {print \$1}" "$work/peers" | LC_ALL=C sort -c'
check "commands: a page on loopback is not told beyond this machine" test "$(fc --json peers | jq -r 'select(.name=="wide").http')" = ""
expect "commands: which is said where it is asked for by name" 1 'no page that is reached from here.*--peer http://127' fc info --peer wide
check "commands: by its address it answers, and knows it" test "$(fc --json info --peer "$(http_of wide)" | jq -r .http)" = "$(http_of wide)"

# A holder that does not answer: get says why it waits, also where it is to be quiet. At a bus of its own, where nobody
# else makes a copy before it falls silent.
everybody=$FRAGCAST_BUS
start_free_bus apart --http none || bad "commands: apart does not start"
FRAGCAST_BUS=$(ready_field apart directory)
start_peer only --no-copies || bad "commands: only does not start"
head -c 1000000 /dev/urandom >"$work/unhurried"
fc -q put "$work/unhurried" --name slow --to only --replicas 1 >/dev/null || bad "commands: put slow"
kill -STOP "$(cat "$run/only.pid")"
fc -q --timeout 4 get slow -o "$work/never" 2>"$work/why.err" && bad "commands: get has what nobody sends"
kill -CONT "$(cat "$run/only.pid")"
FRAGCAST_BUS=$everybody
check "commands: get says why it waits" grep -qE '^waiting for "slow": .' "$work/why.err"
check "commands: and says it again at its end" grep -qE 'no progress for 4 s while waiting for "slow": .' "$work/why.err"

# --- drain
fc drain --peer p3 || bad "commands: drain: status $?"
ended() { [[ ! -e /proc/$(cat "$run/p3.pid") ]]; }
check "commands: drain returns when the peer is gone" until_true 2 ended
unlisted() { ! fc --json peers | grep -q '"p3"'; }
check "commands: and it is listed no more" unlisted
exit $((failures > 0))
