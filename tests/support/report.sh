# Counting what passed and failed, for tests/run.sh; sourced, not run.
passed=0
failed=0
skipped=0

add_result() {
  passed=$((passed + $1))
  failed=$((failed + $2))
}

# doctest programs print how many cases passed and failed; a program that prints no summary failed.
run_doctest() {
  local log
  log=$(mktemp)
  "$@" >"$log" 2>&1
  count_doctest $? "$log"
}

# STATUS LOG
count_doctest() {
  local good bad
  good=$(sed -n 's/.*test cases: *[0-9]* | *\([0-9]*\) passed.*/\1/p' "$2" | tail -1)
  bad=$(sed -n 's/.*test cases:.*| *\([0-9]*\) failed.*/\1/p' "$2" | tail -1)
  if [[ -z $good ]] || { (($1 != 0)) && ((${bad:-0} == 0)); }; then bad=$((${bad:-0} + 1)); fi
  ((${bad:-0})) && cat "$2" || tail -n 3 "$2"
  rm -f "$2"
  add_result "${good:-0}" "${bad:-0}"
}

# A script reports each fact as a line "PASS what", "FAIL what: why" or "SKIP what: why"; it fails as a
# whole when it ends with a status other than 0 without having said FAIL, or when it said nothing.
run_script() {
  local log began=$SECONDS
  log=$(mktemp)
  timeout "${script_seconds:-900}" bash "$@" 2>&1 | tee "$log"
  count_script "$1" "${PIPESTATUS[0]}" "$log" $((SECONDS - began))
}

# SCRIPT STATUS LOG SECONDS
count_script() {
  local good bad left
  good=$(grep -c '^PASS ' "$3")
  bad=$(grep -c '^FAIL ' "$3")
  left=$(grep -c '^SKIP ' "$3")
  rm -f "$3"
  if (($2 != 0 && bad == 0)) || ((good + bad + left == 0)); then
    echo "FAIL $1: ended with status $2"
    bad=$((bad + 1))
  fi
  echo "     ($(basename "$1"): $4 s)"
  skipped=$((skipped + left))
  add_result "$good" "$bad"
}

# The same for scripts that mostly wait: two at a time, each told of when it has ended.
run_scripts_in_pairs() {
  local -A names=() logs=() begins=()
  local script log pid status
  end_one() {
    status=0
    wait -n -p pid "${!names[@]}" || status=$?
    ((status != 124)) || sleep 5  # it says yet where it stood
    cat "${logs[$pid]}"
    count_script "${names[$pid]}" "$status" "${logs[$pid]}" $((SECONDS - begins[$pid]))
    unset "names[$pid]"
  }
  for script in "$@"; do
    ((${#names[@]} < 2)) || end_one
    log=$(mktemp)
    timeout "${script_seconds:-900}" bash "$script" >"$log" 2>&1 &
    names[$!]=$script logs[$!]=$log begins[$!]=$SECONDS
  done
  while ((${#names[@]})); do end_one; done
}

# Unit, sim and socket tests under address and undefined; under thread what has several: the socket tests, and
# cutting as it ends well, is stopped and fails. Each in a build folder of its own.
threaded_cuts="h264 and aac come out exact*,stopped in the middle*,a full disk*"

# Begins what needs no more than a core, behind everything else: the scripts meanwhile mostly wait, the compiler never
# does. What fails to build fails again in end_sanitizers, and is shown there.
begin_sanitizers() {
  export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
  export TSAN_OPTIONS="suppressions=$PWD/tests/support/tsan.supp second_deadlock_stack=1"
  sanitized=$(mktemp -d)
  {
    local preset
    for preset in asan tsan; do
      [[ -f build/$preset/build.ninja ]] || cmake --preset $preset
    done
    nice -n 19 cmake --build --preset asan --target unit_tests sim_tests socket_tests
    nice -n 19 cmake --build --preset tsan --target socket_tests media_tests
  } >/dev/null 2>&1 &
  building=$!
  { # The simulator takes a core for as long as all the others.
    tail --pid=$building -f /dev/null
    FRAGCAST_SIM_SEEDS=1 sanitized_run sim_tests nice -n 19 build/asan/bin/sim_tests &
    sanitized_run unit_tests nice -n 19 build/asan/bin/unit_tests
    sanitized_run media_tests nice -n 19 build/tsan/bin/media_tests -tc="$threaded_cuts"
    wait
  } &
  running=$!
}

end_sanitizers() {
  local name waiting
  wait "$building"
  build_sanitized asan unit_tests sim_tests socket_tests && build_sanitized tsan socket_tests media_tests || return
  # They wait for timers more than for a core.
  sanitized_run socket_tests build/asan/bin/socket_tests &
  waiting=$!
  echo tsan/bin/socket_tests
  run_doctest build/tsan/bin/socket_tests
  wait "$waiting" "$running"
  for name in media_tests socket_tests unit_tests sim_tests; do
    [[ $name == media_tests ]] && echo "tsan/bin/$name" || echo "asan/bin/$name"
    count_doctest "$(cat "$sanitized/$name.status")" "$sanitized/$name.log"
  done
  rm -rf "$sanitized"
}

sanitized_run() { # NAME COMMAND…
  local name=$1
  shift
  "$@" >"$sanitized/$name.log" 2>&1
  echo $? >"$sanitized/$name.status"
}

build_sanitized() { # PRESET TARGET…
  local preset=$1
  shift
  [[ -f build/$preset/build.ninja ]] || cmake --preset "$preset" >/dev/null || { add_result 0 1; return 1; }
  cmake --build --preset "$preset" --target "$@" >"build/$preset/build.log" 2>&1 && return
  tail -n 20 "build/$preset/build.log"
  add_result 0 1
  return 1
}

finish() {
  echo
  ((skipped)) && echo "$skipped skipped (lines SKIP above say why)"
  echo "$passed passed, $failed failed"
  ((failed == 0 && passed > 0))
  exit
}
