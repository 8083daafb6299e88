#!/usr/bin/env bash
# Runs every executable in the smoke profile, into a temporary folder: exit codes, files, what a second start does, what
# bad usage does. Takes the folder of the executables. Ends at the first surprise, naming it.
set -euo pipefail

# Mounts of a namespace of its own go with this process, however it ends.
if [[ -z ${SMOKE_MOUNTS-} ]]; then
  export SMOKE_MOUNTS=0
  if unshare --mount true 2>/dev/null; then SMOKE_MOUNTS=1 exec unshare --mount "$BASH" "$0" "$@"; fi
fi

tools=$(cd "$(dirname "$0")" && pwd)
bin=$(cd "${1:?usage: Tools/smoke.sh FOLDER-OF-EXECUTABLES}" && pwd)
work=$(mktemp -d)
child=
cleanUp() {
  [[ -z $child ]] || kill -KILL "$child" 2>/dev/null || true
  ! mountpoint -q "$work/disk" || umount "$work/disk"
  rm -rf "$work"
}
trap cleanUp EXIT
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

# digests FOLDER: the content of every file below it.
digests() { find "$1" -type f -exec sha256sum {} + | sort -k 2; }

echo "smoke: help" >&2
for name in cifar10 cifar100 svhn fashion-mnist ablation-range ablation-layers reproduce verify report bench preview; do
  expect 0 "$bin/$name" --help
done
for target in table1 ablations plan status; do
  expect 0 "$bin/reproduce" $target --help
  grep -q -e --no-extra stdout || fail "reproduce $target --help does not list its options"
done

echo "smoke: reproduce table1, in under a minute" >&2
# As many runs at a time as there are cores, and below one thread a run: on a machine that does other things as well,
# threads that wait for each other take tens of times as long.
table=("$bin/reproduce" table1 --profile smoke --datasets fashion-mnist --seeds "0 1" --results results --tables tables
  --jobs "$(nproc)")
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
expect 0 "$bin/fashion-mnist" --threads 1 --profile smoke --method sgd-pof --seed 1 --results results
grep -q "^sgd-pof seed 1: test error" stdout || fail "a run that is done does not print its result"

echo "smoke: status, which touches nothing" >&2
# has LINE: stdout has it.
has() { grep -qxE "$1" stdout || fail "no line \"$1\" among: $(cat stdout)"; }
digests results >before
expect 0 "$bin/reproduce" status --profile smoke --datasets fashion-mnist --seeds "0 1 2" --results results
has "fashion-mnist basic"
for arm in "${arms[@]}"; do has "  $arm +done 0 1   missing 2"; done
has "18 of 27 runs done, 9 missing"
digests results | cmp -s - before && [[ -z $(find results -name '*.lock') ]] || fail "status changed something"
mkdir nothing
for folder in nothing nowhere; do
  expect 0 "$bin/reproduce" status --profile smoke --targets "table1 ablations" --results $folder
  for dataset in cifar10 cifar100 svhn fashion-mnist; do has "$dataset: no runs"; done
  has "0 of 324 runs done, 324 missing"
done
[[ -z $(ls -A nothing) && ! -e nowhere ]] || fail "status wrote something"

echo "smoke: reproduce ablations, skipped the second time" >&2
short=(--profile smoke --pre-epochs 1 --post-epochs 1 --train-limit 64 --test-limit 32)
ablations=("$bin/reproduce" ablations "${short[@]}" --seeds 0 --results ablations --tables ablation-tables
  --jobs "$(nproc)")
expect 0 "${ablations[@]}" --dry-run
[[ ! -e ablations && $(grep -c " absent " stdout) == 21 ]] || fail "--dry-run does not list 21 runs, or wrote something"
expect 0 "${ablations[@]}"
files=$(find ablations -name seed0.h5)
[[ $(wc -l <<<"$files") == 21 ]] || fail "other ablation runs than 21: $files"
for arm in sgd-pre sgd sgd-frozen ablation-range/{c-{0,0.5,1,1.5,2,3,4},fixed-{0.25,1,4},random,groups-{1,4}} \
  ablation-layers/{classifier,group3-and-above,group2-and-above,everything,lowest}; do
  grep -q "/cifar10/basic/$arm/seed0.h5" <<<"$files" || fail "no run of $arm"
done
digests ablations >before
expect 0 "${ablations[@]}"
grep -q "21 of them done" stderr || fail "the second start did not skip all ablation runs"
digests ablations | cmp -s - before || fail "the second start changed ablation runs"
expect 0 "${ablations[@]}" --dry-run
grep -q "left: nothing, of 21 runs" stdout || fail "--dry-run does not say that nothing is left"

echo "smoke: an ablation's run alone, verified, and repeated from its configuration" >&2
expect 0 "$bin/ablation-range" "${short[@]}" --threads 1 --method fixed-4 --results ablation
fixed=$(find ablation -path '*/ablation-range/fixed-4/seed0.h5')
[[ -n $(find ablation -path '*/ablation-range/c-2/seed0.h5') ]] || fail "fixed-4 was made without c-2"
expect 0 "$bin/verify" "$fixed"
expect 0 "$bin/ablation-layers" "${short[@]}" --threads 1 --method lowest --dataset svhn --dry-run
cp stdout layers.json
expect 0 "$bin/ablation-layers" --threads 1 --config layers.json --results ablation
expect 0 "$bin/verify" --last-epoch "$(find ablation -path '*/svhn/basic/ablation-layers/lowest/seed0.h5')"
rm "$(find ablation -path '*/ablation-range/c-2/seed0.h5')"
expect 2 "$bin/verify" "$fixed"
grep -q "c-2/seed0.h5: is missing.*run ablation-range --method c-2" stderr || fail "a missing reference is not named"

echo "smoke: a run that fails stops those that rest on it, and no others" >&2
rm "$(find ablations -path '*/ablation-range/fixed-1/seed0.h5')" "$(find ablations -path '*/random/seed0.h5')"
echo broken >"$(find ablations -path '*/ablation-range/c-2/seed0.h5')"
expect 2 "${ablations[@]}"
grep -q "ablation-range/c-2 seed 0: failed" stderr || fail "the failed run is not listed"
grep -q "ablation-range/fixed-1 seed 0: not run without ablation-range/c-2" stderr || fail "what was not run is not listed"
[[ -n $(find ablations -path '*/random/seed0.h5') ]] || fail "a failed run stopped another one"
expect 3 "$bin/reproduce" table1 "${short[@]}" --datasets fashion-mnist --seeds 0 --learning-rate 1e30 \
  --results diverging --tables diverging-tables --jobs "$(nproc)"
grep -q "sgd-pof seed 0: not run without sgd-pre" stderr || fail "runs behind a diverged one are not listed"

echo "smoke: data sets that are not there are left out, or an error where they are named" >&2
fixtures=$tools/../Tests/DatasetsTests/Fixtures
few=("$bin/reproduce" table1 --profile quick --seeds 0 --pre-epochs 1 --post-epochs 1 --batch-size 2 --train-limit 4
  --test-limit 2 --weak-batch-size 2 --perturbation-groups 1 --no-extra --jobs "$(nproc)")
mkdir some
cp -r "$fixtures/svhn" some
rm some/svhn/extra_32x32.mat
expect 0 "${few[@]}" --data some --results some-results --tables some-tables --dry-run
grep -q "^svhn basic seed 0" stdout && ! grep -q "^cifar10 basic" stdout || fail "--dry-run plans what would be left out"
grep -q "^  cifar10: some/.*: no such file" stdout || fail "--dry-run does not say what would be left out"
expect 0 "${few[@]}" --data some --results some-results --tables some-tables
[[ $(grep -c "svhn: .*not the official set" stderr) == 1 ]] || fail "it is not said once that SVHN is not the official set"
for name in cifar10 cifar100; do
  grep -q "left out: $name: some/.*: no such file; .*make data-$name" stderr || fail "no word of $name, which is missing"
done
[[ $(find some-results -path '*/svhn/*/seed0.h5' | wc -l) == 9 ]] || fail "SVHN without its extra images was not run"
expect 2 "${few[@]}" --data some --results some-results --tables some-tables --datasets "cifar100 svhn"
grep -q "9 of them done" stderr || fail "the data set that is there was not run"
expect 2 "$bin/reproduce" table1 --profile reduced --datasets svhn --data some --results untouched
grep -q "extra_32x32.mat: no such file.*--no-extra (make: NO_EXTRA=1)" stderr || fail "nothing says how to leave out extra"

echo "smoke: report twice" >&2
expect 0 "$bin/report" --results results --output tables-2
expect 0 "$bin/report" --results results --output tables-2
diff -r tables tables-2 >stderr || fail "report is not a function of the run files"

echo "smoke: equal runs, and a run from its configuration" >&2
expect 0 "$bin/fashion-mnist" --profile smoke --method sgd-pof --seed 1 --dry-run --results again
[[ ! -e again ]] || fail "--dry-run wrote something"
grep -q "sgd-pof  *absent" stderr && grep -q "^left: 2 of 2 runs, " stderr || fail "--dry-run says neither state nor time"
cp stdout config.json
expect 0 "$bin/fashion-mnist" --threads 1 --config config.json --results again
run=smoke/fashion-mnist/basic/sgd-pof/seed1
expect 0 h5diff --exclude-path /provenance --exclude-path /timing results/$run.h5 again/$run.h5
expect 0 "$bin/fashion-mnist" --profile smoke --method sgd-pof --seed 1 --dry-run --results again
grep -q "^left: nothing, of 2 runs" stderr || fail "--dry-run does not say that the run is done"
cmp -s results/$run.ckpt.h5 again/$run.ckpt.h5 || fail "equal runs, other checkpoints"
expect 0 "$tools/doc-examples.sh" results/$run.h5 results/$run.ckpt.h5 again/$run.h5

echo "smoke: overrides get a folder of their own" >&2
expect 0 "$bin/fashion-mnist" --threads 1 --profile smoke --method sgd --post-epochs 1 --results overrides
[[ -n $(find overrides -path '*/smoke-????????/*/sgd/seed0.h5') ]] || fail "no folder smoke-xxxxxxxx"

# start FOLDER ARM COMMAND...: starts it as $child; returns once ARM has a checkpoint below FOLDER.
start() {
  local folder=$1 arm=$2
  shift 2
  # Job control gives the child the default handling of SIGINT, which background jobs of scripts lack.
  set -m
  "$@" >stdout 2>stderr </dev/null &
  child=$!
  set +m
  for _ in $(seq 3000); do
    [[ -n $(find "$folder" -path "*/$arm/seed0.ckpt.h5" 2>/dev/null) ]] && return
    kill -0 "$child" 2>/dev/null || break
    sleep 0.02
  done
  fail "no checkpoint of $arm from: $*"
}

# ends CODE: waits for $child and checks its exit code.
ends() {
  local code=0
  { wait "$child" || code=$?; } 2>/dev/null
  child=
  ((code == $1)) || fail "exit code $code instead of $1 from the process in the background"
}

# interrupt SIGNAL CODE FOLDER ARM COMMAND...: starts it, sends the signal once ARM has a checkpoint below FOLDER,
# checks the exit code.
interrupt() {
  local signal=$1 code=$2
  shift 2
  start "$@"
  kill "-$signal" "$child" 2>/dev/null || fail "ended before SIG$signal: $*"
  ends "$code"
}

# equal WHOLE PARTS: the same files below two folders, with equal content.
equal() {
  local file
  (cd "$1" && find . -type f | sort) >files
  (cd "$2" && find . -type f | sort) | cmp -s - files || fail "other files below $2 than below $1"
  while read -r file; do
    case $file in
      *.ckpt.h5) cmp -s "$1/$file" "$2/$file" || fail "another checkpoint: $2/$file" ;;
      *) expect 0 h5diff --exclude-path /provenance --exclude-path /timing "$1/$file" "$2/$file" ;;
    esac
  done <files
}

# refused FOLDER WHAT... -- COMMAND: exit code 2, every WHAT on stderr, not a file below FOLDER changed.
refused() {
  local folder=$1 words=()
  shift
  while [[ $1 != -- ]]; do words+=("$1") && shift; done
  shift
  digests "$folder" >before
  expect 2 "$@"
  for word in "${words[@]}"; do grep -qFe "$word" stderr || fail "no mention of $word from: $*"; done
  digests "$folder" | cmp -s - before || fail "files below $folder changed by: $*"
}

echo "smoke: interruption" >&2
for signal in INT:130 TERM:143; do
  folder=interrupted-${signal%:*}
  interrupt "${signal%:*}" "${signal#*:}" "$folder" sgd-pre \
    "$bin/fashion-mnist" --threads 1 --profile smoke --method sgd --pre-epochs 100000 --results "$folder"
done

echo "smoke: report --watch, before there are runs, while there are, and until it is stopped" >&2
# waitFor WHAT COMMAND...: until the command succeeds, for five minutes at the most.
waitFor() {
  local what=$1
  shift
  for _ in $(seq 3000); do
    "$@" && return
    kill -0 "$child" 2>/dev/null || break
    sleep 0.1
  done
  fail "not within five minutes: $what"
}
for signal in TERM:143 INT:130; do
  true >watch
  set -m
  "$bin/report" --watch --interval 0.2 --results watched --output watched-tables >watch-out 2>watch </dev/null &
  child=$!
  set +m
  if [[ $signal == TERM:* ]]; then
    waitFor "the first look" grep -q "watched: no such directory" watch
    [[ ! -e watched && ! -e watched-tables ]] || fail "report --watch made something of nothing"
    expect 0 "$bin/fashion-mnist" --threads 1 --profile smoke --method sgd --results watched
    expect 0 "$bin/report" --results watched --output watched-tables-2
    waitFor "the report of both runs when they are done" diff -rq watched-tables watched-tables-2 &>differences
  fi
  waitFor "a line for the report" grep -qE "^[0-2][0-9](:[0-5][0-9]){2} tables and figures from 2 run files in [0-9.]+ s$" watch
  kill "-${signal%:*}" "$child"
  ends "${signal#*:}"
done
[[ ! -s watch-out && $(wc -l <watch) == 1 ]] || fail "report --watch says more than a line for its one report"
diff -r watched-tables watched-tables-2 >stderr || fail "report --watch leaves other files than report makes"
expect 2 "$bin/report" --results watched --output watched-tables --interval 3
grep -qe "--watch" stderr || fail "--interval without --watch"
expect 2 "$bin/report" --results watched --output watched-tables --watch --interval 0
grep -qe "--interval is 0" stderr || fail "--interval 0"

echo "smoke: interrupted twice and gone on with, equal to a run that was not" >&2
# Long enough to be caught within either phase on any machine, and still a matter of seconds.
run=("$bin/fashion-mnist" --threads 1 --profile smoke --method sgd-pof --pre-epochs 15 --post-epochs 15)
expect 0 "${run[@]}" --results whole
for arm in sgd-pre sgd-pof; do interrupt INT 130 parts $arm "${run[@]}" --results parts; done
expect 0 "${run[@]}" --results parts
# Nearly always after a step; the signal may have come between two epochs.
grep -q "going on after" stderr || fail "the interrupted run did not go on"
equal whole parts
[[ $(wc -l <files) == 6 ]] || fail "other files than two run files and four checkpoints"

# Runs that are cheap to stop, and one that was never stopped.
run=("$bin/fashion-mnist" --profile smoke --method sgd-pre --pre-epochs 16 --batch-size 16 --train-limit 64
  --test-limit 32 --threads 1)
long=("$bin/fashion-mnist" --profile smoke --method sgd-pre --pre-epochs 100000 --batch-size 16 --train-limit 64
  --test-limit 32 --threads 1)
expect 0 "${run[@]}" --results single
folder=$(cd single && find -- * -name sgd-pre)

echo "smoke: one process a run, and the lock of a killed one" >&2
start held sgd-pre "${long[@]}" --results held
expect 2 "${long[@]}" --results held
grep -q "seed0.lock: held by process $child on $(uname -n)" stderr || fail "the holder of the lock is not named"
state=("$bin/reproduce" status "${long[@]:1:2}" --datasets fashion-mnist --seeds 0 "${long[@]:5:8}" --results held)
expect 0 "${state[@]}"
has "  sgd-pre +running 0 \(epoch [1-9][0-9]* of 100000, [0-9d :]+ left\)"
kill -KILL "$child"
holder=$child
ends 137
expect 0 "${state[@]}"
has "  sgd-pre +partial 0 \(epoch [1-9][0-9]* of 100000\)"
[[ -n $(find held -name seed0.lock) ]] || fail "status took a lock away"
start held sgd-pre "${long[@]}" --results held
# Its first message comes before its first step, the signal after that.
for _ in $(seq 500); do grep -q "going on" stderr && break || sleep 0.02; done
kill -TERM "$child"
ends 143
grep -q "left by process $holder on $(uname -n).*taken over" stderr || fail "the lock of a killed process is in the way"

echo "smoke: other threads go on, and the file says so" >&2
few=("${run[@]}" --pre-epochs 8 --results threads)
interrupt TERM 143 threads sgd-pre "${few[@]}"
expect 0 "${few[@]}" --threads 2
file=$(find threads -name seed0.h5)
grep -q "equal bytes are no longer promised" stderr || fail "other threads are not mentioned"
h5dump -g /provenance/segments "$file" >segments
for line in 'ATTRIBUTE "equal_bytes_promised"' 'GROUP "1"' 'GROUP "2"'; do
  grep -q "$line" segments || fail "no $line under /provenance/segments"
done
! grep -q 'GROUP "3"' segments || fail "a third segment"
h5dump -a /provenance/segments/equal_bytes_promised "$file" | grep -q '(0): 0$' ||
  fail "equal bytes are promised although the threads changed"
for segment in 1 2; do
  h5dump -a /provenance/segments/$segment/threads "$file" | grep -q "(0): $segment\$" ||
    fail "segment $segment does not name its threads"
done

echo "smoke: checkpoints that must not be used" >&2
interrupt TERM 143 stopped sgd-pre "${run[@]}" --results stopped
checkpoint=stopped/$folder/seed0.ckpt.h5
cp "$checkpoint" good.ckpt.h5
size=$(stat -c %s good.ckpt.h5)
cp "held/$(cd held && find . -name seed0.ckpt.h5)" "$checkpoint"
refused stopped "$checkpoint" "another configuration" -- "${run[@]}" --results stopped
version=$(h5dump -a /format_version good.ckpt.h5 | sed -n 's/.*(0): "\([0-9.]*\)".*/\1/p')
LC_ALL=C sed "s/${version/./\\.}\\x00/9.1\\x00/g" good.ckpt.h5 >"$checkpoint"
h5dump -a /format_version "$checkpoint" | grep -q '"9.1"' || fail "the version was not changed by sed"
refused stopped "$checkpoint" "9.1" -- "${run[@]}" --results stopped
for part in 0 7 1000 $((size / 2)) $((size - 1)); do
  head -c "$part" good.ckpt.h5 >"$checkpoint"
  refused stopped "$checkpoint" -- "${run[@]}" --results stopped
done
for place in $((size / 4)) $((size / 2)) $((size * 3 / 4)); do
  cp good.ckpt.h5 "$checkpoint"
  byte=$(od -An -tu1 -j "$place" -N 1 good.ckpt.h5)
  printf "\\x$(printf %02x $((byte ^ 4)))" | dd of="$checkpoint" bs=1 seek="$place" conv=notrunc status=none
  refused stopped "$checkpoint" -- "${run[@]}" --results stopped
done
cp good.ckpt.h5 "$checkpoint"
cp -r stopped limited
expect 0 "${run[@]}" --results stopped
equal single stopped

echo "smoke: a full disk leaves the last checkpoint, from which the run goes on" >&2
# In units of 1,024 bytes: enough for a run file, too little for a checkpoint.
fileLimit() (
  ulimit -f 200
  exec "$@"
)
cp "limited/$folder/seed0.ckpt.h5" good.ckpt.h5
expect 2 fileLimit "${run[@]}" --results limited
grep -q "seed0.ckpt.h5: cannot be written: File too large" stderr || fail "the file that met the limit is not named"
cmp -s good.ckpt.h5 "limited/$folder/seed0.ckpt.h5" || fail "the checkpoint before the full disk is gone"
expect 0 h5dump "limited/$folder/seed0.ckpt.h5"
[[ -z $(find limited -name '*.tmp' -o -name '*.lock') ]] || fail "leftovers after a full disk"
expect 0 "${run[@]}" --results limited
equal single limited

mkdir disk
if ((SMOKE_MOUNTS)) && mount -t tmpfs -o size=2000k tmpfs disk 2>/dev/null; then
  # Room for a checkpoint and its successor, not for the one that is kept before the end.
  expect 2 "${run[@]}" --results disk/results
  grep -q "seed0\..*ckpt.h5: cannot be written: No space left on device" stderr || fail "the full disk is not named"
  expect 0 h5dump "disk/results/$folder/seed0.ckpt.h5"
  [[ -z $(find disk -name '*.tmp' -o -name '*.lock') ]] || fail "leftovers on a full disk"
  mount -o remount,size=8m disk
  expect 0 "${run[@]}" --results disk/results
  grep -q "going on after epoch 1[345]" stderr || fail "the run did not go on from before the full disk"
  equal single disk/results

  echo "smoke: a read-only disk" >&2
  mount -o remount,ro disk
  expect 0 "${run[@]}" --results disk/results
  refused disk "disk" "Read-only file system" -- "${run[@]}" --seed 1 --results disk/results
  refused disk "disk" "Read-only file system" -- "${run[@]}" --results disk/others
  umount disk
elif ((EUID != 0)); then
  echo "smoke: a read-only folder" >&2
  chmod a-w disk
  refused disk "disk" "Permission denied" -- "${run[@]}" --results disk
  chmod u+w disk
fi

echo "smoke: a results folder that vanishes is not made anew" >&2
start moved sgd-pre "${long[@]}" --results moved
mv moved elsewhere
ends 2
grep -q "gone while the run was writing into it" stderr || fail "a renamed results folder is not mentioned"
[[ ! -e moved ]] || fail "a renamed results folder was made anew"
start removed sgd-pre "${long[@]}" --results removed
until rm -rf removed 2>/dev/null; do :; done
ends 2
grep -q "gone while the run was writing into it" stderr || fail "a removed results folder is not mentioned"
[[ ! -e removed ]] || fail "a removed results folder was made anew"

echo "smoke: a second Ctrl-C ends at once" >&2
# One step of seconds an epoch: the signals come within the second one.
start twice sgd-pre "$bin/fashion-mnist" --profile smoke --method sgd-pre --depth 16 --width 4 --batch-size 192 \
  --test-limit 1 --threads 1 --pre-epochs 9 --results twice
# Not between two epochs, where the first signal is enough.
sleep 0.3
begun=${EPOCHREALTIME/[^0-9]/}
kill -INT "$child"
sleep 0.2
kill -INT "$child" 2>/dev/null || fail "ended at the first Ctrl-C, before the step was done"
ends 130
taken=$(((${EPOCHREALTIME/[^0-9]/} - begun) / 1000))
((taken < 2000)) || fail "a second Ctrl-C took $taken ms"
! grep -q "interrupted" stderr || fail "the second Ctrl-C waited for the step"

echo "smoke: clean-checkpoints frees what has ended" >&2
arms="with blank/a profile/a set/basic"
mkdir -p "$arms"
cp -r "single/$folder" "$arms/sgd-pre"
cp -r "$arms/sgd-pre" "$arms/repeated-pre"
cp "$arms/repeated-pre/seed0.h5" "$arms/repeated-pre/seed0.again.h5"
cp -r "$(dirname "$(find interrupted-TERM -name seed0.ckpt.h5)")" "$arms/sgd"
true &
touch "$arms/sgd/.seed0.h5.$!-1.tmp" "$arms/sgd/.seed0.h5.$$-2.tmp"
wait
find "with blank" -type f ! -path '*/sgd-pre/seed0*.ckpt.h5' ! -name '*-1.tmp' | sort >wanted
expect 0 "$tools/clean-checkpoints.sh" "with blank"
find "with blank" -type f | sort | cmp -s - wanted || fail "clean-checkpoints removes other files than it should"
grep -q "with blank/a profile/a set: 5 checkpoints, [0-9.]* MB; removed 2, freed [1-9]" stdout || fail "no count of what went"
grep -q "1 of basic/sgd/seed0: unfinished" stdout && grep -q "2 of basic/repeated-pre/seed0: unfinished" stdout ||
  fail "clean-checkpoints does not say what stays"
grep -q "needs its pre-training's checkpoint" stdout || fail "clean-checkpoints is silent on pre-trainings"
expect 0 env ALL=1 "$tools/clean-checkpoints.sh" "with blank/"
[[ -z $(find "with blank" -name '*.ckpt.h5') ]] || fail "ALL=1 leaves checkpoints"
[[ $(find "with blank" -name 'seed0*.h5' | wc -l) == 4 ]] || fail "clean-checkpoints removes run files"
expect 0 "$tools/clean-checkpoints.sh" absent
grep -q "absent" stdout || fail "clean-checkpoints does not say that there is nothing"

echo "smoke: divergence" >&2
expect 3 "$bin/fashion-mnist" --threads 1 --profile smoke --method sgd --learning-rate 1e30 --results diverged
expect 3 "$bin/fashion-mnist" --threads 1 --profile smoke --method sgd --learning-rate 1e30 --results diverged
grep -q "before" stderr || fail "the second start did not report the earlier divergence"
file=$(find diverged -name seed0.h5)
h5dump -a /status "$file" | grep -q '"failed"' || fail "the run file of a diverged run does not say failed"
for name in failed_epoch failed_step; do
  h5dump -a /$name "$file" | grep -q '(0): [1-9]' || fail "the run file of a diverged run has no $name"
done
expect 0 "$bin/report" --results diverged --output diverged-tables
grep -rq "failed in epoch [0-9]*, step [0-9]*" diverged-tables --include=table1.md || fail "table1.md does not show a failed run"
grep -q ",failed," diverged-tables/table1-runs.csv || fail "table1-runs.csv does not show a failed run"

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
bad --budget "$bin/reproduce" plan --profile smoke --budget "8 hours"
bad --targets "$bin/reproduce" plan --profile smoke --targets table2
bad --targets "$bin/reproduce" status --profile smoke --targets table2
bad --dataset "$bin/ablation-range" --profile smoke --method c-1 --dataset foo
bad --method "$bin/ablation-range" --profile smoke --method sgd-pof
bad --perturbation-range "$bin/ablation-range" --profile smoke --method c-1 --perturbation-range 1
bad --perturbation-groups "$bin/ablation-layers" --profile smoke --method lowest --perturbation-groups 1
bad "run it with the executable" "$bin/fashion-mnist" --config layers.json
bad "run it with ablation-layers" "$bin/ablation-range" --config layers.json
bad ablation-range/c-0 "$bin/reproduce" ablations --profile smoke --perturbation-range 1
bad --seeds "$bin/reproduce" table1 --profile smoke --seeds "0 -1"
bad --jobs "$bin/reproduce" table1 --profile smoke --jobs 0
mkdir alone
cp "$bin/reproduce" alone
bad alone/fashion-mnist alone/reproduce table1 --profile smoke --datasets fashion-mnist
mkdir -p broken/fashion-mnist
for file in {train,t10k}-{images-idx3,labels-idx1}-ubyte.gz; do echo none >broken/fashion-mnist/$file; done
bad broken/fashion-mnist "$bin/fashion-mnist" --profile quick --method sgd --data broken
touch file
expect 2 "${run[@]}" --results file/results
grep -q "file" stderr || fail "an unwritable results folder is not named"

echo "smoke: a plan's time is that of its runs" >&2
# On one core, so that no threads wait for each other; twice, since a machine that does other things may be slow for one
# half of the comparison alone.
planned=("$bin/reproduce" table1 --profile smoke --datasets fashion-mnist --seeds 0 --pre-epochs 20 --post-epochs 6)
core=(taskset -c "$(taskset -cp $$ | sed 's/.*[ ,-]//')")
# ratio A B: A divided by B.
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'; }
for attempt in 1 2; do
  expect 0 "${core[@]}" "${planned[@]}" --results "timed-$attempt" --dry-run
  [[ ! -e timed-$attempt ]] || fail "--dry-run wrote something"
  seconds=$(sed -n 's/^left: 9 of 9 runs, .*(\([0-9.]*\) s).*/\1/p' stdout)
  begun=$EPOCHREALTIME
  expect 0 "${core[@]}" "${planned[@]}" --results "timed-$attempt" --tables timed-tables
  # Until the last run file was written: tables and figures are no part of the plan.
  ended=$(find "timed-$attempt" -name seed0.h5 -printf '%T@\n' | sort -n | tail -n 1)
  wall=$(awk -v a="$ended" -v b="$begun" 'BEGIN { print a - b }')
  epochs=$(find "timed-$attempt" -name seed0.h5 -exec h5dump -d /timing/seconds -y {} \; | tr -d ',' |
    awk '$1 ~ /^[0-9.e-]+$/ { for (i = 1; i <= NF; i++) sum += $i } END { print sum }')
  echo "smoke:   planned $seconds s, took $wall s (ratio $(ratio "$wall" "$seconds")), epochs $epochs s" >&2
  awk -v p="$seconds" -v w="$wall" -v e="$epochs" 'BEGIN { exit !(w > 0.75 * p && w < 1.25 * p && e > 0.6 * w && e < w) }' && break
  ((attempt < 2)) || fail "the plan's time is off by more than a quarter, twice"
done
expect 0 "$bin/reproduce" plan --profile smoke --datasets "fashion-mnist cifar10" --seeds "0 1" --budget 2d
grep -q 'make reproduce-table1 PROFILE=smoke DATASETS="fashion-mnist cifar10" SEEDS="0 1"' stdout ||
  fail "no command that runs what fits into two days"
expect 0 "$bin/reproduce" plan --profile smoke --datasets "fashion-mnist cifar10" --seeds "0 1" --budget 0.1s
grep -q "nothing fits into 0.1s; the smallest is smoke, fashion-mnist, 1 seed" stdout || fail "something fits into 0.1 s"
! grep -q "make reproduce" stdout || fail "a command for what does not fit"

echo "smoke: bench" >&2
expect 0 "$bin/bench" --profile smoke --json
for key in sgd_step_ms sam_step_ms pof_step_ms floor_ms set_up_ms augmentation_ms kernels peak_memory_bytes; do
  grep -q "\"$key\"" stdout || fail "bench: no $key"
done
growth=$(sed -n 's/.*"soak_growth_bytes" : \(-\{0,1\}[0-9]*\).*/\1/p' stdout | head -n 1)
steps=$(sed -n 's/.*"soak_steps" : \([0-9]*\).*/\1/p' stdout | head -n 1)
((steps >= 1000 && growth < 2000000)) || fail "bench: resident memory grew by ${growth:-?} bytes over ${steps:-?} steps"

echo "smoke: bench, where the time of a step goes, and how it grows" >&2
expect 0 "$bin/bench" --profile smoke --breakdown
for row in "convolution gradient of weights +layer3.num_0.conv2 " "batch norm \+ ReLU backward +bn_out " "step +[0-9.]+"; do
  grep -qE "^$row" stdout || fail "bench --breakdown: no row $row"
done
expect 0 "$bin/bench" --profile smoke --growth --json
for key in growth epochs epoch_seconds augmentation_seconds peak_memory_bytes; do
  grep -q "\"$key\"" stdout || fail "bench --growth: no $key"
done
expect 2 "$bin/bench" --growth --breakdown
expect 0 "$bin/bench" --profile smoke --breakdown --json
grep -q '"floor_ms" :' stdout && grep -q '"kernel" : "' stdout || fail "bench --breakdown --json: no floor or no kernel"
expect 2 "$bin/bench" --growth --depth 10
expect 2 "$bin/bench" --growth --image-size 8
expect 2 "$bin/bench" --breakdown --soak 1
expect 2 "$bin/bench" --profile smoke --turns --json
expect 2 "$bin/bench" --channels 16

echo "smoke: bench, a turn at a time" >&2
turns=("$bin/bench" --profile smoke --turns)
printf '%s\n' "sgd 2" "pof 1" memory >lines
code=0
"${turns[@]}" <lines >stdout 2>stderr || code=$?
((code == 0)) || fail "exit code $code from: ${turns[*]}"
time='[0-9.e-]*[1-9][0-9.e-]*'
[[ $(wc -l <stdout) == 3 ]] &&
  sed -n 1p stdout | grep -qxE "\{\"milliseconds\":\[$time,$time\],\"operation\":\"sgd\"\}" &&
  sed -n 2p stdout | grep -qxE "\{\"milliseconds\":\[$time\],\"operation\":\"pof\"\}" &&
  sed -n 3p stdout | grep -qxE '\{"operation":"memory","peak_memory_bytes":[1-9][0-9]+\}' ||
  fail "bench --turns does not answer its three lines: $(cat stdout)"
for line in "sgd 0" "sgd" "sgd 1 2" "walk 1" "memory 1" "pof x" ""; do
  code=0
  printf 'evaluation 1\n%s\nevaluation 1\n' "$line" | "${turns[@]}" >stdout 2>stderr || code=$?
  ((code == 2)) || fail "exit code $code instead of 2 from bench --turns at \"$line\""
  grep -qF "\"$line\"" stderr || fail "bench --turns does not say that it found \"$line\""
  [[ $(wc -l <stdout) == 1 ]] || fail "bench --turns went on after \"$line\""
done
expect 2 "$bin/bench" --turns
grep -q -- "--depth" stderr || fail "bench --turns takes several networks"

echo "smoke: killed again and again" >&2
expect 0 "$tools/torture.sh" "$bin" 26
cat stdout >&2

echo "smoke: preview" >&2
for dataset in cifar10 cifar100 svhn fashion-mnist; do
  expect 0 "$bin/preview" --dataset $dataset --synthetic --augment cutout --columns 4 --rows 3 --output pictures/$dataset.png
  [[ $(grep -cE '^ +[0-9]+ +[0-9]+ +[0-9]+ +[0-8] +[0-8] +(yes|no) +[0-9]+ +[0-9]+$' stdout) == 12 ]] ||
    fail "preview of $dataset: not a line for each cell"
done
# 4 x (2 x 32 x 3 + 2 + 6) + 6 by 3 x (32 x 3 + 6) + 6 pixels, RGB, and the parameters.
[[ $(od -An -tx1 -j 16 -N 10 pictures/svhn.png) == " 00 00 03 26 00 00 01 38 08 02" ]] || fail "preview: another size"
grep -qa "Augmentation.cutout" pictures/svhn.png || fail "preview: the parameters are not in the picture"
cp pictures/svhn.png again.png
expect 0 "$bin/preview" --dataset svhn --synthetic --augment cutout --columns 4 --rows 3 --output pictures/svhn.png
cmp -s again.png pictures/svhn.png || fail "preview is not a function of its options"
expect 2 "$bin/preview" --dataset cifar10 --data absent
grep -q "absent/cifar10" stderr || fail "preview does not name the data that it lacks"
for option in "--dataset mnist" "--columns 0" "--seed -1" "--epoch 0" "--scale 17" "--rows 49" "--data ." "--no-extra" "--augment none"; do
  # shellcheck disable=SC2086 # an option and its value
  expect 2 "$bin/preview" --dataset cifar10 --synthetic --columns 4 $option --output pictures/none.png
  (($(wc -l <stderr) == 1)) && grep -qe "${option%% *}" stderr || fail "preview does not name ${option%% *} in one line"
done
[[ $(ls pictures) == $'cifar10.png\ncifar100.png\nfashion-mnist.png\nsvhn.png' ]] || fail "preview writes other files"

echo "smoke: fetching data, from files of its own" >&2
expect 0 "$tools/test-data.sh"

echo "smoke: all as it should be" >&2
