#!/usr/bin/env bash
# Kills small runs at random moments, restarts each until it ends, and compares every file with an undisturbed run's,
# while a watcher opens all files under their final names again and again. Ends at the first surprise, naming it.
#
# The seed fixes which signal is sent after which pause; where a run then is, the machine decides.
set -euo pipefail

usage="usage: Tools/torture.sh FOLDER-OF-EXECUTABLES KILLS [SEED]"
bin=$(cd "${1:?$usage}" && pwd)
kills=${2:?$usage}
RANDOM=${3:-1}
[[ $kills =~ ^[1-9][0-9]{0,5}$ && ${3:-1} =~ ^[0-9]{1,9}$ ]] || { echo "$usage" >&2; exit 2; }
work=$(mktemp -d)
cd "$work"
# A copy: building or committing meanwhile would change the program, or the provenance that it writes.
cp "$bin/fashion-mnist" .
watcher=
child=
trap 'for process in $child $watcher; do kill -KILL "$process" 2>/dev/null || true; done; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
  echo "torture: $*" >&2
  for file in stderr problem; do [[ -s $file ]] && tail -n 20 "$file" | sed "s/^/  $file: /" >&2; done
  trap - EXIT
  [[ -z $watcher ]] || kill "$watcher" 2>/dev/null || true
  echo "torture: files are kept in $work" >&2
  exit 1
}

# Waits without a process, so that polling costs next to nothing.
mkfifo never
exec {never}<>never
pause() { read -rt "$1" -u "$never" _ || true; }

pauseMicroseconds() { pause "$(($1 / 1000000)).$(printf %06d $(($1 % 1000000)))"; }

# Microseconds since 1970.
now() { echo "${EPOCHREALTIME/[^0-9]/}"; }

# A random number of 0 ... $1 - 1, in $random (a subshell would draw the same ones again and again).
draw() { random=$(((RANDOM * 32768 + RANDOM) % $1)); }

# --- Runs: both phases, every method. A round takes one method's run from nothing, or from a pre-training that has lost
# its checkpoint and is repeated, to its end.

methods=(sgd-pof sam-pof sgd-sam sgd)
# A run must outlive many kills, and the short version must not take long.
epochs=$((kills < 60 ? 6 : 12))
command() {
  run=(./fashion-mnist --profile smoke --method "$1" --pre-epochs "$epochs" --post-epochs "$epochs" --threads 1
    --batch-size 16 --weak-batch-size 16 --train-limit 64 --test-limit 32 --keep-every 3 --results "$2")
}
# The files of a method's run and its pre-training below a folder.
files() { (cd "$1" && find . -type f \( -path "*/${2%%-*}-pre/*" -o -path "*/$2/*" \) | sort); }

# --- Opening files, as a reader would who knows nothing of the run.

# Opens a file that may be replaced or removed meanwhile: through a descriptor, so that it stays the same file.
# Returns 2 where it is not there (yet).
opens() {
  local descriptor code=0
  { exec {descriptor}<"$1"; } 2>/dev/null || return 2
  # Checkpoints are large for a text: their structure, and data that are read and checked.
  case $1 in
    *.ckpt.h5)
      h5dump -H "/dev/fd/$descriptor" >dump 2>&1 &&
        h5dump -d /model/classifier/classifiers.0.weight -a /epoch "/dev/fd/$descriptor" >dump 2>&1 || code=1
      ;;
    *) h5dump "/dev/fd/$descriptor" >dump 2>&1 || code=1 ;;
  esac
  exec {descriptor}<&-
  return $code
}

# Opens all files of runs below a folder; appends a dot for each to the file $2.
openAll() {
  local file code
  while IFS= read -rd '' file; do
    code=0
    opens "$file" || code=$?
    case $code in
      0) printf . >>"$2" ;;
      1) { echo "h5dump cannot open $file:"; cat dump; } >problem; return 1 ;;
    esac
  done < <(find "$1" -name 'seed*.h5' -print0 2>/dev/null)
}

watch() {
  trap - EXIT INT TERM
  mkdir watcher
  while openAll disturbed watched; do pause 0.01; done
}

# --- Kills

pre=0 post=0 starting=0 writing=0 starts=0 repeated=0
# Of SIGTERM and SIGINT: all, and those that left an epoch under way in either phase.
stops=0 stopsInPre=0 stopsInPost=0 slowest=0

# Where a process was when it ended without a chance to say so, from what it left. $1: its id, $2: method.
place() {
  local lock holder
  for lock in disturbed/*/*/*/*/seed0.lock; do
    [[ -s $lock ]] || continue
    read -r holder _ <"$lock"
    [[ $holder == "$1" ]] || continue
    [[ -z $(find "${lock%/*}" -name ".seed0.*.$1-*.tmp") ]] || writing=$((writing + 1))
    case $lock in *-pre/*) pre=$((pre + 1)) ;; *) post=$((post + 1)) ;; esac
    return
  done
  starting=$((starting + 1))
}

# Waits, at most ten seconds, until a file matches one of the patterns or the process is gone.
untilThere() {
  local process=$1 pattern deadline=$((SECONDS + 10))
  shift
  while [[ -d /proc/$process ]] && ((SECONDS < deadline)); do
    for pattern; do ! compgen -G "$pattern" >/dev/null || return 0; done
    pause 0.0005
  done
}

# Counts a stop within an epoch: the checkpoint written since the start says so.
countStop() {
  local file
  while read -r file; do
    h5dump -n "$file" | grep -q '/partial_epoch$' || continue
    case $file in *-pre/*) stopsInPre=$((stopsInPre + 1)) ;; *) stopsInPost=$((stopsInPost + 1)) ;; esac
  done < <(find disturbed -name seed0.ckpt.h5 -newer started)
}

# A start that is stopped by a signal at a random moment, or ends before. Sets `ended`.
disturb() {
  local signal=KILL code=0 begun inPost=0 moment process
  # The second half of a round's kills is post-training's. Each half begins with a stop within an epoch, and has more.
  ((pre - preBefore < (share + 1) / 2)) || inPost=1
  tries[inPost]=$((tries[inPost] + 1))
  draw 6
  if ((random == 0 || tries[inPost] <= 3 && (inPost ? stopsInPost == postStopsBefore : stopsInPre == preStopsBefore)))
  then
    draw 2
    ((random == 0)) && signal=TERM || signal=INT
    moment=5
  else
    draw 6
    moment=$random
  fi
  : >started
  # Job control gives the child the default handling of SIGINT, which background jobs of scripts lack.
  set -m
  "${run[@]}" >/dev/null 2>stderr </dev/null &
  child=$!
  set +m
  starts=$((starts + 1))
  ((!inPost)) || untilThere "$child" "disturbed/*/*/*/$method/seed0.lock"
  case $moment in
    0) draw 100000 ;; # within start-up, on most machines
    [12]) # while a file is written
      draw "$span"
      pauseMicroseconds "$random"
      untilThere "$child" "disturbed/*/*/*/*/.seed0.*.$child-*.tmp"
      draw 2000
      ;;
    *) draw "$span" ;;
  esac
  pauseMicroseconds "$random"
  begun=$(now)
  # It may be done by now.
  kill "-$signal" "$child" 2>/dev/null || true
  { wait "$child" || code=$?; } 2>/dev/null
  process=$child
  child=
  case $signal:$code in
    *:0) ended=1; return ;;
    KILL:137) made=$((made + 1)); place "$process" ;;
    TERM:143 | INT:130)
      local taken=$(($(now) - begun))
      ((taken <= slowest)) || slowest=$taken
      ((taken < 10000000)) || fail "$((taken / 1000)) ms from SIG$signal to the end of: ${run[*]}"
      stops=$((stops + 1))
      countStop
      ;;
    *) fail "exit code $code after SIG$signal from: ${run[*]}" ;;
  esac
  openAll disturbed between || fail "a file does not open after SIG$signal to: ${run[*]}"
  [[ ! -e problem ]] || fail "a file does not open while a run goes on"
}

# Compares every file of the round with the undisturbed run's.
compare() {
  local file
  files undisturbed "$1" >wanted
  (cd disturbed && find . -type f | sort) >found
  cmp -s wanted found || { diff wanted found >problem || true; fail "other files than those of an undisturbed run: ${run[*]}"; }
  while read -r file; do
    case $file in
      *.ckpt.h5) cmp -s {,un}disturbed/"$file" || fail "another checkpoint than an undisturbed run's: $file" ;;
      *)
        h5diff --exclude-path /provenance --exclude-path /timing {,un}disturbed/"$file" >problem 2>&1 ||
          fail "another run file than an undisturbed run's: $file"
        # h5diff passes over what only one of two files has.
        [[ $(digest "disturbed/$file") == "$(digest "undisturbed/$file")" ]] || fail "another content: $file"
        # One environment, however often it was killed. (A copy of the program knows no commit: nothing is promised of it.)
        [[ $(h5ls "disturbed/$file/provenance/segments" | cut -d ' ' -f 1) == 1 ]] ||
          fail "other segments although nothing has changed: $file"
        rm -f problem
        ;;
    esac
  done <wanted
}
digest() { h5dump -a /content_digest "$1" | grep '(0)'; }

echo "torture: undisturbed runs" >&2
begun=$(now)
for method in "${methods[@]}"; do
  command "$method" undisturbed
  "${run[@]}" >/dev/null 2>stderr </dev/null || fail "does not end well even undisturbed: ${run[*]}"
done
# Of the four runs' time; moments are spread over a part of a run that leaves room for many.
span=$((($(now) - begun) / 16))

mkdir disturbed
: >watched
: >between
(watch) &
watcher=$!
# Its end needs no mention.
disown

made=0 rounds=0
# Every method gets its share even where runs outlive many kills.
share=$(((kills + ${#methods[@]} - 1) / ${#methods[@]}))
while ((made < kills || rounds < ${#methods[@]})); do
  method=${methods[rounds % ${#methods[@]}]}
  command "$method" disturbed
  if ((rounds % 3 == 2)); then
    # A pre-training that is done and has lost its checkpoints.
    repeated=$((repeated + 1))
    while read -r file; do
      mkdir -p "disturbed/${file%/*}"
      cp "undisturbed/$file" "disturbed/$file"
    done < <(files undisturbed "$method" | grep -e '-pre/seed0.h5$')
  fi
  ended=0 preBefore=$pre preStopsBefore=$stopsInPre postStopsBefore=$stopsInPost tries=(0 0)
  limit=$((made + share < kills ? made + share : kills))
  while ((!ended && made < limit)); do disturb; done
  if ((!ended)); then
    "${run[@]}" >/dev/null 2>stderr </dev/null || fail "does not end well: ${run[*]}"
    starts=$((starts + 1))
  fi
  [[ ! -e problem ]] || fail "a file does not open while a run goes on"
  compare "$method"
  rm -rf disturbed/*
  rounds=$((rounds + 1))
  echo "torture: $made of $kills kills; $method as if undisturbed" >&2
done
kill -0 "$watcher" 2>/dev/null || fail "the watcher is gone"

cat <<TEXT
torture: $made kills in $rounds runs ($repeated of them repeat a pre-training), $starts starts; every file equals an undisturbed run's
  killed in pre-training $pre, in post-training $post, at start-up or the end $starting; while a file was written $writing
  $stops times SIGTERM or SIGINT instead, within an epoch of pre-training $stopsInPre, of post-training $stopsInPost; at most $((slowest / 1000)) ms to the end
  files opened in h5dump $(wc -c <watched) times while runs went on, $(wc -c <between) times after a kill; none failed
TEXT
