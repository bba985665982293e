#!/usr/bin/env bash
# The walls between the rooms, as far as link targets do not enforce them: which folder includes what, what is pure,
# which library is entered by which door, no sleep in tests, every test file in a build list, a test for each source.
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
programs=(messages bus peer player tools)

# Folder by folder: what of ours it may include. What is not named here may be included by nobody but its own room.
may_include() { # FOLDER PATTERN: the folder's files include nothing of ours but what matches
  sources "$1" | xargs -r grep -HE '^#include "(messages|bus|peer|player|tools|tests)/' | grep -vE "#include \"($2)" |
    fact "$1 includes nothing of ours but $2"
}
may_include messages/wire 'messages/wire/'
may_include messages/files 'messages/(wire|files)/'
may_include messages/log 'messages/(wire|log)/'
may_include messages/zmq 'messages/(wire|zmq)/'
may_include messages/http 'messages/(wire|http)/'
may_include messages/options 'messages/(wire|options)/'
may_include bus 'messages/|bus/'
may_include player/cut 'messages/(wire|files|zmq)/|player/cut/'
may_include player/play 'messages/wire/|player/play/'
may_include peer/swarm 'messages/wire/|peer/swarm/'
may_include peer/store 'messages/(wire|files|zmq)/|peer/(swarm|store)/'
may_include peer/links 'messages/(wire|zmq)/|peer/(swarm|links)/'
may_include peer/engine 'messages/(wire|zmq)/|peer/(swarm|store|links|engine)/'
may_include peer/http 'messages/|player/|peer/'
may_include peer 'messages/|player/|peer/'
may_include tools 'messages/|player/|peer/|tools/'

python3 tests/support/link_walls.py . | fact "no target includes a header of what it does not link"

# CONTRIBUTING, "Builds": programs and tests link several rooms.
sources | xargs python3 tests/support/type_names.py | fact "a type's name is said once"

# The core's topics call each other, and none of them another in a circle: what a change sets going can be read downwards.
sources peer/swarm | grep -E '/swarm[^/]*\.cpp$' | xargs python3 tests/support/knots.py | fact "no functions of the core call each other in a circle"
# The passes run from the list in swarm.cpp, in its order and nowhere else, but for these:
#   swarm_room.cpp restock: whether something fits is asked of now, in the middle of a pass as well
#   swarm_farewell.cpp tick_farewell: a stop that is asked for looks at once at what would be lost
#   swarm.cpp leave, follow_wants: a peer that left settles nothing, so what it wants no more is called off there
list='^static void (on_tick|settle)\(|^void Swarm::on\('
passes=$(sed -nE "/$list/,/^}/p" peer/swarm/swarm.cpp | grep -oE '\b[a-z_]+\((core|state)[,)]' | sed 's/(.*//' | grep -vx take | sort -u | paste -sd'|')
{
  [[ $passes == *plan*settle* ]] || echo "the list is not found"
  grep -nE "(^|[^a-z_.])($passes)\(core[,)]" peer/swarm/swarm_*.cpp | grep -vE '/swarm_room\.cpp:[0-9]+: +restock\(|/swarm_farewell\.cpp:[0-9]+: +tick_farewell\('
  sed -E "/$list/,/^}/d; /^static void leave\(/,/^}/s/^ +follow_wants\(//" peer/swarm/swarm.cpp | grep -E "(^|[^a-z_.])($passes)\((core|state)[,)]" | sed 's/^/swarm.cpp: /'
} | fact "the passes of the core run from their list"

# CONTRIBUTING, "One thread": what threads share beside their pipes.
including 'mutex|shared_mutex|atomic|condition_variable|thread' "${programs[@]}" |
  grep -vE '^(messages/zmq/(actor\.[ch]pp|guard\.cpp|link\.hpp|monitor\.cpp|pipe\.cpp)|peer/store/buffer_pool\.hpp|peer/links/resolver\.cpp)$' |
  fact "threads share nothing but what CONTRIBUTING names"

# Pure: time and chance are arguments, payload stays outside. So of what is not ours they include these headers only;
# beyond them a file has its own reason. (arpa/inet.h: inet_pton reads text and opens nothing. stdexcept: a broken
# invariant.)
values='array|bit|compare|concepts|cstddef|cstdint|functional|initializer_list|iterator|limits|memory|numeric|optional|ranges|span|type_traits|utility|variant'
values+='|algorithm|chrono|deque|map|set|string|string_view|tuple|vector'
includes_only() { # FOLDER PATTERN EXCEPTION…: "file:header", of others than those of the pattern
  local folder=$1 allowed=$2 exceptions
  shift 2
  exceptions=$(printf '%s\n' "$@")
  sources "$folder" | xargs -r grep -oE '^#include <[^>]+>' | sed 's/#include <//; s/>$//' | grep -vE ":($allowed)\$" | grep -vxF "$exceptions"
}
includes_only peer/swarm "$values" peer/swarm/swarm_check.cpp:stdexcept |
  fact "peer/swarm includes the standard library's values and containers only"
includes_only messages/wire "$values|cassert|charconv|cmath|cstring" messages/wire/{endpoint,told_endpoint,vicinity}.cpp:arpa/inet.h \
  messages/wire/{hash,key}.cpp:openssl/evp.h messages/wire/hash.cpp:openssl/rand.h messages/wire/{hash,safe_text,units}.cpp:cstdio \
  messages/wire/{hash,units}.cpp:cstdlib messages/wire/pack.hpp:msgpack.hpp messages/wire/describe.cpp:nlohmann/json.hpp \
  messages/wire/ids.hpp:endian.h | fact "messages/wire includes the same, and what reads and writes bytes"
sources messages/wire peer/swarm | xargs -r grep -nE '(steady|system|high_resolution)_clock|[^_a-z]time\((NULL|nullptr|0)\)|getenv' |
  fact "messages/wire and peer/swarm read no clock and no environment"

including 'zmq' "${programs[@]}" |
  grep -vE '^messages/zmq/|^bus/|^peer/(links|engine|store/store_actor|http/(http_actor|http_bridge|upload)|peer_(main|program))|^tools/(directory_client|guest|zmq_watch)' |
  fact "zmq is entered by its doors"
# Whoever calls a socket takes its sign away (messages/zmq/poller.hpp). zmq-watch's is read by its handler alone.
sources "${programs[@]}" | xargs -r grep -lE 'zmq::(send|recv)_flags' | xargs -r grep -L 'Poller::touched' |
  grep -v '^tools/zmq_watch\.cpp' | fact "who sends to or receives from a socket says so"
# A tcp socket's options are a matter of life and death (messages/zmq/link.hpp); PAIR sockets are inproc only.
sources "${programs[@]}" | grep -v '^messages/zmq/link\.cpp' |
  xargs -r grep -nE '(zmq::socket_t [a-z_]+[({]|zmq::socket_t\()[^)]*context|zmq_socket\(|rcvhwm' | grep -v 'socket_type::pair' |
  grep -vE '^messages/zmq/(monitor|pipe)\.cpp:.*rcvhwm' | fact "only messages/zmq/link makes tcp sockets"
including 'msgpack' "${programs[@]}" | grep -vE '^messages/wire/' | fact "msgpack only in messages/wire"
including 'libav' "${programs[@]}" | grep -vE '^player/cut/' | fact "libav only in player/cut"
including 'microhttpd' "${programs[@]}" | grep -vE '^messages/http/' | fact "libmicrohttpd only in messages/http"
# What is written to a disk goes through Files, which tests can make fail.
sources "${programs[@]}" | xargs -r grep -nE '(^|[^A-Za-z0-9_>])::(f(data)?sync|rename(at2)?|p?write|ftruncate|unlink|mkdir)\(|O_CREAT' |
  grep -v '^messages/files/files_real\.cpp:' | fact "only messages/files writes to disks"
# What strangers wrote is made safe there, and what a full disk did not take is noticed.
sources tools | grep -v '^tools/terminal\.' | xargs -r grep -nE '[^n]printf\(|f?puts\(|fwrite\(|putchar|std::(cout|cerr|clog)|perror' |
  fact "tools print through tools/terminal only"
including 'openssl' "${programs[@]}" | grep -vE '^messages/wire/(hash|key)\.cpp' | fact "OpenSSL only in hash and key"
including 'curl' "${programs[@]}" | grep -vE '^tools/http_client' | fact "libcurl only in tools/http_client"
including 'prometheus' "${programs[@]}" | grep -vE '^messages/http/metrics\.cpp' | fact "prometheus-cpp only in messages/http/metrics.cpp"
including 'CLI/' "${programs[@]}" tests | grep -vE '^messages/options/(command_line|layered_options)\.cpp' | fact "CLI11 only in the two of messages/options that read options"
including 'toml\+\+' "${programs[@]}" tests | grep -vE '^messages/options/toml_file\.cpp' | fact "toml++ only in messages/options/toml_file.cpp"
including 'spdlog' "${programs[@]}" | grep -vE '^messages/log/' | fact "spdlog only in messages/log"
# A lookup that hangs outlives whoever asked: peer/links/resolver starts a thread for each.
including 'thread>' "${programs[@]}" | grep -vE '^(messages/zmq/actor|peer/links/resolver)\.' | fact "only actors and lookups start threads"
sources tests | xargs -r grep -nE 'sleep_for|usleep|[^_]sleep\(|nanosleep' | fact "no sleep in tests"
sources "${programs[@]}" | xargs -r grep -nE '[^_]rand\(|random_device' | grep -v hash.cpp | fact "no unseeded chance"
# The simulator runs these: the same seed is the same story.
sources peer/swarm peer/engine peer/store | xargs -r grep -n 'random_bytes(' | grep -v '^peer/store/store_actor\.cpp:' |
  fact "no chance in what the simulator runs"
for file in $(sources tests | grep '_test\.cpp$'); do
  grep -qrF "${file#tests/}" tests/*.cmake tests/CMakeLists.txt || echo "$file"
done | fact "every test file is in a build list"
# tests/ mirrors the sources: a test at the same path, or of the same name on sockets; or a line in tried_elsewhere.txt.
elsewhere=$(grep -v '^#' tests/tried_elsewhere.txt | awk 'NF {print $1}')
for file in $(sources "${programs[@]}" | grep '\.cpp$'); do
  name=$(basename "$file" .cpp)
  if [[ -f tests/${file%.cpp}_test.cpp || -f tests/socket/${name}_test.cpp ]]; then
    grep -qxF "$file" <<<"$elsewhere" && echo "$file has a test of its name: take it from tests/tried_elsewhere.txt"
  else
    grep -qxF "$file" <<<"$elsewhere" || echo "$file"
  fi
done | fact "each source has a test of its name, or is in tests/tried_elsewhere.txt with what tries it"
grep -v '^#' tests/tried_elsewhere.txt | sed 's/,/ /g' | while read -r file tests; do
  [[ -z $file ]] && continue
  [[ -n $tests ]] || echo "$file: no test"
  for named in $file $tests; do [[ -f $named ]] || echo "$file: $named"; done
done | fact "tests/tried_elsewhere.txt names sources and tests that are here"
sort <<<"$elsewhere" | uniq -d | fact "tests/tried_elsewhere.txt names a source once"
# Every limit is a limit of something, and a case of a test or a story says its name, or tests/limits_unnamed.txt
# why none does. (What helps tests may only say it, as a default.)
limit_names() { # on stdin: those it has, comments aside
  sed 's,//.*,,' | grep -oE '\bk[A-Z][A-Za-z0-9]*' | sort -u
}
limits=$(grep -oE 'constexpr [A-Za-z0-9_:]+ k[A-Za-z0-9]+' messages/wire/limits.hpp | awk '{print $NF}' | sort -u)
unnamed=$(grep -v '^#' tests/limits_unnamed.txt | awk 'NF {print $1}' | sort)
by_tests=$(sources tests | grep -E '_test\.cpp$|^tests/sim/scenarios_' | grep -v 'protocol_limits_test' | xargs cat | limit_names)
by_programs=$(sources "${programs[@]}" | grep -v '^messages/wire/limits\.hpp' | xargs cat | limit_names)
comm -23 <(echo "$limits") <(echo "$by_programs") | fact "every limit is used by a program"
comm -23 <(echo "$limits") <(sort -u <<<"$by_tests"$'\n'"$unnamed") | fact "every limit is named by a test, or in tests/limits_unnamed.txt with why none does"
{
  comm -12 <(echo "$unnamed") <(echo "$by_tests")
  comm -23 <(echo "$unnamed") <(echo "$limits")
  uniq -d <<<"$unnamed"
} | fact "tests/limits_unnamed.txt names nothing that a test names or that is gone"
sources "${programs[@]}" | xargs wc -l | awk '$2 != "total" && $1 > 450 {print $2 " " $1}' | fact "no source file over 450 lines"
git ls-files --cached --others --exclude-standard | xargs python3 tests/support/doc_names.py |
  fact "documents name nothing that is not here, and nothing cites a document or words of it that are not"
# Of a source with a header of its own the header says it.
for file in $(sources "${programs[@]}"); do
  [[ $file == *.cpp && -f ${file%.cpp}.hpp ]] || head -1 "$file" | grep -qiE 'thread|pure' || echo "$file"
done | fact "each file says its thread in its first line"
# A pointer that a call returned ends before the loop begins, and what it owned with it (C++20).
sources "${programs[@]}" tests | xargs grep -nE 'for \(.*[^:]: .*\w\(.*\)->' | fact "no loop over a member of what a call returned"
git grep -nE 'wait "?\$!' -- '*.sh' ':!tests/walls.sh' | fact "no script waits for \$!: what comes between may be another job"
git grep -nIE '/work/|/root/' -- ':!tests/walls.sh' | fact "no path of one machine"
find "${programs[@]}" deploy tests -name '*.orig' -o -name '*.rej' | fact "no leftovers"
