# Rows 20 to 26: exchange. Sourced by check.sh.

row_20() {
  local a b id
  id=$(fc --json ls | jq -r 'select(.name=="spread").id')
  curl -fsS "$(http_of peer1)/content/$id" >"$work/a.mp4" & a=$!
  curl -fsS "$(http_of peer2)/content/$id" >"$work/b.mp4" & b=$!
  wait $a && wait $b && cmp -s "$work/a.mp4" "$work/b.mp4" || no "two peers that feed each other gave different files"
}

row_21() {
  fc -q put "$work/any.bin" --name told --to peer1 --replicas 1 >/dev/null || no "put" || return
  fc fetch told 2 --peer peer2 >"$work/out" 2>&1 || no "$(tail -1 "$work/out")" || return
  grep -q '^told 2 fetched from peer1 (' "$work/out" || no "$(tail -1 "$work/out")" || return
  fc fetch told 2 --peer peer1 >"$work/out" 2>&1 && grep -q '^told 2 was here' "$work/out" || no "a peer that has it: $(tail -1 "$work/out")"
}

row_22() {
  fc get spread -o "$work/got.mp4" >"$work/out" 2>&1 || no "$(tail -1 "$work/out")" || return
  grep -q 'from peer' "$work/out" || no "get does not say from whom" || return
  local id
  id=$(fc --json ls | jq -r 'select(.name=="spread").id')
  api peer1 "assets/$id" | jq -e '[.detail[].from[]]|length>0' >/dev/null || no "the API does not say from whom"
}

row_23() {
  local status=0
  fc get nobody-has-this -o "$work/x" 2>/dev/null || status=$?
  [[ $status == 3 ]] || no "get: status $status, not 3" || return
  [[ $(curl -s -o /dev/null -w '%{http_code}' "$(http_of peer1)/api/v1/locate?name=nobody-has-this") == 404 ]] || no "HTTP: not 404" || return
  # Somebody has it, and cannot be reached: another answer.
  start_program gone "$bin/fragcast-peer" --name gone --store "$work/gone" || no "does not start" || return
  fc -q put "$work/any.bin" --name lost --to gone --replicas 1 >/dev/null || no "put" || return
  until_true 5 has_asset peer2 lost || no "not listed" || return
  kill -KILL "$(cat "$run/gone.pid")"
  status=0
  fc fetch lost --peer peer2 >/dev/null 2>"$work/err" || status=$?
  [[ $status == 1 ]] || no "fetch: all holders failed: status $status, not 1" || return
  status=0
  fc fetch nobody-has-this --peer peer2 >/dev/null 2>"$work/err" || status=$?
  [[ $status == 3 ]] || no "fetch: nobody has it: status $status, not 3" || return
  # The bus still lists it, and it counts as one that takes copies.
  fc -q put "$work/any.bin" --name after-lost >/dev/null || no "put beside a killed peer" || return
}

row_24() {
  head -c 20000000 /dev/urandom >"$work/big.bin"
  fc put "$work/big.bin" --name big >/dev/null 2>&1 & local a=$!
  fc get spread -o "$work/beside.mp4" >/dev/null 2>&1 && cmp -s "$work/beside.mp4" "$work/got.mp4" || no "get beside a put failed" || return
  wait $a || no "put beside a get failed"
}

row_25() {
  local status=0
  fc get renamed -o "$work/other-name" >/dev/null 2>&1 && cmp -s "$work/other-name" "$work/any.bin" || no "bytes differ" || return
  fc get spread -o "$work/other-name" 2>/dev/null || status=$?
  [[ $status == 1 ]] && cmp -s "$work/other-name" "$work/any.bin" || no "an existing file was replaced" || return
  fc get spread -o "$work/other-name" --force >/dev/null 2>&1 && cmp -s "$work/other-name" "$work/got.mp4" || no "--force does not replace"
}

row_26() {
  fc get spread --dry-run -o "$work/dry.mp4" >"$work/out" 2>&1 || no "$(tail -1 "$work/out")" || return
  grep -q 'peer[123] would send' "$work/out" || no "does not say who would send what" || return
  [[ ! -e $work/dry.mp4 ]] || no "it wrote a file"
}
