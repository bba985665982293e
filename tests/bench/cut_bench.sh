#!/usr/bin/env bash
# Cutting against what one would otherwise do: `ffmpeg -c copy -f hls` of the same input and then `openssl
# dgst -sha256` of it. In turn, several rounds; medians and ratios. Then the most memory that it takes
# to cut a video, and a file, of several GiB.
#
#   tests/bench/cut_bench.sh [ROUNDS] [MIB] [GIB]      5 400 4
set -euo pipefail
source "$(dirname "$0")/../../deploy/common.sh"
rounds=${1:-5}
mib=${2:-400}
gib=${3:-4}
[[ -x $bin/fragcast ]] || die "$bin/fragcast is missing: cmake --preset release && cmake --build --preset release"
for program in ffmpeg openssl python3; do command -v $program >/dev/null || die "$program is missing: deploy/setup.sh tests"; done
memory=$(mktemp -d /dev/shm/fragcast-cut-XXXXXX)  # for speed: no disk in between
disk=$(mktemp -d)                                 # for size
trap 'rm -rf "$memory" "$disk"' EXIT

film() { # FILE MIB: 10 s of noise, repeated. The sound is shorter, so that no repetition overlaps.
  [[ -e $memory/sample.mp4 ]] ||
    ffmpeg -nostdin -v error -f lavfi -i "testsrc2=s=1280x720:r=30:d=10,noise=alls=20:allf=t" \
      -f lavfi -i sine=f=440:r=48000:d=9.9 -c:v libx264 -preset ultrafast -b:v 8M -g 60 -bf 2 \
      -pix_fmt yuv420p -c:a aac "$memory/sample.mp4"
  local times=$(($2 * 1048576 / $(stat -c %s "$memory/sample.mp4") + 1))
  ffmpeg -nostdin -v error -y -stream_loop $times -i "$memory/sample.mp4" -c copy "$1"
}
ours() { "$bin/fragcast" -q split "$1" -o "$memory/cut" >/dev/null; }
theirs() {
  ffmpeg -nostdin -v error -i "$1" -c copy -f hls -hls_playlist_type vod "$memory/hls/index.m3u8"
  openssl dgst -sha256 "$1" >/dev/null
}
timed() { # NAME FILE: prints milliseconds
  local began
  rm -rf "$memory/cut" "$memory/hls"
  mkdir "$memory/hls"
  began=$(date +%s%N)
  "$1" "$2"
  echo $((($(date +%s%N) - began) / 1000000))
}
median() { sort -n | awk '{a[NR] = $1} END {print a[int((NR + 1) / 2)]}'; }

for container in mp4 mkv ts; do
  input=$memory/input.$container
  film "$input" "$mib"
  rm -f "$memory"/*.ms
  for ((round = 0; round <= rounds; ++round)); do
    a=$(timed ours "$input") b=$(timed theirs "$input")
    ((round)) || continue  # the first is for warming up
    echo "$a" >>"$memory/ours.ms"
    echo "$b" >>"$memory/theirs.ms"
  done
  a=$(median <"$memory/ours.ms") b=$(median <"$memory/theirs.ms")
  awk -v c="$container" -v m="$mib" -v n="$rounds" -v a="$a" -v b="$b" 'BEGIN {
    printf "cutting %d MiB of %s, median of %d: %d [ms]; ffmpeg and openssl: %d [ms]; speed against them: %.2f\n", m, c, n, a, b, b / a }'
  rm -rf "$input" "$memory/cut" "$memory/hls"
done

most_memory() { # FILE: the largest resident size of `split`, in MiB
  python3 - "$bin/fragcast" -q split "$1" -o "$disk/cut" <<'PY'
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
PY
  rm -rf "$disk/cut"
}
film "$disk/large.mp4" $((gib * 1024))
echo "memory at most, cutting a video of $gib GiB: $(most_memory "$disk/large.mp4") [MiB]"
rm "$disk/large.mp4"
truncate -s "${gib}G" "$disk/large.bin"
echo "memory at most, cutting a file of $gib GiB: $(most_memory "$disk/large.bin") [MiB]"
