# Rows 27 to 35: membership, and finding without the bus. Sourced by check.sh.

row_27() {
  start_program late "$bin/fragcast-peer" --name late --store "$work/late" || no "does not start" || return
  until_true 5 bash -c "curl -fsS '$(http_of late)/api/v1/peers' | jq -e '[.peers[].name]|contains([\"peer1\",\"peer2\",\"peer3\"])'" || no "not told of the peers" || return
  until_true 5 bash -c "curl -fsS '$(http_of late)/api/v1/assets' | jq -e '[.assets[].name]|contains([\"spread\"])'" || no "not told of the assets"
}

row_28() {
  kill -TERM "$(cat "$run/late.pid")"
  unlisted() { ! fc --json peers | grep -q '"late"'; }
  within 3 unlisted || no "still listed 3 s after SIGTERM" || return
  start_program late "$bin/fragcast-peer" --name late --store "$work/late" || no "does not start again" || return
  until_true 5 bash -c "'$bin/fragcast' --json peers | grep -q '\"late\"'" || no "not listed again" || return
  fc drain --peer late >/dev/null 2>"$work/err" || no "drain: $(tail -1 "$work/err")" || return
  unlisted || no "listed after drain"
}

row_29() {
  start_program leaver "$bin/fragcast-peer" --name leaver --store "$work/leaver" || no "does not start" || return
  fc -q put "$work/any.bin" --name last --to leaver --replicas 1 >/dev/null || no "put" || return
  at_risk() { [[ $(fc --json directory --at-risk | jq -r 'select(.name=="last").peer') == leaver ]]; }
  until_true 5 at_risk || no "the only holder is not named at risk" || return
  kill -TERM "$(cat "$run/leaver.pid")"
  within 9 is_over "$(cat "$run/leaver.pid")" || no "it does not end within its time" || return
  fc get last -o "$work/last.out" >"$work/out" 2>&1 && cmp -s "$work/last.out" "$work/any.bin" || no "what only it had is lost"
}

row_30() {
  # It got its copies within these rows.
  copies() {
    local i
    for i in {0..9}; do [[ $(fc --json locate twice "$i" | jq -s length) -ge 2 ]] || return; done
  }
  start_program victim "$bin/fragcast-peer" --name victim --store "$work/victim" || no "does not start" || return
  fc -q put "$work/any.bin" --name twice --to victim >/dev/null || no "put" || return
  until_true 20 copies || no "no second copy was made" || return
  kill -KILL "$(cat "$run/victim.pid")"
  missed() { ! fc --json peers | grep -q '"victim"'; }
  within 18 missed || no "a killed peer is still listed" || return
  until_true 10 copies || no "its copies were not made again" || return
  fc get twice -o "$work/twice.out" >/dev/null 2>&1 && cmp -s "$work/twice.out" "$work/any.bin" || no "bytes differ"
}

row_31() {
  start_program seed "$bin/fragcast-peer" --name seed --no-bus --store "$work/seed" --listen "tcp://127.0.0.1:$(peer_port)" || no "seed does not start" || return
  start_program leaf "$bin/fragcast-peer" --name leaf --no-bus --store "$work/leaf" --friend "$(ready_field seed exchange)" || no "leaf does not start" || return
  until_true 5 knows leaf seed || no "leaf does not know seed" || return
  until_true 5 knows seed leaf || no "seed does not know leaf"
}

row_32() {
  local primary
  primary=$(ready_field seed exchange)
  start_program second "$bin/fragcast-peer" --name second --no-bus --store "$work/second" || no "second does not start" || return
  start_program child "$bin/fragcast-peer" --name child --no-bus --store "$work/child" --friend "$primary" --friend "$(ready_field second exchange)" || no "child does not start" || return
  until_true 5 linked child seed || no "the primary is not asked first" || return
  kill -KILL "$(cat "$run/seed.pid")"
  until_true 25 linked child second || no "the backup is not asked" || return
  start_program seed "$bin/fragcast-peer" --name seed --no-bus --store "$work/seed" --listen "$primary" || no "seed does not start again" || return
  until_true 40 linked child seed || no "the primary is not asked again"
}

row_33() {
  local via
  for via in bus friends local; do
    fc --peer peer1 locate spread --via $via >"$work/out" 2>&1 || no "--via $via: $(tail -1 "$work/out")" || return
  done
  [[ $(api peer1 'locate?name=spread&via=friends' | jq -r .source) == friends ]] || no "?via=friends is not answered by friends"
}

row_34() {
  start_program bare "$bin/fragcast-peer" --name bare --no-copies --store "$work/bare" || no "does not start" || return
  until_true 5 has_asset bare renamed || no "does not know of it" || return
  fc --peer bare get renamed -o "$work/through.bin" >"$work/out" 2>&1 || no "get --peer: $(tail -1 "$work/out")" || return
  cmp -s "$work/through.bin" "$work/any.bin" || no "get --peer: bytes differ" || return
  until_true 5 has_whole bare renamed 10 || no "the peer did not fetch it itself"
}

row_35() {
  start_program hearer "$bin/fragcast-peer" --name hearer --no-bus --store "$work/hearer" --friend "$(ready_field peer2 exchange)" || no "does not start" || return
  until_true 10 has_asset hearer spread || no "no index came from the neighbour" || return
  fc -q put "$work/any.bin" --name heard --to peer2 --replicas 1 >/dev/null || no "put" || return
  until_true 20 has_asset hearer heard || no "what is new is not told"
}
