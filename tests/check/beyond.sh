# Rows 52 to 68: what none of the earlier systems had. Sourced by check.sh.

row_52() {
  local id dead
  start_program bus52 "$bin/fragcast-bus" --listen tcp://127.0.0.1:0 --http none || no "no bus" || return
  dead=$(ready_field bus52 directory)
  start_program holder "$bin/fragcast-peer" --name holder --bus "$dead" --store "$work/holder" || no "does not start" || return
  start_program asker "$bin/fragcast-peer" --name asker --bus "$dead" --store "$work/asker" --no-copies || no "does not start" || return
  "$bin/fragcast" -q --bus "$dead" put "$work/any.bin" --name outlives --to holder --replicas 1 >/dev/null || no "put" || return
  until_true 10 has_asset asker outlives || no "the other peer does not know of it" || return
  id=$(api asker assets | jq -r '.assets[]|select(.name=="outlives").id')
  kill -KILL "$(cat "$run/bus52.pid")"
  fc --peer "$(http_of asker)" locate outlives >"$work/out" 2>&1 && grep -q holder "$work/out" || no "not found without a bus: $(tail -1 "$work/out")" || return
  curl -fsS --max-time 40 "$(http_of asker)/content/$id" | cmp -s - "$work/any.bin" || no "not fetched without a bus" || return
  start_program newcomer "$bin/fragcast-peer" --name newcomer --bus "$dead" --store "$work/newcomer" --friend "$(ready_field holder exchange)" || no "does not start" || return
  until_true 20 has_asset newcomer outlives || no "who joins through a friend does not know of it" || return
  curl -fsS --max-time 40 "$(http_of newcomer)/content/$id" | cmp -s - "$work/any.bin" || no "who joined through a friend does not fetch it"
}
row_53() {
  local gap
  api peer1 info | jq -e '.counters|has("gaps") and has("digests_differed") and has("mended")' >/dev/null || no "a peer's info counts no gaps" || return
  curl -fsS "$(http_of peer1)/metrics" >"$work/metrics53" && grep -q '^fragcast_bus_gaps_total ' "$work/metrics53" || no "/metrics counts no gaps" || return
  curl -fsS "$(http_of peer1)/app.js" >"$work/page53" && grep -q gaps "$work/page53" || no "the page does not know of gaps" || return
  # Who subscribes late is told the whole first, then what changes.
  start_program behind "$bin/fragcast-peer" --name behind --no-copies --store "$work/behind" || no "does not start" || return
  until_true 10 has_asset behind spread || no "who comes late does not learn what was said before" || return
  fc -q put "$work/any.bin" --name said-since --to peer1 --replicas 1 >/dev/null || no "put" || return
  until_true 10 has_asset behind said-since || no "who came late does not hear what is said since" || return
  gap=$(api behind info | jq '.counters.gaps')
  [[ $gap == 0 ]] || no "$gap gaps, and nothing was lost"
}
row_57() {
  at_risk() { [[ $(fc --json directory --at-risk | jq -s --arg n "$1" 'map(select(.name==$n))|length') -gt 0 ]]; }
  start_program sole "$bin/fragcast-peer" --name sole --store "$work/sole" || no "does not start" || return
  fc -q put "$work/any.bin" --name alone --to sole --replicas 1 >/dev/null || no "put" || return
  until_true 10 at_risk alone || no "what has one holder is not named" || return
  until_true 10 bash -c "curl -fsS '$(http_of sole)/metrics' | grep -cE '^fragcast_at_risk_fragments(\{[^}]*\})? [1-9]'" || no "its holder's /metrics does not count it" || return
  fc -q put "$work/any.bin" --name in-pairs --to sole --replicas 2 >/dev/null || no "put" || return
  until_true 30 bash -c "! '$bin/fragcast' --json directory --at-risk | grep -q '\"in-pairs\"'" || no "copies that were asked for are not made"
}
row_58() {
  # A source that sends slowly; two that want the same pass on each other's chunks while they come.
  local sent size=12000000
  head -c $size /dev/urandom >"$work/relayed.bin"
  start_program source "$bin/fragcast-peer" --name source --max-upload 3M --store "$work/source" || no "does not start" || return
  start_program left "$bin/fragcast-peer" --name left --no-copies --store "$work/left" || no "does not start" || return
  start_program right "$bin/fragcast-peer" --name right --no-copies --store "$work/right" || no "does not start" || return
  curl -fsS --max-time 60 -H 'X-Fragcast: 1' -T "$work/relayed.bin" -X POST "$(http_of source)/api/v1/assets?name=relayed&replicas=1&fragments=1" >/dev/null || no "upload" || return
  until_true 10 has_asset left relayed && until_true 10 has_asset right relayed || no "not known" || return
  fc fetch relayed --peer left >/dev/null 2>&1 & local a=$!
  fc fetch relayed --peer right >/dev/null 2>&1 & local b=$!
  wait $a && wait $b || no "fetch" || return
  sent=$(curl -fsS "$(http_of source)/metrics" | awk '/^fragcast_transfer_bytes_total/ && /sent|out|up/ {n += $2} END {printf "%d", n}')
  ((sent > 0 && sent < size * 17 / 10)) || no "the source sent $sent of $size bytes: who fetched it passed nothing on"
}
row_63() {
  limits() { [[ $(api "$1" limits | jq -c '[.max_upload,.max_download]') == "$2" ]]; }
  curl -fsS -X PUT -H 'X-Fragcast: 1' -H 'Content-Type: application/json' -d '{"max_upload":2000000}' "$(http_of peer2)/api/v1/limits" >/dev/null || no "PUT limits" || return
  limits peer2 '[2000000,0]' || no "the new limit does not hold" || return
  curl -fsS -X PUT -H 'X-Fragcast: 1' -H 'Content-Type: application/json' -d '{"max_upload":0}' "$(http_of peer2)/api/v1/limits" >/dev/null || no "PUT limits" || return
  printf 'store = "%s"\nhttp = "127.0.0.1:0"\nmax-download = "1M"\n' "$work/limited" >"$work/limited.toml"
  start_program limited "$bin/fragcast-peer" --name limited --bus "$FRAGCAST_BUS" --config "$work/limited.toml" || no "does not start" || return
  limits limited '[0,1048576]' || limits limited '[0,1000000]' || no "the configured limit does not hold" || return
  sed -i 's/1M/7000/' "$work/limited.toml"
  kill -HUP "$(cat "$run/limited.pid")"
  until_true 5 limits limited '[0,7000]' || no "SIGHUP does not change it"
}
row_64() {
  # By itself: what others fetch of it is read, too.
  local size=64000000 read try
  head -c $size /dev/urandom >"$work/much.bin"
  start_program quick "$bin/fragcast-peer" --name quick --no-bus --store "$work/quick" || no "does not start" || return
  curl -fsS --max-time 60 -H 'X-Fragcast: 1' -T "$work/much.bin" -X POST "$(http_of quick)/api/v1/assets?name=much&replicas=1" >/dev/null || no "upload" || return
  # 5 s after a start the slow check of all that is here begins: what was read is looked at before, or after another start.
  for ((try = 1; try <= 20; ++try)); do
    kill -KILL "$(cat "$run/quick.pid")"
    start_program quick "$bin/fragcast-peer" --name quick --no-bus --store "$work/quick" || no "does not start again" || return
    read=$(awk '/^rchar/ {print $2}' "/proc/$(cat "$run/quick.pid")/io")
    (($(api quick info | jq .uptime_ms) < 5000)) && break
  done
  has_whole quick much || no "what it had does not count at once" || return
  ((read < size / 2)) || no "it read $read of $size bytes before it was ready"
}
row_68() {
  local page=$work/page68 file
  mkdir -p "$page"
  curl -fsSD "$page/headers" "$(http_of peer1)/" -o "$page/index.html" || no "no page" || return
  grep -qi "^content-security-policy:.*default-src 'self'" "$page/headers" || no "its policy allows others" || return
  for file in $(grep -oE '(src|href)="[^"#]+"' "$page/index.html" | sed 's/.*="//; s/"$//' | sort -u); do
    [[ $file != *://* && $file != //* ]] || no "the page loads $file" || return
    curl -fsS "$(http_of peer1)/${file#/}" -o /dev/null || no "the page names $file, which it does not have" || return
  done
}
