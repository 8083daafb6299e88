#!/usr/bin/env bash
# Opens run files and checkpoints in the HDF5 tools, h5py, netCDF4 and xarray, with TORCH=1 in PyTorch as well (see
# Tools/interop). Takes the folder of the executables. Python packages go into .build/interop-venv, which is used again as
# long as the requirements are the same.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=$(cd "${1:?usage: [TORCH=1] Tools/interop.sh FOLDER-OF-EXECUTABLES}" && pwd)
cd "$here/.."
torch=${TORCH:-0}
venv=.build/interop-venv
requirements=(Tools/interop/requirements.txt)
[[ $torch == 1 ]] && requirements+=(Tools/interop/requirements-torch.txt)

python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
  { echo "interop: needs Python 3.11 or later with venv: install the Debian packages python3 and python3-venv" >&2; exit 2; }

# What a finished environment was made from; with PyTorch it serves both.
wanted=$(python3 --version && cat "${requirements[@]}")
made=$(cat "$venv/made-from" 2>/dev/null || true)
if [[ $made != "$wanted" && ($torch == 1 || $made != "$wanted"$'\n'*) ]]; then
  echo "interop: making $venv" >&2
  rm -rf "$venv"
  mkdir -p .build
  python3 -m venv "$venv"
  arguments=()
  for file in "${requirements[@]}"; do arguments+=(--requirement "$file"); done
  "$venv/bin/pip" install --quiet --disable-pip-version-check "${arguments[@]}" >&2 ||
    { echo "interop: the packages of ${requirements[*]} cannot be installed: see above" >&2; exit 2; }
  printf '%s\n' "$wanted" >"$venv/made-from"
fi

arguments=(--bin "$bin")
[[ $torch == 1 ]] && arguments+=(--torch)
exec "$venv/bin/python" Tools/interop/interop.py "${arguments[@]}"
