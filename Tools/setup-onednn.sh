#!/usr/bin/env bash
# Puts a oneDNN from PyPI into a folder of its own: FOLDER/include, FOLDER/lib. Installs nothing else anywhere. Does
# nothing, quickly, where that version is there already.
set -euo pipefail

usage="usage: Tools/setup-onednn.sh 2.6.0|3.2.0 FOLDER"
version=${1:?$usage} folder=${2:?$usage}
fail() { echo "setup-onednn: $*" >&2; exit 2; }

# The packages' version, and the digests of library and headers.
case $version in
  2.6.0)
    release=2022.2.1
    library=091357f4d66ebd6a391d4327e0bee2401597b30753f087222bb3559c1b4e625e
    headers=b263bcaf903c7910ae0aae35d495f5a87408090e32787be70b46fbc2734a159c
    ;;
  3.2.0)
    release=2023.2.0
    library=2f22a54d6a890ed14bfa185d42a4be65d8b5b1df85dc1f0f3a9abe31620416fb
    headers=9763c69e8c907e119056bd52ad918ca84ac9ba939d130a99dfa95ccca3e5e284
    ;;
  *) fail "oneDNN $version is not one of 2.6.0 and 3.2.0" ;;
esac

# versionIn FOLDER: of the headers there.
versionIn() {
  sed -n 's/^#define DNNL_VERSION_\(MAJOR\|MINOR\|PATCH\) *//p' "$1/include/oneapi/dnnl/dnnl_version.h" | paste -sd .
}

if [[ -e $folder ]]; then
  [[ -e $folder/lib/libdnnl.so ]] || fail "$folder is there and holds no oneDNN: remove it"
  found=$(versionIn "$folder")
  [[ $found == "$version" ]] || fail "$folder holds oneDNN $found instead of $version: remove it"
  exit 0
fi

[[ $(uname -sm) == "Linux x86_64" ]] || fail "PyPI has oneDNN for Linux on x86-64 only; this is $(uname -sm)"
python3 -c 'import venv, ensurepip' 2>/dev/null ||
  fail "needs Python with venv: install the Debian packages python3 and python3-venv"

mkdir -p "$(dirname "$folder")"
# Beside its final place, where it then appears whole.
work=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
printf '%s\n' "onednn-cpu-gomp==$release --hash=sha256:$library" \
  "onednn-devel-cpu-gomp==$release --hash=sha256:$headers" >"$work/requirements.txt"
echo "setup-onednn: fetching oneDNN $version (onednn-cpu-gomp $release and its headers, 30 to 40 MB)" >&2
"$work/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
  --requirement "$work/requirements.txt" --dest "$work" >&2 ||
  fail "onednn-cpu-gomp $release cannot be fetched from PyPI: see above"

for wheel in "$work"/*.whl; do python3 -m zipfile -e "$wheel" "$work/content"; done
mkdir -p "$work/onednn/lib"
mv "$work"/content/onednn_devel_cpu_gomp-*.data/data/include "$work/onednn/include"
# The library lies there under three names; the one that executables ask for will do.
mv "$work"/content/onednn_cpu_gomp-*.data/data/lib/libdnnl.so."${version%%.*}" "$work/onednn/lib/"
ln -s "libdnnl.so.${version%%.*}" "$work/onednn/lib/libdnnl.so"
mv "$work"/content/onednn_cpu_gomp-*.data/data/share/doc/onednn/{LICENSE,THIRD-PARTY-PROGRAMS} "$work/onednn/"
found=$(versionIn "$work/onednn")
[[ $found == "$version" ]] || fail "the packages of release $release hold oneDNN $found instead of $version"
mv -T "$work/onednn" "$folder"
echo "setup-onednn: oneDNN $version is in $folder, which builds of the Makefile use from now on; remove it to undo" >&2
