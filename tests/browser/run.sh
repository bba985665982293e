#!/usr/bin/env bash
# The page in real Chromium: a bus and three peers share films, others that hold nothing play them.
# SCREENSHOTS=FOLDER keeps pictures of it.
# In a session of its own, as in tests/support/end_to_end.sh.
[[ $(ps -o sid= -p $$) -eq $$ ]] || exec setsid --wait setpriv --pdeathsig TERM bash "$0" "$@"
set -uo pipefail
trap 'exit 143' TERM
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../../deploy/common.sh"
command -v chromium >/dev/null || { echo "SKIP browser: no chromium; deploy/setup.sh browser installs it"; exit 0; }
cd "$here"
if ! cmp -s package-lock.json node_modules/.installed-lock; then
  npm ci --silent --no-audit --no-fund --ignore-scripts || { echo "FAIL browser: npm could not install playwright-core"; exit 1; }
  cp package-lock.json node_modules/.installed-lock
fi

work=$(mktemp -d)
run=$work
trap 'stop_all 3000; rm -rf "$work"' EXIT
film() { # FILE SECONDS OPTIONS…
  ffmpeg -nostdin -v error -f lavfi -i "testsrc2=size=640x360:rate=30:duration=$2" -f lavfi -i "sine=frequency=440:duration=$2" "${@:3}" "$work/$1"
}
h264=(-c:v libx264 -preset veryfast -bf 2 -g 30 -pix_fmt yuv420p -c:a aac -shortest)
film sample.mp4 20 "${h264[@]}"
film long.mp4 120 "${h264[@]}" -b:v 600k -minrate 600k -maxrate 600k -bufsize 600k -x264-params nal-hrd=cbr
film clip.webm 10 -c:v libvpx -deadline realtime -cpu-used 8 -b:v 500k -c:a libvorbis
film tone.mp3 20 -map 1
echo "it came late" >"$work/late.txt"
start_free_bus bus --http 127.0.0.1:0 || exit 1
FRAGCAST_BUS=$(ready_field bus directory)
export FRAGCAST_BUS
peer() { start_program "$1" "$bin/fragcast-peer" --name "$1" --store "$work/$1" --http 127.0.0.1:0 "${@:2}" || exit 1; }
for name in peer1 peer2 peer3; do peer $name; done
for file in sample.mp4 long.mp4 clip.webm tone.mp3; do
  "$bin/fragcast" -q put "$work/$file" --name "${file%.*}" --spread >/dev/null || { echo "FAIL browser: put $file"; exit 1; }
done
# Those who watch keep no copies: nothing is there before it is asked for.
peer viewer --no-copies
twice=$(($(stat -c %s "$work/long.mp4") / 60))
for name in slow slow2; do peer $name --no-copies --max-download $twice; done
page() { ready_field "$1" http; }
node play_test.mjs "$(page viewer)" sample 20 "${SCREENSHOT:-}"
status=$?
# A disk that an upload can fill.
if [[ $EUID == 0 ]] && mkdir "$work/small" && mount -t tmpfs -o size=64m tmpfs "$work/small" 2>/dev/null; then
  trap 'stop_all 3000; umount -l "$work/small"; rm -rf "$work"' EXIT
  start_program tight "$bin/fragcast-peer" --name tight --store "$work/small/store" --no-bus --http 127.0.0.1:0 || exit 1
fi
head -c 3000000 /dev/urandom >"$work/bytes"
start_program alone "$bin/fragcast-peer" --name '<i>alone' --store "$work/alone" --no-bus --http 127.0.0.1:0 || exit 1
PEER=$(page alone) TIGHT=$([[ ! -e $run/tight.pid ]] || page tight) WORK=$work SCREENSHOTS=${SCREENSHOTS:-} node change_test.mjs || status=1
PEER=$(page peer1) BUS=$(page bus) SCREENSHOTS=${SCREENSHOTS:-} node docs_test.mjs || status=1
# What strangers may make, by hand: a script, and what has it run in every kind of document.
peer victim --no-copies
for name in kept back; do "$bin/fragcast" -q put "$work/sample.mp4" --name $name --to peer1 --replicas 1 >/dev/null || { echo "FAIL browser: put $name"; exit 1; }; done
stranger() { # KIND MIME, its bytes on stdin
  local id
  id=$(python3 "$here/../support/strange_asset.py" "$work/victim/assets" "${1%% *}" "$2") || exit 1
  strange=$(jq -c --arg kind "$1 as $2" --arg id "$id" '.[$kind]=$id' <<<"$strange")
}
strange={}
for mime in video/mp4,text/javascript text/javascript; do
  stranger script $mime <<<"document.title='RAN'; window.ran=['RAN']; fetch('/api/v1/assets').then((a)=>a.json()).then((a)=>a.assets.forEach((x)=>fetch('/api/v1/assets/'+x.id,{method:'DELETE',headers:{'X-Fragcast':'1'}})))"
  run_it="<script src=\"/content/$(jq -r --arg kind "script as $mime" '.[$kind]' <<<"$strange")\"></script><script>document.title='RAN'</script>"
  for html in video/mp4,text/html text/plain,text/html text/html application/xhtml+xml; do
    stranger "html with $mime" $html <<<"<html xmlns=\"http://www.w3.org/1999/xhtml\"><head><title>x</title></head><body>$run_it</body></html>"
  done
  for svg in image/SVG+xml image/svg+xml text/xml application/xml; do
    stranger "svg with $mime" $svg <<<"<svg xmlns=\"http://www.w3.org/2000/svg\">${run_it//src=/href=}</svg>"
  done
done
stranger pdf application/pdf <<<'%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj
trailer<</Root 1 0 R>>'
"$bin/fragcast" refresh --peer victim >"$work/refreshed" || { echo "FAIL browser: strange assets"; exit 1; }
id_of() { "$bin/fragcast" --json ls | jq -r --arg name "$1" 'select(.name==$name).id'; }
"$bin/fragcast" -q fetch back --peer victim >/dev/null && "$bin/fragcast" -q rm back --peer victim >/dev/null || { echo "FAIL browser: rm"; exit 1; }
PEER=$(page victim) STRANGE=$strange FILM=kept FILM_ID=$(id_of kept) REMOVED=$(id_of back) node strangers_test.mjs || status=1
cat >"$work/put" <<END
#!/bin/sh
exec "$bin/fragcast" -q put "\$1" --name "\$2" --to peer1
END
chmod +x "$work/put"
# What each is given fills the store of the first, and is with nobody but the second, which sends slowly.
peer snug --no-copies --max-store-size 3200K
peer leaver --max-upload 500K
for name in snug leaver; do
  "$bin/fragcast" -q put "$work/bytes" --name "of-$name" --replicas 1 --to $name >/dev/null || { echo "FAIL browser: put to $name"; exit 1; }
done
VIEWER=$(page viewer) SNUG=$(page snug) LEAVER=$(page leaver) SLOW=$(page slow) SLOW2=$(page slow2) PEERS="$(page peer1) $(page peer2) $(page peer3)" \
  BUS_ID=$(cat "$work/bus.pid") PUT=$work/put WORK=$work SCREENSHOTS=${SCREENSHOTS:-} node page_test.mjs || status=1
exit $status
