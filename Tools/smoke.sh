#!/usr/bin/env bash
# Runs every executable in the smoke profile, into a temporary folder: exit codes, files, what a second start does, what
# bad usage does. Takes the folder of the executables. Ends at the first surprise, naming it.
set -euo pipefail

bin=$(cd "${1:?usage: Tools/smoke.sh FOLDER-OF-EXECUTABLES}" && pwd)
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
  echo "smoke: $*" >&2
  [[ -s stderr ]] && sed 's/^/  stderr: /' stderr >&2
  exit 1
}

# expect CODE COMMAND...: runs it, keeps its streams in ./stdout and ./stderr, checks its exit code.
expect() {
  local wanted=$1 code=0
  shift
  "$@" >stdout 2>stderr </dev/null || code=$?
  ((code == wanted)) || fail "exit code $code instead of $wanted from: $*"
}

# bad WHAT COMMAND...: exit code 2, one or two lines on stderr that mention WHAT, nothing on stdout, nothing written.
bad() {
  local what=$1
  shift
  expect 2 "$@" --results untouched
  (($(wc -l <stderr) <= 2)) || fail "more than two lines from: $*"
  grep -qe "$what" stderr || fail "no mention of $what from: $*"
  [[ ! -s stdout && ! -e untouched ]] || fail "something was written by: $*"
}

echo "smoke: help" >&2
for name in fashion-mnist reproduce report bench; do expect 0 "$bin/$name" --help; done

echo "smoke: reproduce table1, in under a minute" >&2
table=("$bin/reproduce" table1 --profile smoke --datasets fashion-mnist --seeds "0 1" --results results --tables tables)
begun=$SECONDS
expect 0 "${table[@]}"
((SECONDS - begun < 60)) || fail "reproduce took $((SECONDS - begun)) s"
arms=(sgd-pre sam-pre sgd sam sgd-frozen sam-frozen sgd-pof sam-pof sgd-sam)
for arm in "${arms[@]}"; do
  for file in seed0.h5 seed0.ckpt.h5 seed1.h5 seed1.ckpt.h5; do
    [[ -s results/smoke/fashion-mnist/basic/$arm/$file ]] || fail "results of $arm: $file is missing"
  done
done
[[ -z $(find results -type f ! -name 'seed?.h5' ! -name 'seed?.ckpt.h5' ! -name 'seed?.epoch*.ckpt.h5') ]] || fail "stray files below results"
for file in tables/table1.md tables/table1.csv tables/table1.tex; do [[ -s $file ]] || fail "$file is missing"; done
[[ -n $(find tables -name '*.png') ]] || fail "no figure below tables"

echo "smoke: a second start skips and changes nothing" >&2
find results tables -type f -exec sha256sum {} + | sort -k 2 >before
expect 0 "${table[@]}"
grep -q "18 of them done" stderr || fail "the second start did not skip all runs"
find results tables -type f -exec sha256sum {} + | sort -k 2 | cmp -s - before || fail "the second start changed files"
# Whoever ignores SIGCHLD passes that on; the ends of children must be seen all the same.
expect 0 timeout 60 env --ignore-signal=CHLD "${table[@]}"
expect 0 "$bin/fashion-mnist" --profile smoke --method sgd-pof --seed 1 --results results
grep -q "^sgd-pof seed 1: test error" stdout || fail "a run that is done does not print its result"

echo "smoke: report twice" >&2
expect 0 "$bin/report" --results results --output tables-2
expect 0 "$bin/report" --results results --output tables-2
diff -r tables tables-2 >stderr || fail "report is not a function of the run files"

echo "smoke: equal runs, and a run from its configuration" >&2
expect 0 "$bin/fashion-mnist" --profile smoke --method sgd-pof --seed 1 --dry-run --results again
[[ ! -e again ]] || fail "--dry-run wrote something"
cp stdout config.json
expect 0 "$bin/fashion-mnist" --config config.json --results again
run=smoke/fashion-mnist/basic/sgd-pof/seed1
expect 0 h5diff --exclude-path /provenance --exclude-path /timing results/$run.h5 again/$run.h5
cmp -s results/$run.ckpt.h5 again/$run.ckpt.h5 || fail "equal runs, other checkpoints"
expect 0 "$tools/doc-examples.sh" results/$run.h5 results/$run.ckpt.h5 again/$run.h5

echo "smoke: overrides get a folder of their own" >&2
expect 0 "$bin/fashion-mnist" --profile smoke --method sgd --post-epochs 1 --results overrides
[[ -n $(find overrides -path '*/smoke-????????/*/sgd/seed0.h5') ]] || fail "no folder smoke-xxxxxxxx"

# interrupt SIGNAL CODE FOLDER ARM COMMAND...: starts it, sends the signal once ARM has a checkpoint below FOLDER,
# checks the exit code.
interrupt() {
  local signal=$1 wanted=$2 folder=$3 arm=$4 child code=0
  shift 4
  # Job control gives the child the default handling of SIGINT, which background jobs of scripts lack.
  set -m
  "$@" >stdout 2>stderr </dev/null &
  child=$!
  set +m
  for _ in $(seq 1500); do
    [[ -n $(find "$folder" -path "*/$arm/seed0.ckpt.h5" 2>/dev/null) ]] && break
    sleep 0.02
  done
  kill "-$signal" "$child" 2>/dev/null || fail "ended before SIG$signal: $*"
  wait "$child" || code=$?
  ((code == wanted)) || fail "exit code $code instead of $wanted after SIG$signal from: $*"
}

echo "smoke: interruption" >&2
for signal in INT:130 TERM:143; do
  folder=interrupted-${signal%:*}
  interrupt "${signal%:*}" "${signal#*:}" "$folder" sgd-pre \
    "$bin/fashion-mnist" --profile smoke --method sgd --pre-epochs 100000 --results "$folder"
done

echo "smoke: interrupted twice and gone on with, equal to a run that was not" >&2
# Long enough to be caught within either phase on any machine, and still a matter of seconds.
run=("$bin/fashion-mnist" --profile smoke --method sgd-pof --pre-epochs 15 --post-epochs 15)
expect 0 "${run[@]}" --results whole
for arm in sgd-pre sgd-pof; do interrupt INT 130 parts $arm "${run[@]}" --results parts; done
expect 0 "${run[@]}" --results parts
grep -q "going on after step" stderr || fail "the interrupted run did not go on"
(cd whole && find . -type f | sort) >files
[[ $(wc -l <files) == 6 ]] || fail "other files than two run files and four checkpoints"
(cd parts && find . -type f | sort) | cmp -s - files || fail "an interrupted run leaves other files"
while read -r file; do
  case $file in
    *.ckpt.h5) cmp -s "whole/$file" "parts/$file" || fail "interrupted, and another checkpoint: $file" ;;
    *) expect 0 h5diff --exclude-path /provenance --exclude-path /timing "whole/$file" "parts/$file" ;;
  esac
done <files

echo "smoke: divergence" >&2
expect 3 "$bin/fashion-mnist" --profile smoke --method sgd --learning-rate 1e30 --results diverged
expect 3 "$bin/fashion-mnist" --profile smoke --method sgd --learning-rate 1e30 --results diverged
grep -q "before" stderr || fail "the second start did not report the earlier divergence"

echo "smoke: bad usage" >&2
run=("$bin/fashion-mnist" --profile smoke --method sgd)
bad --depth "${run[@]}" --depth 11
bad --batch-size "${run[@]}" --batch-size 0
bad --learning-rate "${run[@]}" --learning-rate -1
bad --learning-rate "${run[@]}" --learning-rate nan
bad --rho "${run[@]}" --rho inf
bad --perturbation-range "${run[@]}" --perturbation-range -1
bad --perturbation-groups "${run[@]}" --perturbation-groups 33
bad --seed "${run[@]}" --seed -1
bad --method "$bin/fashion-mnist" --profile smoke --method foo
bad --method "$bin/fashion-mnist" --profile smoke
bad --bogus "${run[@]}" --bogus
for option in --results --data; do
  expect 2 "${run[@]}" $option ""
  grep -qe $option stderr || fail "an empty $option is not named"
done
expect 2 "$bin/report" --results results --output ""
expect 2 "$bin/reproduce" table1 --profile smoke --tables ""
bad 60000 "$bin/fashion-mnist" --profile quick --method sgd --train-limit 60001
bad 60000 "$bin/fashion-mnist" --profile quick --method sgd --train-limit 60001 --dry-run
bad --profile "$bin/fashion-mnist" --profile paper --config config.json
bad --threads "${run[@]}" --threads 1025
bad --width "${run[@]}" --width 65
bad absent.json "$bin/fashion-mnist" --config absent.json
bad --datasets "$bin/reproduce" table1 --profile smoke --datasets foo
bad --seeds "$bin/reproduce" table1 --profile smoke --seeds "0 -1"
bad --jobs "$bin/reproduce" table1 --profile smoke --jobs 0
mkdir alone
cp "$bin/reproduce" alone
bad alone/fashion-mnist alone/reproduce table1 --profile smoke
mkdir -p broken/fashion-mnist
for file in {train,t10k}-{images-idx3,labels-idx1}-ubyte.gz; do echo none >broken/fashion-mnist/$file; done
bad broken/fashion-mnist "$bin/fashion-mnist" --profile quick --method sgd --data broken
touch file
expect 2 "${run[@]}" --results file/results
grep -q "file" stderr || fail "an unwritable results folder is not named"

echo "smoke: bench" >&2
expect 0 "$bin/bench" --profile smoke --json
for key in sgd_step_ms sam_step_ms pof_step_ms floor_ms images_per_second peak_memory_bytes; do
  grep -q "\"$key\"" stdout || fail "bench: no $key"
done
growth=$(sed -n 's/.*"soak_growth_bytes" : \(-\{0,1\}[0-9]*\).*/\1/p' stdout | head -n 1)
steps=$(sed -n 's/.*"soak_steps" : \([0-9]*\).*/\1/p' stdout | head -n 1)
((steps >= 1000 && growth < 2000000)) || fail "bench: resident memory grew by ${growth:-?} bytes over ${steps:-?} steps"
echo "smoke: all as it should be" >&2
