# Shared by the scripts of this folder; sourced, not run.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bin=${FRAGCAST_BIN:-$root/build/release/bin}

say() { printf '%s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# until_true SECONDS COMMAND…: whether it comes true by then. FRAGCAST_TEST_PATIENCE times as late on a machine that
# does other things as well; what is promised to take no longer than it does is measured, not waited for.
until_true() {
  local deadline=$((SECONDS + $1 * ${FRAGCAST_TEST_PATIENCE:-1} + 1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || return 1
    read -rt 0.05 <> <(:) || true
  done
}

# Builds the programs (not the tests) into build/release.
build_programs() {
  [[ -n ${FRAGCAST_BIN:-} ]] && return
  local log=$root/build/build.log
  mkdir -p "$root/build"
  (cd "$root" && { [[ -f build/release/build.ninja ]] || cmake --preset release; } &&
    cmake --build --preset release --target fragcast-bus fragcast-peer fragcast zmq-watch) >"$log" 2>&1 ||
    { tail -n 40 "$log" >&2; die "the build failed; all of it is in build/build.log"; }
}

# start_program NAME COMMAND…: runs it in a process group of its own, waits for its ready line.
# Leaves NAME.pid, NAME.out (the ready line) and NAME.log in $run.
start_program() {
  local name=$1
  shift
  : >"$run/$name.out"
  # exec: the pid is the program's own; noted before it runs, so that whoever ends us here knows what to stop.
  (trap '' INT; echo "$BASHPID" >"$run/$name.pid"; exec setsid "$@" >"$run/$name.out" 2>"$run/$name.log" </dev/null) &
  local pid=$!
  # The shell has nothing to say of it when it is killed.
  disown "$pid" 2>/dev/null || true
  local deadline=$((SECONDS + 20))
  while ! grep -q '^ready ' "$run/$name.out" 2>/dev/null; do
    if ! kill -0 "$pid" 2>/dev/null; then
      cat "$run/$name.log" >&2
      return 1
    fi
    ((SECONDS < deadline)) || { cat "$run/$name.log" >&2; return 1; }
    read -rt 0.02 <> <(:) || true
  done
}

# ready_field NAME FIELD: from the ready line.
ready_field() { sed -n 's/^ready //p' "$run/$1.out" | jq -r ".$2 // empty"; }

# Whether the process in NAME.pid is still the program that we started.
is_ours() {
  local pid
  pid=$(cat "$1" 2>/dev/null) || return 1
  [[ -r /proc/$pid/cmdline ]] && tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q 'fragcast-\|zmq-watch'
}

# Stops what stands in $run: peers and bus together, TERM, then after 3 s KILL.
stop_all() {
  local file pids=() pid
  for file in "$run"/*.pid; do
    [[ -e $file ]] || continue
    is_ours "$file" && pids+=("$(cat "$file")")
  done
  ((${#pids[@]})) && kill -TERM "${pids[@]}" 2>/dev/null
  local deadline=$(($(date +%s%N) + ${1:-3000} * 1000000))
  for pid in "${pids[@]}"; do
    while kill -0 "$pid" 2>/dev/null && [[ $(ps -o stat= -p "$pid" 2>/dev/null) != Z* ]]; do
      (($(date +%s%N) < deadline)) || { kill -KILL "$pid" 2>/dev/null; break; }
      read -rt 0.02 <> <(:) || true
    done
  done
  rm -f "$run"/*.pid
  return 0
}
