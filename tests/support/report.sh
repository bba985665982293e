# Counting what passed and failed, for tests/run.sh; sourced, not run.
passed=0
failed=0
skipped=0

add_result() {
  passed=$((passed + $1))
  failed=$((failed + $2))
}

# A script reports each fact as a line "PASS what", "FAIL what: why" or "SKIP what: why"; it fails as a
# whole when it ends with a status other than 0 without having said FAIL, or when it said nothing.
run_script() {
  local log
  log=$(mktemp)
  timeout 900 bash "$@" 2>&1 | tee "$log"
  local status=${PIPESTATUS[0]}
  local good bad left
  good=$(grep -c '^PASS ' "$log")
  bad=$(grep -c '^FAIL ' "$log")
  left=$(grep -c '^SKIP ' "$log")
  rm -f "$log"
  if ((status != 0 && bad == 0)) || ((good + bad + left == 0)); then
    echo "FAIL ${1}: ended with status $status"
    bad=$((bad + 1))
  fi
  skipped=$((skipped + left))
  add_result "$good" "$bad"
}

# Unit, sim and socket tests under the sanitizers, each in a build folder of its own.
run_sanitizers() {
  local preset label
  local targets=(unit_tests socket_tests)
  [[ -f tests/sim.cmake ]] && targets+=(sim_tests)
  for preset in asan tsan; do
    [[ -f build/$preset/build.ninja ]] || cmake --preset $preset >/dev/null || { add_result 0 1; continue; }
    if ! cmake --build --preset $preset --target "${targets[@]}" >"build/$preset/build.log" 2>&1; then
      tail -n 20 "build/$preset/build.log"
      add_result 0 1
      continue
    fi
    for label in "${targets[@]}"; do
      ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 \
      TSAN_OPTIONS="suppressions=$PWD/tests/support/tsan.supp second_deadlock_stack=1" \
        run_doctest "build/$preset/bin/$label"
    done
  done
}

finish() {
  echo
  if ((skipped)); then
    echo "$passed passed, $failed failed, $skipped skipped"
  else
    echo "$passed passed, $failed failed"
  fi
  ((failed == 0 && passed > 0))
  exit
}
