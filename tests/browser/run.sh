#!/usr/bin/env bash
# The page in real Chromium: a bus and three peers share a sample, a fourth that holds nothing plays it.
set -uo pipefail
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
ffmpeg -nostdin -v error -f lavfi -i testsrc2=size=640x360:rate=30:duration=20 -f lavfi -i sine=frequency=440:duration=20 \
  -c:v libx264 -preset veryfast -bf 2 -g 30 -pix_fmt yuv420p -c:a aac -shortest "$work/sample.mp4"
start_program bus "$bin/fragcast-bus" --listen tcp://127.0.0.1:0 --http 127.0.0.1:0 || exit 1
FRAGCAST_BUS=$(ready_field bus directory)
export FRAGCAST_BUS
for name in peer1 peer2 peer3; do
  start_program $name "$bin/fragcast-peer" --name $name --store "$work/$name" --http 127.0.0.1:0 || exit 1
done
"$bin/fragcast" -q put "$work/sample.mp4" --name sample --spread >/dev/null || { echo "FAIL browser: put"; exit 1; }
start_program viewer "$bin/fragcast-peer" --name viewer --store "$work/viewer" --http 127.0.0.1:0 || exit 1
node play_test.mjs "$(ready_field viewer http)" sample 20 "${SCREENSHOT:-}"
