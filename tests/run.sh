#!/usr/bin/env bash
# Sets up, builds and runs the tests; ends with the line "N passed, N failed".
#
#   tests/run.sh [unit|sim|socket|end_to_end|browser|sanitize|endurance|containers]...
#
# Without a label: all but endurance and containers. A label that the machine cannot run says why it skips.
# Beside sanitize, the unit and socket tests run there and not once more without sanitizers.
set -uo pipefail
cd "$(dirname "$0")/.."
source tests/support/report.sh

labels=("$@")
((${#labels[@]})) || labels=(unit sim socket end_to_end browser sanitize)
for label in "${labels[@]}"; do
  case $label in
    unit|sim|socket|end_to_end|browser|sanitize|endurance|containers) ;;
    -h|--help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "run.sh: unknown label '$label' (unit sim socket end_to_end browser sanitize endurance containers)" >&2; exit 2 ;;
  esac
done
wants() { [[ " ${labels[*]} " == *" $1 "* ]]; }

groups=(tests)
wants browser && groups+=(browser)
wants containers && groups+=(containers)
deploy/setup.sh "${groups[@]}" || exit 1

bin=build/release/bin
step() { printf '\n== %s\n' "$*"; }

targets=(fragcast fragcast-bus fragcast-peer zmq-watch forwarder_bench bare_transfer)
plain() { wants "$1" && ! wants sanitize; }
plain unit && targets+=(unit_tests)
plain socket && targets+=(socket_tests)
wants sim && targets+=(swarm_sim sim_tests)
wants end_to_end && targets+=(media_tests)
wants endurance && targets+=(unit_tests swarm_sim)
step "build (release)"
[[ -f build/release/build.ninja ]] || cmake --preset release >build.log 2>&1 || { cat build.log; exit 1; }
rm -f build.log
cmake --build --preset release --target "${targets[@]}" 2>&1 | tail -n 25
[[ ${PIPESTATUS[0]} == 0 ]] || exit 1

wants sanitize && begin_sanitizers
wants unit && { step unit; run_script tests/walls.sh; }
plain unit && run_doctest $bin/unit_tests
wants sim && { step sim; run_doctest $bin/sim_tests; }
plain socket && { step socket; run_doctest $bin/socket_tests; }
if wants end_to_end; then
  step end_to_end
  run_doctest $bin/media_tests
  # The longest first: none is left to run by itself at the end.
  alone=() paired=(tests/end_to_end/{demo,store,copies}_test.sh)
  for script in tests/end_to_end/*_test.sh; do
    case $(basename "$script" _test.sh) in
      container) ;;  # builds everything once more, in a container: a label of its own
      demo|store|copies) ;;
      flood|http_safety|limits) alone+=("$script") ;;  # memory; 10,000 connections; rates
      *) paired+=("$script") ;;
    esac
  done
  run_scripts_in_pairs "${paired[@]}"
  for script in "${alone[@]}"; do run_script "$script"; done
fi
if wants browser; then
  step browser
  run_script tests/browser/run.sh
fi
if wants sanitize; then
  step "sanitize (address and undefined, then thread)"
  end_sanitizers
fi
if wants endurance; then
  step endurance
  for script in tests/endurance/*.sh; do script_seconds=14400 run_script "$script"; done
fi
if wants containers; then
  step containers
  run_script tests/end_to_end/container_test.sh
fi

finish
