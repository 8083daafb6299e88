#!/usr/bin/env bash
# Kills small runs at random moments, starts them again until they are done, and compares what they end in with runs that
# nobody disturbed. Meanwhile every file under its final name is opened in h5dump, again and again: none may fail.
#   Tools/torture.sh FOLDER-OF-EXECUTABLES [KILLS] [SEED]
# Counts only SIGKILLs; every fifth signal is a SIGTERM or a SIGINT instead, whose exit codes are checked.
set -euo pipefail

bin=$(cd "${1:?usage: Tools/torture.sh FOLDER-OF-EXECUTABLES [KILLS] [SEED]}" && pwd)
kills=${2:-200}
RANDOM=${3:-1}
work=$(mktemp -d)
child= watcher=
trap '[[ -z $child ]] || kill -KILL "$child" 2>/dev/null || true; touch "$work/stop"; [[ -z $watcher ]] || wait "$watcher" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

fail() {
  echo "torture: $*" >&2
  [[ -s stderr ]] && tail -n 5 stderr | sed 's/^/  stderr: /' >&2
  exit 1
}

# Every method, in either phase. Long enough to be killed several times, and still a matter of seconds.
methods=(sgd-pof sam-pof sgd-sam sgd)
run() {
  exec "$bin/fashion-mnist" --profile smoke --method "$1" --seed "$2" --pre-epochs 6 --post-epochs 6 --keep-every 4 \
    --threads 1 --results "$3"
}

# opens FILE: h5dump reads the whole of a run file, and of a checkpoint the structure, the attributes and one data set.
opens() {
  case $1 in
    *.ckpt.h5) h5dump -A "$1" && h5dump -d /optimizer/momentum/classifiers.0.weight "$1" ;;
    *) h5dump "$1" ;;
  esac >/dev/null 2>&1
}

# open_all FOLDER: every file under its final name; one that is gone since it was listed is none.
open_all() {
  local file
  while IFS= read -r file; do
    opens "$file" || [[ ! -e $file ]] || { echo "$file" >>unreadable; return 1; }
    echo >>opened
  done < <(find "$1" -type f -name 'seed*.h5' 2>/dev/null)
}

# watch FOLDER: opens all files until told to stop.
watch() {
  while [[ ! -e stop ]]; do
    open_all "$1" || return 1
    sleep 0.02
  done
}

# equal ROUND: the same files, with the same content.
equal() {
  local file
  (cd "whole-$1" && find . -type f | sort) >files
  (cd "killed-$1" && find . -type f | sort) | diff files - >stderr || fail "round $1: other files than undisturbed"
  while read -r file; do
    case $file in
      *.ckpt.h5) cmp -s "whole-$1/$file" "killed-$1/$file" || fail "round $1: another checkpoint: $file" ;;
      *)
        h5diff --exclude-path /provenance --exclude-path /timing "whole-$1/$file" "killed-$1/$file" >stderr 2>&1 ||
          fail "round $1: another run file: $file"
        [[ $(h5dump -a /content_digest "whole-$1/$file" | grep '(0)') == \
          $(h5dump -a /content_digest "killed-$1/$file" | grep '(0)') ]] || fail "round $1: another digest: $file"
        ;;
    esac
  done <files
}

# moment FOLDER: waits until the next signal is due: mostly up to three quarters of the time that an undisturbed run
# took here, sometimes until a file is being written.
moment() {
  local count
  if ((RANDOM % 3 == 0)); then
    for ((count = 0; count < 400; count++)); do
      compgen -G "$1/*/*/*/*/.seed*.tmp" >/dev/null && return
      sleep 0.002
    done
  fi
  count=$((RANDOM * length * 3 / 4 / 32768))
  sleep "$((count / 1000)).$(printf '%03d' $((count % 1000)))"
}

killed=0 stopped=0 round=0 in_start=0 in_pre=0 in_post=0 in_writing=0
: >opened
begun=$SECONDS
while ((killed < kills)); do
  round=$((round + 1))
  method=${methods[round % ${#methods[@]}]}
  length=$(date +%s%3N)
  (run "$method" "$round" "whole-$round") >stdout 2>stderr || fail "the undisturbed run failed"
  length=$(($(date +%s%3N) - length))
  rm -f stop
  watch "killed-$round" &
  watcher=$!
  lives=0
  while true; do
    lives=$((lives + 1))
    ((lives <= 400)) || fail "round $round: no end in sight"
    # Job control gives the child the default handling of SIGINT, which background jobs of scripts lack.
    set -m
    (run "$method" "$round" "killed-$round") >stdout 2>stderr </dev/null &
    child=$!
    set +m
    signal=KILL code=0
    if ((killed < kills)); then
      moment "killed-$round"
      if ((RANDOM % 5 == 0)); then
        signal=TERM
        ((RANDOM % 2)) || signal=INT
      fi
      kill "-$signal" "$child" 2>/dev/null || true
    fi
    sent=$SECONDS
    wait "$child" 2>/dev/null || code=$?
    child=
    [[ ! -e unreadable ]] || fail "h5dump cannot open $(head -n 1 unreadable)"
    case $signal:$code in
      *:0) break ;;
      KILL:137)
        killed=$((killed + 1))
        if [[ -n $(find "killed-$round" -name '.seed*.tmp' 2>/dev/null) ]]; then in_writing=$((in_writing + 1)); fi
        if [[ -d $(find "killed-$round" -type d -name "$method" 2>/dev/null) ]]; then
          in_post=$((in_post + 1))
        elif [[ -n $(find "killed-$round" -name 'seed*.h5' 2>/dev/null) ]]; then
          in_pre=$((in_pre + 1))
        else
          in_start=$((in_start + 1))
        fi
        ;;
      # Before the handlers are installed a signal ends a process as it ends any.
      TERM:143 | INT:130)
        stopped=$((stopped + 1))
        ((SECONDS - sent < 10)) || fail "SIG$signal took $((SECONDS - sent)) s"
        ;;
      *) fail "round $round: exit code $code after SIG$signal" ;;
    esac
    open_all "killed-$round" || fail "h5dump cannot open $(head -n 1 unreadable)"
  done
  touch stop
  wait "$watcher" || fail "h5dump cannot open $(head -n 1 unreadable)"
  watcher=
  equal "$round"
  rm -rf "whole-$round" "killed-$round"
done
((in_pre > 0 && in_post > 0)) || fail "no kill hit both phases: $in_pre in pre-training, $in_post in post-training"
echo "torture: $killed kills ($in_start before the first file, $in_pre in pre-training, $in_post after it; $in_writing" \
  "while a file was written) and $stopped stops in $round runs, all equal to undisturbed ones; files opened" \
  "$(wc -l <opened) times; $((SECONDS - begun)) s" >&2
