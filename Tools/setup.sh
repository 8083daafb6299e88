#!/usr/bin/env bash
# Installs the Debian packages that the suite needs and that are missing. Does nothing, quickly, where none is. Says what
# oneDNN 3.x costs where the build would use it, which it does not where the folder ONEDNN holds another.
set -euo pipefail

packages=(
  libhdf5-dev libopenblas-dev libpng-dev libdnnl-dev zlib1g-dev gnuplot-nox fonts-dejavu-core dataset-fashion-mnist
  hdf5-tools pkg-config make git curl
)

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "setup: no apt-get here; install the equivalents of these Debian packages, then use swift build directly:" >&2
  echo "  ${packages[*]}" >&2
  exit 2
fi

# One query for all; a package counts when its status is exactly "installed" (not merely configured once).
installed=$(dpkg-query --show --showformat '${Package} ${db:Status-Status}\n' "${packages[@]}" 2>/dev/null || true)
missing=()
for package in "${packages[@]}"; do
  grep -qx "$package installed" <<<"$installed" || missing+=("$package")
done

if ((${#missing[@]})); then
  echo "setup: installing ${missing[*]}" >&2
  as_root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null || { echo "setup: not root and no sudo: install ${missing[*]} by hand" >&2; exit 2; }
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update -q >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}" >&2 ||
    { echo "setup: apt-get failed for ${missing[*]}: see above" >&2; exit 2; }
fi

# The PyPI packages that setup-onednn offers are for x86-64, and so are the measurements.
onednn=$(dpkg-query --show --showformat '${Version}' libdnnl-dev 2>/dev/null || true)
onednn=${onednn#*:}
if ((${onednn%%.*} >= 3)) && [[ $(uname -m) == x86_64 && ! -e ${ONEDNN:-.onednn}/lib/libdnnl.so ]]; then
  echo "setup: libdnnl-dev is oneDNN ${onednn%-*}, which has no Winograd convolutions. On a processor with AVX-512 a training" >&2
  echo "setup: step of WRN-16-4 takes 1.9 times as long as with oneDNN 2.6, one of WRN-10-2 1.4 times (docs/performance.md)." >&2
  echo "setup: 'make setup-onednn' puts 2.6 into .onednn, which builds then use; nothing else changes." >&2
fi

swift=$(command -v swift) || { echo "setup: no swift in PATH: install Swift 6.1 or later (swift.org/install)" >&2; exit 2; }
# Package.swift is of tools version 6.1.
version=$("$swift" --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
major=${version%.*} minor=${version#*.}
if ((${major:-0} < 6 || ${major:-0} == 6 && ${minor:-0} < 1)); then
  echo "setup: $swift is version ${version:-unknown}: Swift 6.1 or later is needed (swift.org/install)" >&2
  exit 2
fi
