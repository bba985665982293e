# Rows 11 to 19: directory and announcements. Sourced by check.sh.

row_11() {
  fc --json directory | jq -se --arg n peer1 'map(select(.name==$n))|length==1' >/dev/null || no "peer1 is not registered once"
}

row_12() {
  start_program early "$bin/fragcast-peer" --name early --store "$work/early" --bus tcp://127.0.0.1:9 || no "does not start without a bus" || return
  until_true 10 grep -q 'try 2' "$run/early.log" || no "tries are not logged" || return
  curl -fsS "$(http_of early)/healthz" >/dev/null || no "does not work meanwhile"
}

row_13() {
  until_true 5 grep -q 'fragment.available' "$work/watch.txt" || no "zmq-watch saw no fragment.available" || return
  grep -q 'peer.joined' "$work/watch.txt" || no "zmq-watch saw no peer.joined"
}

row_14() {
  local id
  id=$(fc --json ls | jq -r 'select(.name=="renamed").id')
  until_true 5 has_asset peer3 renamed || no "peer3 does not know of it" || return
  curl -fsS "$(http_of peer3)/content/$id" | cmp -s - "$work/any.bin" || no "peer3 did not fetch it" || return
  until_true 5 bash -c "'$bin/fragcast' --json locate renamed | jq -se 'map(.peer.name)|index(\"peer3\")'" || no "peer3 is not listed"
}

row_15() {
  until_true 5 grep -q 'fragment.received' "$work/watch.txt" || no "no fragment.received on the bus" || return
  thanked() { api peer2 peers | jq -e '[.peers[].receipts]|add>0'; }
  until_true 5 thanked || no "peer2 counts no receipt"
}

row_16() {
  local where
  for where in "" "--peer peer1"; do
    # shellcheck disable=SC2086
    { fc $where locate spread 3 && fc $where peers && fc $where directory && fc $where ls; } >"$work/out" 2>&1 || no "$where: $(tail -1 "$work/out")" || return
  done
  curl -fsS "$(http_of bus)/api/v1/locate?name=spread&fragment=3" | jq -e '.holders|length>0' >/dev/null || no "the bus does not answer by HTTP"
}

row_17() {
  local page id
  id=$(ready_field peer3 id)
  page=$(http_of peer3)/
  curl -fsS "$page" -o /dev/null || no "no page" || return
  until_true 5 grep -q 'viewer.entered.*peer3' "$work/watch.txt" || no "zmq-watch saw no viewer.entered" || return
  entered() { [[ $(fc --json directory | jq -r --arg id "$id" 'select(.id==$id).entered') -gt 0 ]]; }
  until_true 8 entered || no "the directory does not show it" || return
  ! grep 'viewer.entered' "$work/watch.txt" | grep -qF spread || no "it says what is watched"
}

row_18() {
  fc events >"$work/events.txt" || no "events" || return
  grep -q 'asset.published.*spread' "$work/events.txt" && grep -q 'peer.joined' "$work/events.txt" || no "the record lacks the put or a join" || return
  local last
  last=$(fc --json events | tail -1 | jq .number)
  [[ $(fc --json events --since "$last" | head -1 | jq .number) == "$last" ]] || no "--since does not begin there" || return
  curl -fsS "$(http_of bus)/api/v1/events?from=0" | jq -e '.events|length>0' >/dev/null || no "the bus's HTTP has no record"
}

row_19() {
  fc --json info | jq -e '.counters|length>0' >/dev/null || no "the bus counts nothing" || return
  head -c 2000000 /dev/zero | timeout 2 curl -s "telnet://${FRAGCAST_BUS#tcp://}" >/dev/null 2>&1 || true
  fc ls >/dev/null || no "rubbish sent to the bus stopped it"
}
