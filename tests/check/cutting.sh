# Rows 1 to 10: cutting, placing and publishing. Sourced by check.sh.

row_1() {
  fc split "$video" -o "$work/cut" --fragments 10 >"$work/split.txt" || no "split failed" || return
  local cut
  cut=$(head -1 "$work/split.txt")
  [[ $(ls "$cut" | grep -c '\.m4s$') == 10 ]] || no "not 10 fragments in $cut"
}

row_2() {
  local cut
  cut=$(head -1 "$work/split.txt")
  grep -q 'fragments of' "$work/split.txt" || no "does not say how long the fragments are" || return
  fc join "$cut" -o "$work/joined.mp4" >/dev/null || no "join failed" || return
  local a b
  a=$(ffmpeg -v error -i "$video" -map 0:v:0 -f framemd5 - | grep -v '^#' | awk '{print $NF}' | md5sum)
  b=$(ffmpeg -v error -i "$work/joined.mp4" -map 0:v:0 -f framemd5 - | grep -v '^#' | awk '{print $NF}' | md5sum)
  [[ $a == "$b" ]] || no "pictures differ after join"
}

row_3() {
  local status=0
  fc split "$work/absent.mp4" -o "$work/none" 2>"$work/err" || status=$?
  [[ $status == 1 && $(wc -l <"$work/err") == 1 ]] || no "status $status, $(wc -l <"$work/err") lines" || return
  mkfifo "$work/endless"
  status=0
  timeout 120 "$bin/fragcast" split "$work/endless" -o "$work/none" 2>"$work/err" || status=$?
  [[ $status == 1 ]] || no "a pipe: status $status" || return
  [[ -z $(ls -A "$work/none" 2>/dev/null) ]] || no "something was left behind"
}

row_4() {
  local cut
  cut=$(head -1 "$work/split.txt")
  [[ -s $cut/000.m4s && -s $cut/009.m4s ]] || no "no 000.m4s … 009.m4s" || return
  fc join "$cut" --fragment 3 -o "$work/one.mp4" >/dev/null || no "join --fragment failed" || return
  ffmpeg -v error -i "$work/one.mp4" -f null - 2>"$work/err" && [[ ! -s $work/err ]] || no "fragment 3 does not play alone"
}

row_5() {
  head -c 3000001 /dev/urandom >"$work/any.bin"
  fc split "$work/any.bin" -o "$work/cut" >"$work/split2.txt" || no "split failed" || return
  fc join "$(head -1 "$work/split2.txt")" -o "$work/any.out" >/dev/null && cmp -s "$work/any.bin" "$work/any.out" || no "bytes differ"
}

row_6() {
  head -c 3000000 /dev/urandom >"$work/dealt.bin"
  fc split "$work/dealt.bin" --name dealt --replicas 1 -o "$work/cut" >"$work/split3.txt" || no "split failed" || return
  local cut folder
  cut=$(head -1 "$work/split3.txt")
  folder=$(basename "$cut")
  mkdir "$work/peer1/assets/$folder" "$work/peer2/assets/$folder" || no "no folders" || return
  cp "$cut/manifest" "$cut"/00[0-4].* "$work/peer1/assets/$folder"
  cp "$cut/manifest" "$cut"/00[5-9].* "$work/peer2/assets/$folder"
  [[ $(fc refresh --peer peer1) == "dealt 0-4 added" ]] || no "5 copied into one store do not count" || return
  [[ $(fc refresh --peer peer2) == "dealt 5-9 added" ]] || no "5 copied into the other do not count" || return
  fc get dealt -o "$work/dealt.out" >/dev/null 2>"$work/err" && cmp -s "$work/dealt.bin" "$work/dealt.out" || no "they are not found together: $(tail -1 "$work/err")"
}

row_7() {
  fc put "$video" --name spread --spread --replicas 1 >/dev/null 2>"$work/err" || no "put --spread: $(tail -1 "$work/err")" || return
  local whole
  whole=$(fc --json directory | jq -s '[.[].holds[]|select(.name=="spread" and .fragments=="0-9")]|length')
  [[ $whole == 0 ]] || no "$whole peers have the whole"
}

row_8() {
  fc put "$work/any.bin" --as renamed --to peer2 >/dev/null 2>"$work/err" || no "$(tail -1 "$work/err")" || return
  [[ $(fc --json locate renamed | jq -r 'select(.fragments=="0-9").peer.name') == *peer2* ]] || no "not at peer2"
}

row_9() {
  fc put "$video" --name anywhere >/dev/null 2>"$work/err" || no "$(tail -1 "$work/err")" || return
  fc ls | grep -q '^anywhere ' || no "the directory does not list it"
}

row_10() {
  local id
  id=$(curl -fsS --max-time 120 -H 'X-Fragcast: 1' -T "$video" -X POST "$(http_of peer1)/api/v1/assets?name=uploaded.mp4" 2>"$work/err" | jq -r .id)
  [[ $id =~ ^[0-9a-f]{64}$ ]] || no "POST /api/v1/assets: $(tail -1 "$work/err")" || return
  told() { [[ $(fc --json locate uploaded.mp4 | jq -r .peer.name) == *peer1* ]]; }
  until_true 5 told || no "the bus does not know that peer1 has it" || return
  curl -fsS --max-time 120 "$(http_of peer2)/content/$id" >"$work/uploaded" && curl -fsS "$(http_of peer1)/content/$id" | cmp -s - "$work/uploaded" || no "another peer does not get it" || return
  [[ $(curl -s -o /dev/null -w '%{http_code}' -T "$video" -X POST "$(http_of peer1)/api/v1/assets?name=forged") == 403 ]] || no "without the header: not refused" || return
  browse 10
}
