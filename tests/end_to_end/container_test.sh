#!/usr/bin/env bash
# deploy/Dockerfile and deploy/compose.yaml: built on a Debian of our own making, started by compose through podman,
# used, killed, scaled, stopped. Not among the default tests: tests/run.sh containers. Base, image and layers stay in
# FRAGCAST_CONTAINERS (a cache folder, some 4 GB), so that a second run builds only what changed.
set -uo pipefail
source "$(dirname "$0")/../support/end_to_end.sh"
skip() { echo "SKIP container: $*"; exit 0; }

[[ $EUID == 0 ]] || skip "needs root"
for program in podman runc debootstrap docker-compose; do
  command -v $program >/dev/null || skip "$program is not installed (deploy/setup.sh containers)"
done
cache=${FRAGCAST_CONTAINERS:-${XDG_CACHE_HOME:-$HOME/.cache}/fragcast/containers}
mkdir -p "$cache"
cat >"$cache/containers.conf" <<'C'
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
[network]
network_backend = "netavark"
C
printf '[storage]\ndriver = "overlay"\ngraphroot = "%s"\nrunroot = "%s"\n' "$cache/layers" "$cache/run" >"$cache/storage.conf"
export CONTAINERS_CONF=$cache/containers.conf CONTAINERS_STORAGE_CONF=$cache/storage.conf
export DOCKER_HOST=unix://$work/podman.sock

compose() { docker-compose -f "$root/deploy/compose.yaml" -p fragcast-test "$@" 2>&1; }
remove() {
  local pid
  compose down -v >/dev/null
  for pid in ${beat:-} ${service:-}; do kill "$pid" 2>/dev/null; done
  cleanup
}
trap remove EXIT

# --- a base, an image ---
if ! podman image exists localhost/debian:bookworm 2>/dev/null; then
  rm -rf "$cache/base"
  debootstrap --variant=minbase bookworm "$cache/base" >"$work/log" 2>&1 || skip "debootstrap: $(tail -n 1 "$work/log")"
  # Where this machine's way out needs an authority of its own, npm needs it too.
  mkdir -p "$cache/base/etc/ssl"
  cp /etc/ssl/certs/ca-certificates.crt "$cache/base/etc/ssl/host.crt" 2>/dev/null || : >"$cache/base/etc/ssl/host.crt"
  tar -C "$cache/base" -c . | podman import --change 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/host.crt' - localhost/debian:bookworm >"$work/log" 2>&1 ||
    skip "podman: $(tail -n 1 "$work/log")"
  rm -rf "$cache/base"
fi
podman run --rm localhost/debian:bookworm true >"$work/log" 2>&1 || skip "podman cannot run here: $(tail -n 1 "$work/log")"

build() {
  podman build --isolation=chroot --network=host --format docker --build-arg BASE=localhost/debian:bookworm \
    -f "$root/deploy/Dockerfile" -t docker.io/library/fragcast "$root" >"$work/build.log" 2>&1 || { tail -n 3 "$work/build.log"; return 1; }
}
check "container: the image builds" build
((failures == 0)) || exit 1
in_image() { podman run --rm --network none fragcast "$@" 2>/dev/null; }
lean() { in_image sh -c '! command -v g++ && ! command -v cmake && ! command -v npm && ! dpkg-query -W -f "\${Package}\n" | grep -- "-dev$"'; }
check "container: no compiler and no -dev package is left in it" lean
unprivileged() { [[ $(in_image id -u) != 0 && $(podman run --rm --network none --read-only --cap-drop all --security-opt no-new-privileges fragcast fragcast --version 2>/dev/null) == fragcast* ]]; }
check "container: it runs without root, rights and a writable root" unprivileged
checked() { podman image inspect fragcast | jq -e '.[0].HealthCheck // .[0].Healthcheck | .Test | tostring | test("healthz")'; }
check "container: the image has a HEALTHCHECK" checked

# --- compose ---
valid() { compose config -q; }
check "container: the compose file is valid" valid
podman system service --time 0 "unix://$work/podman.sock" >"$work/service.log" 2>&1 &
service=$!
until_true 10 test -S "$work/podman.sock" || { echo "FAIL container: podman does not serve its API"; exit 1; }
running() { podman ps --format '{{.Names}}' --filter "name=fragcast-test_$1" 2>/dev/null | wc -l; }
are() { [[ $(running "$1") == "$2" ]]; }
# Health checks are timers of systemd, which may not run here: then nothing is healthy until we ask.
beat_on() {
  local name
  while :; do
    for name in $(podman ps --format '{{.Names}}' --filter name=fragcast-test_ 2>/dev/null); do podman healthcheck run "$name" >/dev/null 2>&1; done
    pause 0.5
  done
}
compose up -d --no-build >"$work/up.log" &
up=$!
check "container: the bus starts first" until_true 60 are bus 1
[[ -d /run/systemd/system ]] || check "container: no peer before it is healthy" are peer 0
beat_on &
beat=$!
wait $up || bad "container: compose up: $(tail -n 2 "$work/up.log")"
check "container: then three peers" until_true 60 are peer 3

names() { curl -fsS --max-time 10 http://127.0.0.1:5553/api/v1/peers | jq -r '.peers[]|select(.guest|not).name' | sort | tr '\n' ' '; }
names_are() { [[ $(names) == "$1" ]]; }
registered() { until_true 60 names_are "$1" || { echo "registered are: $(names)"; return 1; }; }
check "container: they find the bus and each other by name" registered "peer1 peer2 peer3 "
make_film "$work/film.mp4" 20
head -c 5000001 /dev/urandom >"$work/file.bin"
mkdir "$work/films"
mv "$work/film.mp4" "$work/films"
cp "$work/file.bin" "$work/films"
# Nobody in particular reads them inside.
chmod -R a+rX "$work"
put() { podman run --rm --network fragcast-test_default -v "$work/films:/films:ro" fragcast fragcast --bus tcp://bus:5550 put "/films/$1" --name "$2" "${@:3}"; }
tool() { compose exec -T peer fragcast --bus tcp://bus:5550 peers; }
check "container: the tools are there" tool
check "container: put --spread" put film.mp4 film --spread
check "container: put to one peer" put file.bin file --to peer1
page() { compose port --index "$1" peer 8001; }
id() { curl -fsS --max-time 10 http://127.0.0.1:5553/api/v1/assets | jq -r --arg n "$1" '.assets[]|select(.name==$n).id'; }
pictures() { ffprobe -v error -count_packets -select_streams v -show_entries stream=nb_read_packets -of csv=p=0 "http://$(page "$1")/hls/$(id film)/index.m3u8" | head -1; }
plays() { [[ $(pictures "$1") == 500 ]]; }
content() { curl -fsS --max-time 60 "http://$(page "$1")/content/$(id file)" | cmp - "$work/file.bin"; }
for i in 1 2 3; do
  check "container: peer $i plays the film to the end" plays $i
  check "container: peer $i serves the file, byte for byte" content $i
done

kill -KILL "$(podman inspect fragcast-test_bus_1 --format '{{.State.Pid}}')"
check "container: a killed bus is started again, and all are there again" registered "peer1 peer2 peer3 "
check "container: meanwhile nothing was lost" content 2
scale() { compose up -d --no-build --scale peer=5; }
check "container: --scale peer=5" scale
check "container: five peers, each with a store of its own" registered "peer1 peer2 peer3 peer4 peer5 "
check "container: the new ones play too" plays 5

stops_in_order() {
  compose stop && [[ -z $(podman ps -a --format '{{.Names}} {{.ExitCode}}' --filter name=fragcast-test_ 2>/dev/null | grep -v ' 0$') ]]
}
check "container: all stop in order, with status 0" stops_in_order
compose down >/dev/null
again() { compose up -d --no-build && registered "peer1 peer2 peer3 " && content 3; }
check "container: the stores outlive the containers" again
((failures == 0))
