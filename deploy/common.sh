# Shared by the scripts of this folder; sourced, not run.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bin=${FRAGCAST_BIN:-$root/build/release/bin}

say() { printf '%s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

now_ms() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }
# Nobody writes to it. Opened once: each process substitution would be the next $!, and bash 5.2 may wait for one for ever.
exec {pause_fd}<> <(:)
pause() { read -rt "$1" -u "$pause_fd" || true; }

# until_true SECONDS COMMAND…: whether it comes true. SECONDS is what it may take where nothing else runs; it is looked
# for a minute longer and at least 20 times, since on a busy machine one look may take seconds. What is promised to
# take no longer than it does is not waited for with this, but with `within`.
until_true() {
  local deadline=$((SECONDS + $1 + 60)) looks=0
  shift
  until "$@" >/dev/null 2>&1; do
    ((++looks < 20 || SECONDS < deadline)) || return 1
    pause 0.05
  done
}

# How many times as long as its processor time a start of our programs takes here and now: 1 where nothing else runs.
slowness() {
  local TIMEFORMAT='%R %U %S' i
  { time for i in 1 2 3 4 5; do "$bin/fragcast" --version; done >/dev/null; } 2>&1 |
    awk '{ times = int($1 / ($2 + $3 + 0.001) + 0.5); print (times > 1 ? times : 1) }'
}

# in_time MS PROMISED: whether that long is no longer than promised [ms]; where the machine is slow, as many times as
# long. Says what it was.
in_time() {
  local slow=1
  (($1 < $2)) || slow=$(slowness)
  ((slow == 1)) && echo "$1 ms" || echo "$1 ms on a machine $slow times as slow"
  (($1 < $2 * slow))
}

# within SECONDS COMMAND…: whether it comes true in the time that is promised for it.
within() {
  local began
  began=$(now_ms)
  until_true "$@" || { echo "not at all"; return 1; }
  in_time $(($(now_ms) - began)) $(($1 * 1000))
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
  # Killed, it may have its port and its store for a moment yet.
  [[ ! -e $run/$name.pid ]] || until_true 10 is_over "$(cat "$run/$name.pid")" || return
  : >"$run/$name.out"
  # exec: the pid is the program's own; noted before it runs, so that whoever ends us here knows what to stop.
  (trap '' INT; echo "$BASHPID" >"$run/$name.pid"; exec setsid "$@" >"$run/$name.out" 2>"$run/$name.log" </dev/null) &
  local pid=$!
  # The shell has nothing to say of it when it is killed.
  disown "$pid" 2>/dev/null || true
  local deadline=$((SECONDS + 120))
  while ! grep -q '^ready ' "$run/$name.out" 2>/dev/null; do
    if is_over "$pid" || ((SECONDS > deadline)); then
      cat "$run/$name.log" >&2
      return 1
    fi
    pause 0.02
  done
}

# Below the ports that the kernel gives to whoever connects: of such, one may be taken while its program is dead.
# A bus takes three in a row.
bus_port() { echo $((20000 + SRANDOM % 4000 * 3)); }
peer_port() { echo $((12000 + SRANDOM % 8000)); }

# start_free_bus NAME [ARGUMENT…]
start_free_bus() {
  local tries
  for tries in 1 2 3 4 5; do
    start_program "$1" "$bin/fragcast-bus" --listen "tcp://127.0.0.1:$(bus_port)" "${@:2}" && return
    grep -q 'in use' "$run/$1.log" || return 1
  done
  return 1
}

# is_over PID: not there, or only waiting for its parent to look. Its other threads may die later than the first: until
# then they have its port and its store.
is_over() {
  local stat fields
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
  read -ra fields <<<"${stat##*) }"
  [[ ${fields[0]} == [ZX] ]] && ((fields[17] <= 1))
}

# ready_field NAME FIELD: from the ready line.
ready_field() { sed -n 's/^ready //p' "$run/$1.out" | jq -r ".$2 // empty"; }

# fragments_of PEER: a sorted line "ID INDEX" for each that is here. has_still PEER FILE: all those of FILE, and perhaps more.
fragments_of() {
  curl -fsS --max-time 120 "$(ready_field "$1" http)/api/v1/assets" | jq -r '.assets[]|select(.here!="-")|.id as $id|.here|split(",")[]|
    split("-")|map(tonumber)|range(.[0];(.[1]//.[0])+1)|"\($id) \(.)"' | LC_ALL=C sort
}
has_still() { [[ -z $(LC_ALL=C comm -23 "$2" <(fragments_of "$1")) ]]; }

# Whether the process in NAME.pid is still what we started: a child of this shell, also before it has become the
# program, or by its name.
is_ours() {
  local pid stat
  pid=$(cat "$1" 2>/dev/null) && stat=$(cat "/proc/$pid/stat" 2>/dev/null) || return 1
  read -r _ stat _ <<<"${stat##*) }"
  [[ $stat == "$BASHPID" ]] || tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q 'fragcast-\|zmq-watch'
}

# stop_all [MS]: stops what stands in $run: peers and bus together, TERM, then after 3 s KILL; nothing of it runs on.
stop_all() {
  local file pids=() pid
  for file in "$run"/*.pid; do
    [[ -e $file ]] || continue
    is_ours "$file" && pids+=("$(cat "$file")")
  done
  ((${#pids[@]} == 0)) || kill -TERM "${pids[@]}" 2>/dev/null || true
  local deadline=$(($(now_ms) + ${1:-3000}))
  for pid in "${pids[@]}"; do
    until is_over "$pid"; do
      (($(now_ms) < deadline)) || kill -KILL "$pid" 2>/dev/null || true
      pause 0.02
    done
  done
  rm -f "$run"/*.pid
  return 0
}
