#!/usr/bin/env bash
# The suite over other versions of oneDNN than the system's, 3.2.0 and 2.6.0 from PyPI, each with its build in a folder of
# its own, .build-onednn-VERSION; and without AVX-512, over 3.2.0 and over the oneDNN of the ordinary build. Goes on after a
# failure, and ends with a line for each library.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# over VERSION TARGET...: targets of the Makefile over that oneDNN, which is fetched where it is missing.
over() {
  local folder=.build-onednn-$1
  Tools/setup-onednn.sh "$1" "$folder/onednn"
  "${MAKE:-make}" --no-print-directory SCRATCH="$folder" ONEDNN="$folder/onednn" "${@:2}"
}

# runs VERSION: the bench says that this is the library it runs on, and a run is computed again to the same bits.
runs() {
  local bin=.build-onednn-$1/release
  "$bin/bench" --profile smoke --json >"$work/bench.json"
  grep -q "\"onednn_version\" : \"$1\"" "$work/bench.json"
  "$bin/fashion-mnist" --profile smoke --method sgd-pof --results "$work/$1"
  "$bin/verify" "$work/$1/smoke/fashion-mnist/basic/sgd-pof/seed0.h5"
}

# setupSays VERSION PATTERN: what `make setup` says where that version of libdnnl-dev is the one to be used.
setupSays() {
  mkdir -p "$work/stub"
  cat >"$work/stub/dpkg-query" <<STUB
#!/usr/bin/env bash
if [[ \$* == *Version* ]]; then echo $1; else exec "$(command -v dpkg-query)" "\$@"; fi
STUB
  chmod +x "$work/stub/dpkg-query"
  PATH=$work/stub:$PATH ONEDNN=$work/none Tools/setup.sh 2>"$work/said"
  [[ $(<"$work/said") == $2 ]]
}

failed=0
lines=()
# part NAME COMMAND...: adds to the line of the library at hand whether the command went through.
part() {
  echo "test-onednn: $line $1" >&2
  # Not within a condition, where `set -e` would have no effect on the functions above.
  set +e
  (set -e && "${@:2}") >&2
  local code=$?
  set -e
  if ((code == 0)); then passed+="${passed:+, }$1"; else broken+="${broken:+, }$1" failed=1; fi
}
library() { line="oneDNN $1:" passed="" broken=""; }
ended() { lines+=("$line passed: ${passed:-nothing}${broken:+; FAILED: $broken}"); }

library 3.2.0
part "unit tests" over 3.2.0 build unit-tests
part "run and verification" runs 3.2.0
part "unit tests without AVX-512" env ONEDNN_MAX_CPU_ISA=AVX2 "$BASH" -c "$(declare -f over); over 3.2.0 unit-tests"
part "note of make setup" setupSays 3.1.1-1 "*setup-onednn*"
ended

library 2.6.0
part "unit tests" over 2.6.0 build unit-tests
part "run and verification" runs 2.6.0
ended

library "of the ordinary build"
part "unit tests without AVX-512" env ONEDNN_MAX_CPU_ISA=AVX2 "${MAKE:-make}" --no-print-directory unit-tests
part "no note of make setup" setupSays 2.6.3-1 ""
ended

printf '%s\n' "${lines[@]}"
exit "$failed"
