#!/usr/bin/env bash
# A real peer is killed at random moments while it fetches, is given something, removes, refreshes. After each start:
# nothing that it announced and no put that returned is lost, no byte is wrong, nothing is left behind, and it goes on.
# KILLS of them (10), by the dice of SEED.
set -uo pipefail
source "$(dirname "$0")/../support/end_to_end.sh"
kills=${KILLS:-10}
RANDOM=${SEED:-1}

start_bus && start_peer source --no-copies --max-upload 12M || { echo "FAIL store kill: bus and source do not start"; exit 1; }
head -c 20000000 /dev/urandom >"$work/film.bin"
fc -q put "$work/film.bin" --name film --to source >/dev/null || bad "store kill: put"
film=$(id_of film)
folder=film-${film:0:8}
mkdir "$work/puts"
victim() { start_peer victim --no-copies; }
here() { api victim assets | jq -r '.assets[]|select(.here!="-")|.id+" "+.here' | sort; }
# What the bus was told that it has: one line for each asset.
announced() { fc --json directory | jq -r 'select(.name=="victim").holds[]|.asset+" "+.fragments' | sort; }
moment() { pause "0.$(printf %03d $((RANDOM % 500)))"; }
ranges() { tr ',' '\n' | while IFS=- read -r a b; do [[ -z $a ]] || seq "$a" "${b:-$a}"; done; }

act() { # in the background, and killed in the middle
  case $((RANDOM % 4)) in
    0 | 1) fc fetch film --peer victim ;;
    2)
      head -c $((RANDOM * 40 + 100000)) /dev/urandom >"$work/puts/$1"
      fc put "$work/puts/$1" --name "put$1" --to victim --replicas 1 && mv "$work/puts/$1" "$work/puts/$1.done"
      ;;
    3)
      rm -rf "$work/cut"
      fc split "$work/film.bin" --name film -o "$work/cut"
      mkdir -p "$work/victim/assets/$folder"
      cp -n "$work/cut/$folder/manifest" "$work/cut/$folder/00$((RANDOM % 10)).bin" "$work/victim/assets/$folder/"
      fc refresh --peer victim
      ;;
  esac
}

lost=0 wrong=0 rubbish=0 unstarted=0 resumed=0
victim || { echo "FAIL store kill: the peer does not start"; exit 1; }
until_true 10 eval 'api victim assets | jq -e ".assets|length>0"'
# More of them where none has caught it in the middle: on a busy machine it may not have begun by then.
for ((i = 1; i <= kills || (resumed == 0 && i <= 5 * kills); ++i)); do
  act $i >"$work/act" 2>&1 &
  acting=$!
  moment
  removed=
  if ((RANDOM % 4 == 0)); then
    removed=$film
    fc rm film --peer victim >/dev/null 2>&1 &
    moment
  fi
  announced >"$work/announced"
  kill -KILL "$(cat "$run/victim.pid")"
  # Who waits for the dead one goes as well.
  kill $(cat "/proc/$acting/task/$acting/children" 2>/dev/null) $acting 2>/dev/null
  wait $acting 2>/dev/null
  until_true 5 eval '[[ ! -e /proc/$(cat "$run/victim.pid") ]]'
  victim || { unstarted=$((unstarted + 1)); break; }
  # What was proven before is listed at once; what was finished in the last moment is hashed first.
  while read -r asset fragments; do
    [[ $asset == "$removed" ]] && continue
    has_all() {
      local now
      now=$(here | awk -v id="$asset" '$1==id{print $2}' | ranges | sort)
      [[ -z $(comm -23 <(ranges <<<"$fragments" | sort) <(echo "$now")) ]]
    }
    until_true 10 has_all || { lost=$((lost + 1)); echo "lost of $asset: $fragments, has $(here | grep "$asset")"; }
  done <"$work/announced"
  for file in "$work"/puts/*.done; do
    [[ -e $file ]] || continue
    name=put$(basename "$file" .done)
    whole() { api victim assets | jq -e --arg n "$name" '.assets[]|select(.name==$n)|.bytes_here==.size'; }
    until_true 10 whole || { lost=$((lost + 1)); echo "lost: $name"; }
  done
  fc verify --peer victim >"$work/verified" 2>&1 || { wrong=$((wrong + 1)); cat "$work/verified"; }
  left=$(cd "$work/victim" && find . -type f ! -path './assets/*' -printf '%P\n' | grep -vxE 'epoch|lock|peer\.key|ports|declined'
    cd assets && find . -type f -printf '%P\n' | grep -vE '^[a-z0-9-]+-[0-9a-f]{8,}/(manifest|held|[0-9]{3}\.(bin|proof|partial))$')
  [[ -z $left ]] || { rubbish=$((rubbish + 1)); echo "rubbish: $left"; }
  [[ -z $(compgen -G "$work/victim/assets/$folder/*.partial") ]] || resumed=$((resumed + 1))
done
check "store kill: the peer starts after each of $kills kills" test $unstarted = 0
check "store kill: nothing announced and no put that returned is lost" test $lost = 0
check "store kill: no byte is wrong" test $wrong = 0
check "store kill: nothing is left behind" test $rubbish = 0
check "store kill: it was caught in the middle of fragments" test $resumed -gt 0
check "store kill: in the end it fetches all of it" fc -q fetch film --peer victim
check "store kill: the very bytes lie on disk" eval 'cat "$work/victim/assets/$folder"/0*.bin | cmp - "$work/film.bin"'
((failures == 0))
