#!/usr/bin/env bash
# Times our training steps beside PyTorch's, in turns (see Tools/bench-peer). Takes the folder of the executables;
# NETWORKS, ROUNDS, MODES, THREADS and JSON are options of Tools/bench-peer/compare.py where they are set. Python
# packages go into .build/bench-peer-venv, which is used again as long as the requirements are the same; PYTHON names an
# interpreter that has them already. Nothing else should run meanwhile.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=$(cd "${1:?usage: [NETWORKS=\"WRN-d-k ...\"] [ROUNDS=n] Tools/bench-peer.sh FOLDER-OF-EXECUTABLES}" && pwd)
# Where the caller stands.
json=${JSON:+$(realpath -m -- "$JSON")}
cd "$here/.."
venv=.build/bench-peer-venv
requirements=Tools/bench-peer/requirements.txt
python=${PYTHON:-python3}

fail() {
  echo "bench-peer: $*" >&2
  exit 2
}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
  fail "needs Python 3.11 or later, and $python is none: install the Debian package python3"
# torch.compile builds extension modules.
compiler=${CXX:-g++}
command -v "$compiler" >/dev/null ||
  fail "torch.compile needs a C++ compiler, and there is no $compiler: install the Debian package g++, or set CXX"
"$python" -c 'import os, sys, sysconfig
sys.exit(not os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h")))' ||
  fail "torch.compile needs Python.h, which $python lacks: install the Debian package python3-dev"

if [[ -z ${PYTHON-} ]]; then
  python3 -c 'import venv, ensurepip' 2>/dev/null ||
    fail "needs Python with venv: install the Debian package python3-venv"
  wanted=$(python3 --version && cat "$requirements")
  if [[ $(cat "$venv/made-from" 2>/dev/null || true) != "$wanted" ]]; then
    echo "bench-peer: making $venv; PyTorch and what it needs are a download of gigabytes" >&2
    rm -rf "$venv"
    mkdir -p .build
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements" >&2 ||
      fail "the packages of $requirements cannot be installed: see above"
    printf '%s\n' "$wanted" >"$venv/made-from"
  fi
  python=$venv/bin/python
fi
"$python" -c 'import importlib.util as packages, sys
sys.exit(not all(packages.find_spec(name) for name in ("torch", "h5py", "numpy")))' ||
  fail "$python lacks a package of $requirements"

# Compiled once for each network and mode.
TORCHINDUCTOR_CACHE_DIR=$(pwd)/.build/bench-peer-cache
export TORCHINDUCTOR_CACHE_DIR
"$python" Tools/bench-peer/self_check.py
arguments=(--bench "$bin/bench")
[[ -z ${NETWORKS-} ]] || arguments+=("--networks=$NETWORKS")
[[ -z ${ROUNDS-} ]] || arguments+=("--rounds=$ROUNDS")
[[ -z ${MODES-} ]] || arguments+=("--modes=$MODES")
[[ -z ${THREADS-} ]] || arguments+=("--threads=$THREADS")
[[ -z $json ]] || arguments+=("--json=$json")
exec "$python" Tools/bench-peer/compare.py "${arguments[@]}"
