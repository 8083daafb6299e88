#!/usr/bin/env bash
# Runs the sh examples of docs/hdf5-schema.md as they stand there, on a run file, its checkpoint and the file of an equal
# run. Each line "# prints: TEXT" of an example must find TEXT in its output, below the line found before it.
set -euo pipefail

usage="usage: Tools/doc-examples.sh RUN.h5 RUN.ckpt.h5 RUN-OF-AN-EQUAL-RUN.h5 [PAGE.md]"
page=$(realpath "${4:-$(dirname "${BASH_SOURCE[0]}")/../docs/hdf5-schema.md}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/files" "$work/files/again"
cp "${1:?$usage}" "$work/files/seed0.h5"
cp "${2:?$usage}" "$work/files/seed0.ckpt.h5"
cp "${3:?$usage}" "$work/files/again/seed0.h5"

awk -v folder="$work" '
  /^```/ { inside = !inside && /^```sh$/; if (inside) file = sprintf("%s/%02d.sh", folder, ++count); next }
  inside { print >file }' "$page"

shopt -s nullglob
examples=("$work"/*.sh)
((${#examples[@]})) || { echo "doc-examples: $page has no example in sh" >&2; exit 1; }
cd "$work/files"
for example in "${examples[@]}"; do
  fail() {
    echo "doc-examples: $*, in this example of $page:" >&2
    sed 's/^/  | /' "$example" >&2
    tail -n 20 "$work/output" | sed 's/^/  > /' >&2
    exit 1
  }
  bash -euo pipefail "$example" >"$work/output" 2>&1 </dev/null || fail "exit code $?"
  grep '^# prints: ' "$example" >"$work/wanted" || fail "it does not say what it prints"
  line=0
  while read -r wanted; do
    found=$(tail -n +$((line + 1)) "$work/output" | grep -nFm 1 -e "${wanted#\# prints: }" || true)
    [[ -n $found ]] || fail "not printed: ${wanted#\# prints: }"
    line=$((line + ${found%%:*}))
  done <"$work/wanted"
done
