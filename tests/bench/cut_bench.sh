#!/usr/bin/env bash
# Cutting against what one would otherwise do: `ffmpeg -c copy -f hls` of the same input and `openssl
# dgst -sha256` of it, one after the other. Side by side, alternating, the best run of each counts.
#
#   tests/bench/cut_bench.sh PATH_OF_fragcast [MIB] [RUNS]
#
# Prints a line per container: `mp4 400 MiB: fragcast 0.71 s, ffmpeg + openssl 0.98 s, ratio 0.72`,
# and the most memory that a cut took.
set -euo pipefail
fragcast=$(realpath "$1")
mib=${2:-400}
runs=${3:-5}
folder=$(mktemp -d -p "${TMPDIR:-/dev/shm}" cut_bench.XXXXXX)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

quiet() { "$@" >out.log 2>&1 || { cat out.log >&2; exit 1; }; }
make_inputs() { # a noisy sample of 10 s, repeated
  quiet ffmpeg -y -f lavfi -i "testsrc2=s=1280x720:r=30:d=10,noise=alls=20:allf=t" \
    -f lavfi -i sine=f=440:r=48000:d=10 -c:v libx264 -preset ultrafast -b:v 8M -g 60 -bf 2 \
    -pix_fmt yuv420p -c:a aac sample.mp4
  local bytes
  bytes=$(stat -c %s sample.mp4)
  quiet ffmpeg -y -stream_loop $((mib * 1048576 / bytes)) -i sample.mp4 -c copy input.mp4
  quiet ffmpeg -y -i input.mp4 -c copy input.mkv
  quiet ffmpeg -y -i input.mp4 -c copy input.ts
}
ours() { rm -rf cut; "$fragcast" split "input.$1" -o cut; }
theirs() {
  rm -rf hls
  mkdir hls
  ffmpeg -v error -i "input.$1" -c copy -f hls -hls_playlist_type vod hls/index.m3u8
  openssl dgst -sha256 "input.$1"
}
seconds() { # COMMAND…: how long it took
  local begin=$EPOCHREALTIME
  quiet "$@"
  echo "$EPOCHREALTIME $begin" | awk '{print $1 - $2}'
}

make_inputs
for container in mp4 mkv ts; do
  for ((i = 0; i < runs; i++)); do
    echo "$(seconds ours $container) $(seconds theirs $container)"
  done | awk -v name=$container -v mib="$mib" '
    NR == 1 || $1 < a { a = $1 }
    NR == 1 || $2 < b { b = $2 }
    END { printf "%s %d MiB: fragcast %.2f s, ffmpeg + openssl %.2f s, ratio %.2f\n", name, mib, a, b, a / b }'
done
rm -rf cut
/usr/bin/time -f %M -o memory "$fragcast" split input.mp4 -o cut >/dev/null
echo "most memory: $(($(cat memory) / 1024)) MiB"
