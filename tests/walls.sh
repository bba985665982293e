#!/usr/bin/env bash
# The walls between the rooms, as far as link targets do not enforce them: which folder includes what,
# which library is entered by which door, no sleep in tests, every test file in a build list.
set -uo pipefail
cd "$(dirname "$0")/.."

fact() { # NAME, then offending lines on stdin
  local lines
  lines=$(cat)
  if [[ -z $lines ]]; then
    echo "PASS walls: $1"
  else
    echo "FAIL walls: $1: $(head -5 <<<"$lines" | tr '\n' ' ')"
  fi
}
sources() { git ls-files --cached --others --exclude-standard "$@" | grep -E '\.(cpp|hpp)$' || true; }
including() { # PATTERN FOLDER…: files of the folders that include it
  local pattern=$1
  shift
  sources "$@" | xargs -r grep -lE "^#include [<\"]($pattern)"
}

including '(bus|peer|player|tools)/' messages | fact "messages includes no other room"
including '(peer|player|tools)/' bus | fact "bus includes messages only"
including '(bus|peer|tools)/' player | fact "player includes messages only"
including '(bus|tools)/' peer | fact "peer does not include bus or tools"
including 'zmq' messages bus peer player tools |
  grep -vE '^messages/(pipe|actor|loop|link|intake|stranger_watch)\.|^bus/|^peer/.*(links|socket|resolver|node|actor|main|program|bridge)|^tools/(directory_client|guest|zmq_watch|verb_put)' |
  fact "zmq is entered by its doors"
# A tcp socket's options are a matter of life and death (messages/link.hpp); PAIR sockets are inproc only.
sources messages bus peer player tools | grep -v '^messages/link\.cpp' |
  xargs -r grep -nE '(zmq::socket_t [a-z_]+[({]|zmq::socket_t\()[^)]*context|zmq_socket\(|rcvhwm' | grep -v 'socket_type::pair' |
  grep -vE '^messages/pipe\.cpp:.*rcvhwm' | fact "only messages/link makes tcp sockets"
including 'msgpack' messages bus peer player tools | grep -vE '^messages/' | fact "msgpack only in messages"
including 'libav' messages bus peer player tools | grep -vE '^player/' | fact "libav only in player"
including 'microhttpd' messages bus peer player tools | grep -vE '^messages/http_' | fact "libmicrohttpd only in messages/http_*"
including 'openssl' messages bus peer player tools | grep -vE '^messages/(hash|key)\.cpp' | fact "OpenSSL only in hash and key"
including 'curl' messages bus peer player tools | grep -vE '^tools/http_client' | fact "libcurl only in tools/http_client"
including 'prometheus' messages bus peer player tools | grep -vE '^messages/metrics\.cpp' | fact "prometheus-cpp only in messages/metrics.cpp"
including 'CLI/' messages bus peer player tools tests | grep -vE '^messages/(command_line|layered_options)\.cpp' | fact "CLI11 only in the two of messages that read options"
including 'spdlog' messages bus peer player tools | grep -vE '(main|log|program|options|server)' | fact "spdlog only at the edge"
# A lookup that hangs outlives whoever asked: peer/resolver starts a thread for each.
including 'thread>' messages bus peer player tools | grep -vE '^(messages/actor|peer/resolver)\.' | fact "only actors and lookups start threads"
sources tests | xargs -r grep -nE 'sleep_for|usleep|[^_]sleep\(|nanosleep' | fact "no sleep in tests"
sources messages bus peer player tools | xargs -r grep -nE '[^_]rand\(|random_device' | grep -v hash.cpp | fact "no unseeded chance"
for file in $(sources tests | grep '_test\.cpp$'); do
  grep -qrF "${file#tests/}" tests/*.cmake tests/CMakeLists.txt || echo "$file"
done | fact "every test file is in a build list"
sources messages bus peer player tools | xargs wc -l | awk '$2 != "total" && $1 > 450 {print $2 " " $1}' | fact "no source file over 450 lines"
git grep -nIE '/work/|/root/' -- ':!tests/walls.sh' | fact "no path of one machine"
find messages bus peer player tools deploy tests -name '*.orig' -o -name '*.rej' | fact "no leftovers"
