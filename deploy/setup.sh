#!/usr/bin/env bash
# Installs what fragcast needs to build and run on Debian 12, and says what. Safe to run again.
#
#   deploy/setup.sh             to build and to run
#   deploy/setup.sh build       to build only, as the container's first stage does
#   deploy/setup.sh tests       also what the tests need, but no browser
#   deploy/setup.sh browser     also Chromium, for the browser tests
#   deploy/setup.sh containers  also what builds and runs containers, for their test
#   deploy/setup.sh bench       also the rivals that tests/bench measures against
set -euo pipefail
cd "$(dirname "$0")/.."

build=(g++ cmake ninja-build pkg-config libzmq3-dev cppzmq-dev libmsgpack-cxx-dev libcli11-dev libtomlplusplus-dev
       libspdlog-dev libavformat-dev libavcodec-dev libavutil-dev doctest-dev libmicrohttpd-dev
       nlohmann-json3-dev libssl-dev libcurl4-openssl-dev prometheus-cpp-dev)
run=(ffmpeg curl jq procps)
tests=(iproute2 nftables python3 python3-jsonschema openssl)
browser=(chromium)
containers=(podman runc netavark aardvark-dns iptables debootstrap docker-compose)
bench=(nginx-light openssl valgrind aria2)

wanted=("${build[@]}")
[[ $* == build ]] || wanted+=("${run[@]}")
for group in "$@"; do
  case $group in
    build) ;;
    tests) wanted+=("${tests[@]}") ;;
    browser) wanted+=("${tests[@]}" "${browser[@]}") ;;
    containers) wanted+=("${containers[@]}") ;;
    bench) wanted+=("${bench[@]}") ;;
    *) echo "setup.sh: unknown group '$group' (build, tests, browser, containers, bench)" >&2; exit 2 ;;
  esac
done
# npm brings hls.js for the page and Swagger UI for the documents. Any node will do, so a newer one is left alone.
command -v npm >/dev/null || wanted+=(nodejs npm ca-certificates)

missing=()
for package in "${wanted[@]}"; do
  # ninja, node and the like may have come by other ways; what counts for libraries is the package.
  [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
done

if ((${#missing[@]})); then
  echo "installing: ${missing[*]}" >&2
  sudo=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null || { echo "setup.sh: needs root or sudo to install: ${missing[*]}" >&2; exit 1; }
    sudo=(sudo)
  fi
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  if ! { "${sudo[@]}" apt-get update -q &&
         "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}"; } \
         >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "setup.sh: apt-get could not install: ${missing[*]}" >&2
    exit 1
  fi
fi

# install_npm FOLDER WHAT WITHOUT: what FOLDER/package-lock.json pins; the build does without it.
install_npm() {
  [[ -f $1/package-lock.json ]] || return 0
  cmp -s "$1/package-lock.json" "$1/node_modules/.installed-lock" && return 0
  echo "installing: $2 (npm)" >&2
  if (cd "$1" && npm ci --silent --no-audit --no-fund --ignore-scripts); then
    cp "$1/package-lock.json" "$1/node_modules/.installed-lock"
  else
    echo "setup.sh: npm could not install $2; $3" >&2
  fi
}
install_npm player/play/page "hls.js for the page" "the page will play only where the browser knows HLS"
install_npm messages/docs "Swagger UI for /docs" "/docs will only point to /openapi.json"
