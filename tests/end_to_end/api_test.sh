#!/usr/bin/env bash
# The HTTP API as it is described: every operation of /openapi.json on a peer and a bus, every error, pages, and
# whether the figures of /metrics are true.
set -uo pipefail
source "$(dirname "$0")/../support/end_to_end.sh"
support=$root/tests/support

status() { curl -s -o /dev/null -w '%{http_code}' --max-time 120 "$@"; }
# It settles for 6 s only: who asks is there before it.
page=127.0.0.1:$(peer_port)
settling() { # PATH STATUS: its first answer
  local got deadline=$((SECONDS + 120))
  until got=$(status "http://$page/$1") || ((SECONDS > deadline)); do pause 0.02; done
  [[ $got == "$2" ]]
}
settling healthz 200 & alive=$!
settling readyz 503 & unready=$!
start_free_bus bus --http "$page" || { echo "FAIL api: the bus does not start"; exit 1; }
FRAGCAST_BUS=$(ready_field bus directory)
export FRAGCAST_BUS
wait $alive && pass "api: a bus that settles is alive" || bad "api: a bus that settles is not alive"
wait $unready && pass "api: and not ready" || bad "api: and ready at once"
for name in p1 p2; do start_peer $name --no-copies || { echo "FAIL api: $name does not start"; exit 1; }; done
make_film "$work/film.mp4" 8
head -c 2621440 /dev/urandom >"$work/file"
echo one >"$work/a"
echo two >"$work/b"
fc -q put "$work/film.mp4" --name film --to p1 --replicas 1 >/dev/null || bad "api: put film"
fc -q put "$work/file" --name file --to p1 --replicas 1 >/dev/null || bad "api: put file"
for file in a b; do fc -q put "$work/$file" --name twice --to p1 --replicas 1 >/dev/null || bad "api: put $file"; done
knows_all() { api "$1" assets | jq -e '.assets|length==4'; }
check "api: both peers know what was put" eval 'until_true 10 knows_all p1 && until_true 10 knows_all p2'

# --- metrics: read before and after, and compared with what was done
figures() { curl -fsS --max-time 120 "$(http_of "$1")/metrics" | python3 "$support/metrics_check.py"; }
figure() { awk -v name="$2" '$1==name {print $2}' "$work/$1.figures"; }
read_figures() { local who; for who in p1 p2 bus; do figures $who >"$work/$who.figures" || return 1; done; }
check "api: the figures are well-formed" read_figures
if command -v promtool >/dev/null; then
  check "api: and promtool thinks so" eval 'curl -fsS "$(http_of p1)/metrics" | promtool check metrics && curl -fsS "$(http_of bus)/metrics" | promtool check metrics'
fi
before_in=$(figure p2 'fragcast_transfer_bytes_total{direction="in"}')
before_out=$(figure p1 'fragcast_transfer_bytes_total{direction="out"}')
before_requests=$(figure p2 fragcast_http_requests_total)
before_fragments=$(figure p2 fragcast_fetch_duration_seconds_count)
check "api: what one peer alone holds is at risk" test "$(figure p1 fragcast_at_risk_fragments)" -gt 10
fc -q fetch file --peer p2 >/dev/null || bad "api: fetch"
arrived() {
  read_figures || return 1
  (($(figure p2 'fragcast_transfer_bytes_total{direction="in"}') - before_in == 2621440)) &&
    (($(figure p1 'fragcast_transfer_bytes_total{direction="out"}') - before_out == 2621440)) &&
    (($(figure p2 fragcast_fetch_duration_seconds_count) - before_fragments == 10)) &&
    (($(figure p2 'fragcast_fragments{state="here"}') == 10))
}
check "api: fetched bytes and fragments are counted, to the byte, on both sides" until_true 5 arrived
check "api: chunks as well" test "$(figure p2 'fragcast_transfer_chunks_total{direction="in"}')" -ge 10
for _ in 1 2 3; do curl -fsS "$(http_of p2)/healthz" >/dev/null; done
before_requests=$(figure p2 fragcast_http_requests_total)
read_figures
check "api: requests are counted" test "$(($(figure p2 fragcast_http_requests_total) - before_requests))" = 4
same() { [[ $1 == "$2" ]] || { echo "$1, not $2"; return 1; }; }
check "api: a peer's bus is up, and the bus counts peers and assets" same \
  "$(figure p1 "fragcast_bus_up{bus=\"$FRAGCAST_BUS\"}") $(figure bus fragcast_peers) $(figure bus fragcast_assets)" "1 2 4"
check "api: announcements are counted" test "$(figure bus fragcast_bus_announcements_total)" -gt 0
start_peer slow --max-download 20K --no-copies || bad "api: slow does not start"
curl -sN --max-time 600 -o /dev/null "$(http_of slow)/content/$(id_of film)?v=me" &
watching=$!
viewers() { figures slow >"$work/slow.figures" && [[ $(figure slow fragcast_viewers) == "$1" ]]; }
check "api: who watches is a viewer" until_true 10 viewers 1
kill $watching
wait $watching 2>/dev/null
check "api: who has gone is none" until_true 10 viewers 0
stop_slow() { kill -TERM "$(cat "$run/slow.pid")" && until_true 10 eval '[[ ! -e /proc/$(cat "$run/slow.pid") ]]'; }
check "api: a slow peer leaves" stop_slow

# --- the walk
settled() { [[ $(status "$(http_of bus)/readyz") == 200 && $(status "$(http_of p1)/readyz") == 200 ]]; }
check "api: a bus that has settled is ready, as a peer is" until_true 15 settled
examples=$(curl -fsS "$(http_of p1)/openapi.json" | jq -r '[.components.parameters|.AssetId.example,.PeerId.example]|@tsv')
read -r film_example peer_example <<<"$examples"
file_example=$(curl -fsS "$(http_of p1)/openapi.json" | jq -r '.paths["/api/v1/assets/{id}/fragments/{index}.bin"].get.parameters[]|select(.name=="id").example')
# A byte that rots in a stored film would be found at any time (refresh_test.sh has it); who is asked is so for a moment
# (commands_test.sh); a drain comes last (below).
rare='["Why.fragments.asked.name","Why.fragments.asked.since_ms","drain.at_risk","Verified.bad.asset","Verified.bad.chunk","Verified.bad.chunks","Verified.bad.fragment","Verified.bad.name","Verified.bad.why"]'
facts_of() { jq -nc --argjson rare "$1" --arg f "$film_example" --arg film "$(id_of film)" --arg b "$file_example" --arg file "$(id_of file)" \
  --arg p "$peer_example" --arg peer "$(ready_field p2 id)" \
  '{ids:{($f):$film,($b):$file,($p):$peer},skip:["POST /api/v1/drain"],missing:[],rare:$rare,also:{why:[{name:"elsewhere"}]}}'; }
fc -q put "$work/file" --name elsewhere --to p2 --replicas 1 >/dev/null || bad "api: put elsewhere"
hears() { api p1 "assets/$(id_of elsewhere)" | jq -e '.detail|length>0'; }  # and has its manifest then
check "api: p1 hears of what p2 has" until_true 10 hears
# What a refresh finds: a copy that is good, and one with a byte changed.
head -c 600000 /dev/urandom >"$work/good"
head -c 600000 /dev/urandom >"$work/spoilt"
fc -q split "$work/good" --raw -o "$work/p1/assets" >/dev/null && fc -q split "$work/spoilt" --raw -o "$work/copied" >/dev/null || bad "api: split"
for fragment in "$work"/copied/*/000.bin; do printf '\0wrong' | dd of="$fragment" bs=1 conv=notrunc status=none; done
mv "$work"/copied/* "$work/p1/assets/"
# The peer last: what the walk removes there nobody has.
python3 "$support/api_walk.py" bus "$(http_of bus)" "$(facts_of '[]')" || failures=$((failures + 1))
python3 "$support/api_walk.py" peer "$(http_of p1)" "$(facts_of "$rare")" || failures=$((failures + 1))

# --- an upload, by hand: where the answer says, there it is, the same as by `split`, and another peer gets it at once
place=$(curl -sS --max-time 120 -o "$work/answer" -D - -H 'X-Fragcast: 1' -T "$work/film.mp4" -X POST "$(http_of p1)/api/v1/assets?name=film.mp4&fragments=4" |
  tr -d '\r' | awk 'tolower($1)=="location:" {print $2}')
check "api: an upload's Location leads to it" same "$(curl -fsS "$(http_of p1)$place" | jq -r '.name+" "+.here')" "film.mp4 0-3"
check "api: and it has the id that split gives the file" grep -q "${place##*/}" <(fc split "$work/film.mp4" --fragments 4 -o "$work/cut")
check "api: another peer gets it at once" cmp -s <(curl -fsS --max-time 120 "$(http_of p1)/content/${place##*/}") <(curl -fsS --max-time 120 "$(http_of p2)/content/${place##*/}")

# --- what ends the peer comes last
echo three >"$work/c"
echo four >"$work/d"
fc -q put "$work/c" --name "only at p1" --to p1 --replicas 1 >/dev/null && fc -q put "$work/d" --name "only at p2" --to p2 --replicas 1 >/dev/null || bad "api: put before the drain"
# at_risk NAME: what a peer alone has, as the bus has it.
at_risk() { fc --json directory --at-risk | jq -Ssc --arg p "$1" '[.[]|select(.peer==$p)|{asset,name,fragments}]|sort_by(.asset)'; }
alone() { [[ $(api p1 info | jq .at_risk) == "$(at_risk p1 | jq '[.[].fragments|split(",")[]|split("-")|map(tonumber)|(.[1]//.[0])-.[0]+1]|add')" ]]; }
check "api: the peer knows what only it has" until_true 5 alone
before=$(at_risk p1)
answer=$(curl -sS --max-time 120 -X POST -H 'X-Fragcast: 1' "$(http_of p1)/api/v1/drain" -w ' %{http_code}')
check "api: drain is answered with what nobody else has" same "${answer##* } $(jq -Sc '.at_risk|sort_by(.asset)' <<<"${answer% *}")" "202 $before"
check "api: something of which only that peer has" grep -q '"only at p1"' <<<"$before"
# Nobody is left who takes anything.
expect "api: and at its end it says what lacks copies" 1 'lack copies at those who stay: .*only at p2 0' fc drain --peer p2
exit $((failures > 0))
