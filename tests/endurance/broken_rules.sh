#!/usr/bin/env bash
# Breaks the rules of tests/endurance/broken_rules.txt, one at a time and on purpose, and looks whether those notice who
# must: the simulator's traces, and cases of unit_tests. A test that cannot fail is none, nor is a digest that stays.
#
#   tests/endurance/broken_rules.sh [--build BUILD] [--jobs N] [--who] [PATTERN...]
#
# It needs a tree that is built (BUILD: build/release): the targets unit_tests and swarm_sim. PATTERN: only the rules
# whose names fit one (a glob). --who tells all cases that notice, to write a row by. Some 4 min on two cores that are free.
#
# Nothing of the tree is changed: a copy of the source is broken and compiled, and the program linked again with that
# object in front of all others. Presets compile many files at a time, and calls within one such batch are inlined: so
# each batch that has one of the sources is compiled once so that every call can be answered by another
# (-fsemantic-interposition), and tried unbroken first.
#
# A line for each rule: PASS rule: what: noticed by whom; FAIL rule: what: broken, and nothing noticed. A row whose sed
# changes nothing, whose source does not compile any more or whose case is no more, has aged, and fails.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
table=tests/endurance/broken_rules.txt
die() { echo "broken_rules.sh: $1" >&2; exit 2; }
build=build/release jobs=$(nproc) who='' patterns=()
while (($#)); do
  case $1 in
    -h|--help) sed -n '2,18p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;;
    --build|--jobs) (($# > 1)) || die "$1 needs a value" ;;&
    --build) build=$2; shift ;;
    --jobs) jobs=$2; shift ;;
    --who) who=yes ;;
    -*) die "unknown option $1" ;;
    *) patterns+=("$1") ;;
  esac
  shift
done
for program in unit_tests swarm_sim; do
  [[ -x $build/bin/$program ]] || die "$build/bin/$program is missing: cmake --preset release && cmake --build --preset release --target unit_tests swarm_sim"
done
build=$(cd "$build" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export build who work TMPDIR=$work

# Rows: what | source | sed | who must notice, "trace" and cases of unit_tests, with " + " between them.
named() { # WHAT
  ((${#patterns[@]})) || return 0
  local pattern
  for pattern in "${patterns[@]}"; do
    # shellcheck disable=SC2053
    [[ $1 == $pattern ]] && return
  done
  return 1
}
while IFS= read -r line; do
  [[ -z $line || $line == \#* ]] || ! named "${line%% | *}" || echo "$line"
done <"$table" >"$work/rows"
[[ -s $work/rows ]] || die "no such rule in $table"
row() { # NUMBER: what, source, expression, noticing
  local line
  line=$(sed -n "$1p" "$work/rows")
  what=${line%% | *} line=${line#* | }
  source=${line%% | *} line=${line#* | }
  expression=${line% | *} noticing=${line##* | }
}
rows=$(wc -l <"$work/rows")

# --- what all are linked of ----------------------------------------------------------------------

export loose="-O1 -g0 -w -fPIC -fsemantic-interposition"
# Lines: source, the file by which the build compiles it, the command without its ends.
for ((i = 1; i <= rows; ++i)); do row "$i"; echo "$source"; done | sort -u >"$work/sources"
python3 - "$build" >"$work/commands" 3<"$work/sources" <<'PY' || die "$build/compile_commands.json cannot be read"
import json, os, re, sys
build = sys.argv[1]
entries = json.load(open(build + "/compile_commands.json"))
for source in os.fdopen(3).read().split():
    # The build may be another tree's of the same commit.
    end = '/' + source
    for entry in entries:
        file = entry["file"]
        batch = file.endswith(".cxx") and "/Unity/" in file and end + '"' in open(file).read()
        if batch or file.endswith(end):
            print(source, file, re.sub(r" -o \S+ -c \S+$", "", entry["command"]), sep="\t")
            break
PY
command_of() { awk -F'\t' -v source="$1" -v field="$2" '$1 == source {print $field; exit}' "$work/commands"; }
batch() { # FILE OBJECT: compiled so that whatever it calls may be elsewhere
  eval "$(awk -F'\t' -v file="$1" '$2 == file {print $3; exit}' "$work/commands") $loose -o $2 -c $1"
}
export -f command_of batch
awk -F'\t' '!seen[$2]++ {print $2, ENVIRON["work"] "/batch" ++n ".o"}' "$work/commands" >"$work/batches"
xargs -P "$jobs" -L 1 bash -c 'batch "$@"' batch <"$work/batches" || die "the sources as they are do not compile"
batches=$(awk '{print $2}' "$work/batches" | tr '\n' ' ')
for program in unit_tests swarm_sim; do
  ninja -C "$build" -t commands "bin/$program" | tail -1 | sed 's/^: && //; s/ && :$//' >"$work/$program.link"
  grep -q " -o bin/$program " "$work/$program.link" || die "how $program is linked is not found in $build"
done
export batches
link() { # PROGRAM OUT OBJECT…
  local program=$1 out=$2 command
  shift 2
  command=$(sed "s#^\([^ ]*\) #\1 -Wl,--allow-multiple-definition $* $batches #; s# -o bin/$program # -o $out #" "$work/$program.link")
  (cd "$build" && eval "$command")
}

# --- who notices ---------------------------------------------------------------------------------

export most_kib=6000000  # what is broken may grow without end
# Each says on stdout what it noticed; status 0: it did, 1: it did not, 2: it could not be tried.
by_traces() { # FOLDER
  local said status=0
  said=$(ulimit -v "$most_kib"; timeout -s KILL 300 tests/sim/traces.sh compare tests/sim/traces.txt --jobs 1 --bin "$1/swarm_sim" 2>&1) || status=$?
  case $status in
    0) return 1 ;;
    137) echo "stories that do not end" ;;
    1) tail -n 1 <<<"$said" | sed -n 's/^\([0-9]*\) traces and .* differ$/\1 traces/p' | grep . || return 2 ;;
    *) return 2 ;;
  esac
}
by_case() { # FOLDER PATTERN
  local said status=0 failed
  said=$(ulimit -v "$most_kib"; timeout -s KILL 120 "$1/unit_tests" -tc="$2" 2>&1) || status=$?
  if ((status == 137)); then echo "$2 (does not end)"; return; fi
  failed=$(sed -n 's/.*test cases: *[0-9]* |.*| *\([0-9]*\) failed.*/\1/p' <<<"$said" | tail -1)
  if [[ -z $failed ]]; then echo "$2 (ends with status $status)"
  elif grep -q 'test cases: *0 |' <<<"$said"; then return 2
  elif ((failed == 0)); then return 1
  else echo "$2"; fi
}
# try NUMBER: breaks the rule of that row
try() {
  local what source expression noticing folder=$work/row$1 one by said status nobody=()
  row "$1"
  mkdir "$folder"
  broken() {
    local copy
    copy=$folder/$(basename "$source")
    [[ -r $source ]] && sed "$expression" "$source" >"$copy" || { echo "its source cannot be read, or its sed"; return 1; }
    ! cmp -s "$source" "$copy" || { echo "its sed changes nothing"; return 1; }
    eval "$(command_of "$source" 3) $loose -o $folder/broken.o -c $copy" >"$folder/log" 2>&1 || { echo "so broken it does not compile: $(grep -m1 error: "$folder/log")"; return 1; }
    [[ $noticing != *trace* && -z $who ]] || link swarm_sim "$folder/swarm_sim" "$folder/broken.o" >"$folder/log" 2>&1 || { echo "so broken it does not link"; return 1; }
    [[ $noticing == trace && -z $who ]] || link unit_tests "$folder/unit_tests" "$folder/broken.o" >"$folder/log" 2>&1 || { echo "so broken it does not link"; return 1; }
  }
  if ! said=$(broken); then
    echo "FAIL rule: $what: the row has aged: $said"
  elif [[ $who ]]; then
    said=$(ulimit -v "$most_kib"; timeout -s KILL 300 "$folder/unit_tests" 2>&1 | sed -n 's/^TEST CASE: */  /p' | sort -u)
    printf '%s: %s\n%s\n' "$what" "$(by_traces "$folder")" "$said"
  else
    by=''
    while [[ $noticing ]]; do
      one=${noticing%% + *}
      [[ $noticing == *' + '* ]] && noticing=${noticing#* + } || noticing=''
      status=0
      if [[ $one == trace ]]; then said=$(by_traces "$folder") || status=$?; else said=$(by_case "$folder" "$one") || status=$?; fi
      case $status in
        0) by+="${by:+; }$said" ;;
        1) nobody+=("$one") ;;
        *) nobody+=("$one (no such case, or it could not be tried)") ;;
      esac
    done
    if ((!${#nobody[@]})); then echo "PASS rule: $what: noticed by $by"
    elif [[ $by ]]; then echo "FAIL rule: $what: broken, and noticed by $by, but not by ${nobody[*]}"
    else echo "FAIL rule: $what: broken, and nothing noticed: ${nobody[*]}"; fi
  fi
  rm -rf "$folder"
}
export -f row link by_traces by_case try

# --- unbroken, then one rule after the other -----------------------------------------------------

cases=$(for ((i = 1; i <= rows; ++i)); do row "$i"; echo "${noticing// + /$'\n'}"; done | grep -vx trace | sort -u | paste -sd,)
{
  mkdir "$work/whole"
  link unit_tests "$work/whole/unit_tests" && link swarm_sim "$work/whole/swarm_sim" || die "the programs cannot be linked again"
  if said=$(by_traces "$work/whole") || (($? == 2)); then echo "FAIL rule: nothing is broken, and traces differ: $said"
  elif ! timeout -s KILL 300 "$work/whole/unit_tests" -tc="$cases" >"$work/log" 2>&1; then echo "FAIL rule: nothing is broken, and cases fail: $(sed -n 's/^TEST CASE: *//p' "$work/log" | head -3 | tr '\n' ';')"
  else echo "PASS rule: with nothing broken nothing is noticed"; fi
  rm -rf "$work/whole"
} | tee "$work/results"
grep -q '^PASS ' "$work/results" || exit 1
seq "$rows" | xargs -P "$jobs" -n 1 bash -c 'try "$1"' try | tee -a "$work/results"
[[ ! $who ]] || exit 0
tried=$(grep -cE '^(PASS|FAIL) ' "$work/results")
((tried == rows + 1)) || echo "FAIL rule: $((tried - 1)) of $rows rules were tried" | tee -a "$work/results"
if ((!${#patterns[@]})); then
  traced=$(grep -cE '^PASS rule: .*noticed by ([0-9]+ traces|stories)' "$work/results")
  ((traced >= 10)) && echo "PASS rule: $traced rules change the simulator's traces" || echo "FAIL rule: of ten rules that change the simulator's traces there are $traced"
fi | tee -a "$work/results"
! grep -q '^FAIL ' "$work/results"
