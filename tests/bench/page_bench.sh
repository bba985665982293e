#!/usr/bin/env bash
# From opening the page to the first picture in Chromium: a peer's page, against nginx serving the same HLS
# to the same hls.js. In turn; medians.
#
#   tests/bench/page_bench.sh [ROUNDS]      7
set -euo pipefail
source "$(dirname "$0")/../../deploy/common.sh"
rounds=${1:-7}
command -v chromium >/dev/null || die "chromium is missing: deploy/setup.sh browser"
[[ -x /usr/sbin/nginx ]] || die "nginx is missing: deploy/setup.sh bench"
[[ -d $root/tests/browser/node_modules/playwright-core ]] || (cd "$root/tests/browser" && npm ci --silent --no-audit --no-fund --ignore-scripts) ||
  die "npm could not install playwright-core"
work=$(mktemp -d)
chmod 755 "$work"
run=$work
trap 'stop_all 2000; kill $(cat "$work/nginx.id" 2>/dev/null) 2>/dev/null; rm -rf "$work"' EXIT
ffmpeg -nostdin -v error -f lavfi -i testsrc2=size=1280x720:rate=30:duration=30 -f lavfi -i sine=frequency=440:duration=30 \
  -c:v libx264 -preset veryfast -b:v 4M -bf 2 -g 60 -pix_fmt yuv420p -c:a aac -shortest "$work/film.mp4"
start_program bus "$bin/fragcast-bus" --listen tcp://127.0.0.1:0 --http none
FRAGCAST_BUS=$(ready_field bus directory)
export FRAGCAST_BUS
start_program peer1 "$bin/fragcast-peer" --name peer1 --store "$work/peer1" --http 127.0.0.1:0
id=$("$bin/fragcast" --json -q put "$work/film.mp4" --name film --to peer1 | jq -r .id)
peer=$(ready_field peer1 http)

mkdir -p "$work/www/hls/$id"
for file in index.m3u8 media.m3u8 init.mp4 $(curl -fsS "$peer/hls/$id/media.m3u8" | grep -o '^[0-9]*\.m4s' | sort -u); do
  curl -fsS "$peer/hls/$id/$file" -o "$work/www/hls/$id/$file"
done
cp "$root/player/play/page/node_modules/hls.js/dist/hls.light.min.js" "$work/www/hls.js"
cat >"$work/www/index.html" <<H
<!doctype html><video id="video" controls></video><button id="sound" hidden></button><script src="hls.js"></script><script>
const video = document.getElementById('video');
const hls = new Hls({ enableWorker: false });
hls.on(Hls.Events.MANIFEST_PARSED, () => video.play().catch(() => { video.muted = true; video.play(); }));
hls.loadSource('hls/$id/index.m3u8');
hls.attachMedia(video);
</script>
H
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$work/nginx.conf" <<N
worker_processes 1;
pid $work/nginx.id;
error_log $work/nginx.log;
events {}
http { access_log off; sendfile on; types { text/html html; text/javascript js; application/vnd.apple.mpegurl m3u8; video/mp4 mp4 m4s; }
  server { listen 127.0.0.1:$port; root $work/www; } }
N
/usr/sbin/nginx -c "$work/nginx.conf"
node "$root/tests/bench/page_bench.mjs" "$rounds" "$peer/#film" http://127.0.0.1:$port/
