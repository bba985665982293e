# Tries every row of features.txt as a user would; sourced by demo.sh --check, not run. Each row is a function row_N
# in the file of its topic that returns 0, or prints the reason and returns 1. What is not built yet has none.
checks=$root/tests/check
for topic in cutting directory exchange membership browser operation beyond; do
  source "$checks/$topic.sh"
done

fc() { "$bin/fragcast" "$@"; }

http_of() { ready_field "$1" http; }

api() { curl -fsS --max-time 120 "$(http_of "$1")/api/v1/$2"; }

no() { echo "$*"; return 1; }

has_whole() { # PEER NAME COUNT
  [[ $(api "$1" assets | jq -r --arg n "$2" '.assets[]|select(.name==$n)|.bytes_here==.size') == true ]]
}

knows() { api "$1" peers | jq -e --arg n "$2" '[.peers[]|select(.self|not)|.name]|index($n)'; }

linked() { api "$1" peers | jq -e --arg n "$2" '.peers[]|select(.name==$n).linked'; }

has_asset() { api "$1" assets | jq -e --arg n "$2" '[.assets[].name]|index($n)' >/dev/null; }

# Rows 10 and 36 to 39 in a real browser where one is installed; else what curl can see must do, and is said.
have_browser=0
browse() {
  ((have_browser)) || return 0
  node "$root/tests/browser/check.mjs" "$1" "$(http_of "$([[ $1 == 38 ]] && echo fresh || echo peer1)")" spread "$video" >"$work/out" 2>&1 || no "$(tail -1 "$work/out")"
}

check_all() {
  local n reason failed=0
  command -v chromium >/dev/null && [[ -d $root/tests/browser/node_modules/playwright-core ]] && have_browser=1
  "$bin/zmq-watch" >"$work/watch.txt" 2>&1 &
  # The watcher must be subscribed before the first row: a peer that joins is seen by it.
  until_true 15 test -s "$work/watch.txt"
  while read -r n title <&3; do
    [[ $n =~ ^[0-9]+$ ]] || continue
    if ! declare -F "row_$n" >/dev/null; then
      echo "TODO $n $title"
    elif reason=$(row_wrapped "$n"); then
      echo "PASS $n $title"
    else
      echo "FAIL $n $title: ${reason##*$'\n'}"
      failed=1
    fi
  done 3<"$checks/features.txt"
  ((have_browser)) || say "(rows 10 and 36 to 39 were tried without a browser: tests/run.sh browser installs one)"
  return $failed
}

# Each row in a shell of its own; what one leaves for the next is in files.
row_wrapped() {
  set +e
  "row_$1" 2>&1 </dev/null
}

