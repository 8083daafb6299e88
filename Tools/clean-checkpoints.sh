#!/usr/bin/env bash
# Frees disk below a results folder: removes the checkpoints of runs that are done or have failed and what killed
# processes left half-written, and says what went, what stays and why. Run files always stay.
#
# Unfinished runs keep their checkpoints, from which they go on; ALL=1 removes these too.
set -euo pipefail
shopt -s nullglob

results=${1:?usage: [ALL=1] Tools/clean-checkpoints.sh RESULTS}
results=${results%/}
all=${ALL:-0}
[[ -e ${results:-/} ]] || { echo "clean-checkpoints: $results: absent, nothing to do"; exit 0; }
[[ -d ${results:-/} ]] || { echo "clean-checkpoints: $results: not a folder" >&2; exit 2; }
command -v h5dump >/dev/null || { echo "clean-checkpoints: no h5dump (make setup installs it)" >&2; exit 2; }

# state RUN: what is known of the run whose files begin with RUN, in a word or more.
state() {
  if [[ -e $1.again.h5 ]]; then
    echo "unfinished"
  elif [[ ! -e $1.h5 ]]; then
    echo "without a run file"
  else
    case $(h5dump -a /status "$1.h5" 2>/dev/null | sed -n 's/.*(0): "\(.*\)".*/\1/p') in
      done) echo "done" ;;
      failed) echo "failed" ;;
      partial) echo "unfinished" ;;
      *) echo "with a run file that cannot be read" ;;
    esac
  fi
}

# Bytes as MB.
megabytes() { printf '%d.%d MB' $(($1 / 1000000)) $(($1 / 100000 % 10)); }

# isWritten TEMPORARY: whether a process still writes it. Its name ends in .<process>-<number>.tmp; a process of another
# machine is alive as long as it touches the run's lock.
isWritten() {
  local name=${1##*/} process host lock
  process=${name%-*.tmp}
  process=${process##*.}
  [[ ! -d /proc/$process ]] || return 0
  lock=${name#.}
  lock=${1%/*}/${lock%%.*}.lock
  [[ -s $lock ]] || return 1
  read -r _ host _ <"$lock" || true
  [[ $host != "$(uname -n)" && -n $(find "$lock" -mmin -3) ]]
}

declare -A states=() total=() bytes=() removed=() freed=() kept=() reasons=()
neededByArms=0 count=0
while IFS= read -rd '' file; do
  name=${file##*/}
  run=${file%/*}/${name%%.*}
  # <profile>/<dataset> below the results folder.
  IFS=/ read -r profile dataset _ <<<"${file#"$results"/}"
  group=$profile/$dataset
  size=$(stat -c %s "$file" 2>/dev/null) || continue
  count=$((count + 1))
  [[ -n ${states[$run]-} ]] || states[$run]=$(state "$run")
  total[$group]=$((${total[$group]:-0} + 1))
  bytes[$group]=$((${bytes[$group]:-0} + size))
  if [[ $all == 1 || ${states[$run]} == done || ${states[$run]} == failed ]]; then
    rm -f -- "$file"
    removed[$group]=$((${removed[$group]:-0} + 1))
    freed[$group]=$((${freed[$group]:-0} + size))
    [[ ${file%/*} != *-pre ]] || neededByArms=1
  else
    kept[$group]=$((${kept[$group]:-0} + 1))
    reasons[$group]=${reasons[$group]-}"${run#"$results/$group/"}: ${states[$run]}"$'\n'
  fi
done < <(find "$results/" -type f -name 'seed*.ckpt.h5' ! -name '.*' -print0 | sort -z)

while IFS= read -r group; do
  [[ -n $group ]] || continue
  echo "$results/$group: ${total[$group]} checkpoints, $(megabytes "${bytes[$group]}"); removed ${removed[$group]:-0}," \
    "freed $(megabytes "${freed[$group]:-0}")"
  [[ -z ${kept[$group]-} ]] || sort <<<"${reasons[$group]%$'\n'}" | uniq -c | sed 's/^ *\([0-9]*\) /  stays: \1 of /'
done < <(printf '%s\n' "${!total[@]}" | sort)
((count > 0)) || echo "$results: no checkpoints"
((${#kept[@]} == 0)) || echo "ALL=1 removes those that stay as well"
((!neededByArms)) || echo "an arm that is not run yet needs its pre-training's checkpoint, and makes it again where it is gone"

temporaries=0 size=0
while IFS= read -rd '' file; do
  if isWritten "$file"; then
    echo "  stays: ${file#"$results"/} is being written"
  else
    temporaries=$((temporaries + 1)) size=$((size + $(stat -c %s "$file" 2>/dev/null || echo 0)))
    rm -f -- "$file"
  fi
done < <(find "$results/" -type f -name '.seed*.tmp' -print0 | sort -z)
((temporaries == 0)) || echo "half-written files of processes that are gone: removed $temporaries, freed $(megabytes "$size")"
