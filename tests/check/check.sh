# Tries every row of the feature list as a user would; sourced by demo.sh --check, not run. Each row is a
# function row_N that returns 0, or prints the reason and returns 1. What is not built yet has none.
titles=(
  "" "cut into 10 fragments" "cut by stream copy on key frames" "clear message on unreadable input"
  "fragments are readable files" "any file, byte-identical" "fragments dealt out by hand" "put --spread"
  "put to a named peer under another name" "put to any peer" "upload in the browser"
  "a peer registers with what it holds" "registering is retried" "everybody is told"
  "the new holder is listed" "receipt" "who has what, asked of anybody" "where a user entered"
  "record of all activity" "bounded asynchronous messages" "serve and fetch at once"
  "told to, a peer fetches a fragment" "the answer says from whom" "nobody has it / all failed"
  "put and get at once" "get under another name, never overwriting" "dry run" "join is confirmed"
  "leave removes the peer at once" "a leaving peer hands over" "a crashed peer disappears"
  "seed peer without a bus" "primary and backup friend" "locate by bus or friends"
  "fetched through" "peers share their index" "page with player and fragments" "choose the peer to enter by"
  "missing fragments come in and it plays" "Swagger UI" "status, files, info, search" "configuration file"
  "addresses may be names" "peers that differ only in ports and folders" "clear logs of requests and receipts"
  "containers" "on a server of one's own" "one script starts and tries everything" "stop one, stop all"
  "help for common troubles" "persistence on the plain file system" "seven diagrams"
)

fc() { "$bin/fragcast" "$@"; }
http_of() { ready_field "$1" http; }
api() { curl -fsS --max-time 120 "$(http_of "$1")/api/v1/$2"; }
no() { echo "$*"; return 1; }

has_whole() { # PEER NAME COUNT
  [[ $(api "$1" assets | jq -r --arg n "$2" '.assets[]|select(.name==$n)|.bytes_here==.size') == true ]]
}

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
row_19() {
  fc --json info | jq -e '.counters|length>0' >/dev/null || no "the bus counts nothing" || return
  head -c 2000000 /dev/zero | timeout 2 curl -s "telnet://${FRAGCAST_BUS#tcp://}" >/dev/null 2>&1 || true
  fc ls >/dev/null || no "rubbish sent to the bus stopped it"
}
row_20() {
  local a b id
  id=$(fc --json ls | jq -r 'select(.name=="spread").id')
  curl -fsS "$(http_of peer1)/content/$id" >"$work/a.mp4" & a=$!
  curl -fsS "$(http_of peer2)/content/$id" >"$work/b.mp4" & b=$!
  wait $a && wait $b && cmp -s "$work/a.mp4" "$work/b.mp4" || no "two peers that feed each other gave different files"
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
row_21() {
  fc -q put "$work/any.bin" --name told --to peer1 --replicas 1 >/dev/null || no "put" || return
  fc fetch told 2 --peer peer2 >"$work/out" 2>&1 || no "$(tail -1 "$work/out")" || return
  grep -q '^told 2 fetched from peer1 (' "$work/out" || no "$(tail -1 "$work/out")" || return
  fc fetch told 2 --peer peer1 >"$work/out" 2>&1 && grep -q '^told 2 was here' "$work/out" || no "a peer that has it: $(tail -1 "$work/out")"
}
row_26() {
  fc get spread --dry-run -o "$work/dry.mp4" >"$work/out" 2>&1 || no "$(tail -1 "$work/out")" || return
  grep -q 'peer[123] would send' "$work/out" || no "does not say who would send what" || return
  [[ ! -e $work/dry.mp4 ]] || no "it wrote a file"
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
knows() { api "$1" peers | jq -e --arg n "$2" '[.peers[]|select(.self|not)|.name]|index($n)'; }
linked() { api "$1" peers | jq -e --arg n "$2" '.peers[]|select(.name==$n).linked'; }
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
row_36() {
  local page
  page=$(curl -fsS "$(http_of peer1)/")
  grep -q '<video' <<<"$page" && grep -q 'id="bar"' <<<"$page" || no "no player or no bar" || return
  browse 36
}
row_37() {
  api peer1 peers | jq -e '[.peers[]|select(.self|not)|.http|select(startswith("http://"))]|length>=2' >/dev/null || no "no links to the others" || return
  browse 37
}
row_38() {
  start_program fresh "$bin/fragcast-peer" --name fresh --store "$work/fresh" || no "does not start" || return
  local id
  until_true 5 has_asset fresh spread || no "the fresh peer does not know the asset" || return
  if ((have_browser)); then browse 38; return; fi
  id=$(fc --json ls | jq -r 'select(.name=="spread").id')
  [[ $(ffprobe -v error -count_packets -select_streams v -show_entries stream=nb_read_packets -of csv=p=0 "$(http_of fresh)/hls/$id/index.m3u8" | head -1) -gt 0 ]] || no "HLS does not play" || return
  until_true 10 has_whole fresh spread || no "the missing fragments did not come in"
}
has_asset() { api "$1" assets | jq -e --arg n "$2" '[.assets[].name]|index($n)' >/dev/null; }
row_39() {
  local who
  for who in peer1 bus; do
    curl -fsS "$(http_of $who)/openapi.json" | jq -e '(.openapi|startswith("3.1")) and (.paths|has("/api/v1/info"))' >/dev/null || no "$who: no document" || return
    curl -fsS "$(http_of $who)/docs" | grep -q swagger-ui-bundle || no "$who: no Swagger UI" || return
    curl -fsS --compressed "$(http_of $who)/docs/swagger-ui-bundle.js" | grep -q SwaggerUIBundle || no "$who was built without Swagger UI: deploy/setup.sh, and build again" || return
  done
  curl -fsS "$(http_of bus)/openapi.json" | jq -e '[.paths[]|keys[]]|unique==["get"]' >/dev/null || no "the bus offers changes" || return
  browse 39
}
row_41() {
  cat >"$work/peer.toml" <<C
name = "configured"
store = "$work/configured"
http = "127.0.0.1:0"
bus = ["$FRAGCAST_BUS"]
friend = ["$(ready_field peer1 exchange)"]
max-upload = "10M"
C
  "$bin/fragcast-peer" --config "$work/peer.toml" --check-config >/dev/null 2>"$work/err" || no "$(cat "$work/err")" || return
  start_program configured "$bin/fragcast-peer" --config "$work/peer.toml" || no "does not start" || return
  [[ $(ready_field configured name) == configured && -d $work/configured/assets ]] || no "name or store is not as configured" || return
  sed -i 's/^max-upload/max-uplaod/' "$work/peer.toml"
  ! "$bin/fragcast-peer" --config "$work/peer.toml" --check-config >/dev/null 2>"$work/err" || no "takes an unknown key" || return
  grep -q 'peer.toml:6: unknown key "max-uplaod"; did you mean max-upload' "$work/err" || no "$(cat "$work/err")" || return
  "$bin/fragcast-bus" --config "$root/deploy/bus.toml" --check-config >/dev/null && "$bin/fragcast-peer" --config "$root/deploy/peer.toml" --check-config >/dev/null || no "deploy/*.toml are refused"
}
row_42() {
  local host id
  id=$(fc --json ls | jq -r 'select(.name=="renamed").id')
  for host in localhost '[::1]'; do
    start_program "at-$host" "$bin/fragcast-peer" --name "at-$host" --store "$work/at-$host" --bus "tcp://localhost:${FRAGCAST_BUS##*:}" \
      --listen "tcp://$host:0" --advertise "$(tr -d '[]' <<<"$host")" --http "$host:0" || no "$host: does not start" || return
    [[ $(ready_field "at-$host" exchange) =~ ^tcp://(127.0.0.1|\[::1\]):[0-9]+$ ]] || no "$host: tells others $(ready_field "at-$host" exchange)" || return
    until_true 5 has_asset "at-$host" renamed || no "$host: does not join" || return
    curl -gfsS --max-time 120 "$(http_of "at-$host")/content/$id" | cmp -s - "$work/any.bin" || no "$host: does not fetch or serve" || return
  done
}
row_43() { [[ $(http_of peer1) != "$(http_of peer2)" && -d $work/peer1 && -d $work/peer2 ]] || no "ports or folders are shared"; }
row_44() {
  grep -qi 'receipt\|received' "$run"/peer*.log || no "no receipts in the logs" || return
  grep -qi 'request\|asked\|sent' "$run"/peer*.log || no "no requests in the logs"
}
row_45() {
  local compose i
  for compose in docker-compose 'docker compose'; do
    command -v ${compose%% *} >/dev/null && $compose version >/dev/null 2>&1 || continue
    $compose -f "$root/deploy/compose.yaml" config >"$work/compose" 2>"$work/err" || no "$(tail -1 "$work/err")" || return
    break
  done
  for i in 'condition: service_healthy' 'restart: unless-stopped' 'read_only: true' 'replicas: 3' 'stores:/data'; do
    grep -q "$i" "$root/deploy/compose.yaml" || no "compose.yaml lacks $i" || return
  done
  # What a container runs, without one: each takes a store of its own.
  for i in 1 2; do
    PATH=$bin:$PATH XDG_DATA_HOME=$work/volume FRAGCAST_LISTEN=tcp://127.0.0.1:0 FRAGCAST_ADVERTISE=127.0.0.1 FRAGCAST_HTTP=127.0.0.1:0 \
      start_program "container$i" sh "$root/deploy/container-peer.sh" --bus "$FRAGCAST_BUS" || no "container-peer $i does not start" || return
    [[ $(ready_field "container$i" name) == "peer$i" && -d $work/volume/peer$i/assets ]] || no "container-peer $i has not store $i" || return
    kill -0 "$(cat "$run/container$i.pid")" || no "container-peer $i has ended" || return
  done
  kill -TERM "$(cat "$run/container1.pid")" "$(cat "$run/container2.pid")"
}
row_46() {
  local unit port
  for port in 5550 5551 5552 5553 5560 8001; do
    grep -q "^| $port |" "$root/deploy/README.md" || no "port $port is not in the table" || return
  done
  "$bin/fragcast-bus" --print-config | grep -q ':5550"' && "$bin/fragcast-bus" --print-config | grep -q ':5553"' || no "the bus has other ports than the table" || return
  command -v systemd-analyze >/dev/null || return 0
  mkdir -p "$work/units"
  for unit in fragcast-bus.service fragcast-peer@.service; do
    sed "s|/usr/local/bin|$bin|" "$root/deploy/$unit" >"$work/units/$unit"
    [[ -z $(systemd-analyze verify "$work/units/${unit/@./@peer1.}" 2>&1) ]] || no "$(systemd-analyze verify "$work/units/${unit/@./@peer1.}" 2>&1 | tail -1)" || return
  done
}
row_47() {
  bash -n "$root/deploy/start.sh" && "$root/deploy/start.sh" 2 --dir "$work/lasting" --bus "tcp://127.0.0.1:$(bus_port)" >"$work/out" 2>&1 &&
    grep -q 'peer2 *http' "$work/out" || no "$(tail -1 "$work/out")"
}
row_48() {
  local pids
  pids=$(cat "$work"/lasting/run/*.pid)
  "$root/deploy/stop.sh" --dir "$work/lasting" >/dev/null || no "stop.sh failed" || return
  local pid
  for pid in $pids; do is_over "$pid" || no "process $pid is left" || return; done
  is_ours "$run/peer1.pid" || no "it stopped what it had not started"
}
row_49() {
  grep -q '^## When something is wrong' "$root/README.md" || no "README has no help" || return
  said() { timeout 120 "$@" 2>&1 </dev/null | tail -1; }
  [[ $(said "$bin/fragcast-bus" --listen "$FRAGCAST_BUS" --http none) == *'in use. Choose another: --listen'* ]] || no "bus, port in use: $(said "$bin/fragcast-bus" --listen "$FRAGCAST_BUS" --http none)" || return
  [[ $(said "$bin/fragcast-peer" --name x --store "$work/x" --http "$(http_of peer1 | sed 's|http://||')") == *'in use. Choose another: --http'* ]] || no "peer, port in use: no advice" || return
  [[ $(said "$bin/fragcast-peer" --name x --store "$work/peer2") == *"is in use by process $(cat "$run/peer2.pid") (peer2)"* ]] || no "store in use: not said by whom" || return
  grep -q 'no bus at tcp://127.0.0.1:9 (refused; try .*Start one: fragcast-bus' "$run/early.log" || no "a peer that does not register does not say why" || return
  [[ $(said "$bin/fragcast" --bus tcp://127.0.0.1:9 ls) == *'no bus at tcp://127.0.0.1:9. Start one (fragcast-bus), or name it'* ]] || no "connection refused: no advice" || return
  # A stale index: what is gone from the disk is gone from the list when it is asked for.
  fc -q put "$work/any.bin" --name stale --to peer1 --replicas 1 >/dev/null || no "put" || return
  lists() { [[ $(fc --json directory | jq -r 'select(.name=="peer1").holds[]|select(.name=="stale").fragments') == "$1" ]]; }
  until_true 5 lists 0-9 || no "the list does not name what peer1 has" || return
  rm "$work"/peer1/assets/stale-*/003.bin
  curl -s --max-time 300 -o /dev/null "$(http_of peer2)/content/$(fc --json ls | jq -r 'select(.name=="stale").id')" &
  until_true 10 lists 0-2,4-9 || no "what is gone from the disk is listed on"
}
row_40() {
  local id
  [[ $(api peer1 info | jq -r .name) == peer1 ]] || no "info" || return
  curl -fsS "$(http_of peer1)/healthz" | jq -e .ok >/dev/null || no "healthz" || return
  curl -fsS "$(http_of peer1)/readyz" | jq -e .ready >/dev/null || no "readyz" || return
  id=$(api peer1 assets | jq -r '.assets[]|select(.name=="spread").id')
  [[ -n $id ]] || no "no list of assets" || return
  [[ $(api peer1 "assets/$id/fragments" | jq '.fragments|length') == 10 ]] || no "no list of fragments" || return
  [[ $(api peer1 'search?q=PREA' | jq -r '.assets[].name') == spread ]] || no "search does not find by a piece of the name" || return
  api peer1 'locate?name=spread&fragment=3' | jq -e '.holders|length>0' >/dev/null || no "locate" || return
  curl -fsS -X POST -H 'X-Fragcast: 1' "$(http_of peer1)/api/v1/refresh" | jq -e '.done and .gone==[]' >/dev/null || no "refresh"
}
row_50() {
  fragments_of peer1 >"$work/before"
  kill -KILL "$(cat "$run/peer1.pid")"
  start_program peer1 "$bin/fragcast-peer" --name peer1 --store "$work/peer1" || no "does not start again" || return
  until_true 5 has_still peer1 "$work/before" || no "what it had is not what it has after kill -9"
}
row_51() {
  local page=$root/messages/PROTOCOL.md title word
  for title in Architecture 'Join and leave' Search Put Get Transfer Concurrency; do
    sed -n "/^\*\*$title\*\*/,/^\*\*/p" "$page" | grep -c '^```$' | grep -qx 2 || no "no diagram of $title" || return
  done
  # What stands on an arrow is a message of the protocol's tables.
  for word in $(sed -n '/^\*\*Join and leave\*\*/,/^\*\*Concurrency/p' "$page" | grep -oE '(──|┄┄|══) [a-z_]+(, [a-z_]+ [═┄])?' | grep -oE '[a-z_]+' | sort -u); do
    grep -qE "^\| [0-9]+ \| $word \|" "$page" || no "the diagrams draw a message $word that does not exist" || return
  done
}

# Rows 10 and 36 to 39 in a real browser where one is installed; else what curl can see must do, and is said.
have_browser=0
browse() {
  ((have_browser)) || return 0
  node "$root/tests/browser/check.mjs" "$1" "$(http_of "$([[ $1 == 38 ]] && echo fresh || echo peer1)")" spread "$video" >"$work/out" 2>&1 || no "$(tail -1 "$work/out")"
}

check_all() {
  local n reason failed=0
  command -v chromium >/dev/null && [[ -d $root/tests/browser/node_modules/playwright-core ]] && have_browser=1
  "$bin/zmq-watch" >"$work/watch.txt" 2>&1 &
  # The watcher must be subscribed before the first row: a peer that joins is seen by it.
  until_true 15 test -s "$work/watch.txt"
  for ((n = 1; n <= 51; ++n)); do
    if ! declare -F "row_$n" >/dev/null; then
      echo "TODO $n ${titles[n]}"
    elif reason=$(row_wrapped "$n"); then
      echo "PASS $n ${titles[n]}"
    else
      echo "FAIL $n ${titles[n]}: ${reason##*$'\n'}"
      failed=1
    fi
  done
  ((have_browser)) || say "(rows 10 and 36 to 39 were tried without a browser: tests/run.sh browser installs one)"
  return $failed
}

# Each row in a shell of its own; what one leaves for the next is in files.
row_wrapped() {
  set +e
  "row_$1" 2>&1
}
