"""Runs the Python examples of docs/hdf5-schema.md as they stand there (Tools/doc-examples.sh runs the others)."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from schema import Mismatch


def run_examples(page, run_file, checkpoint, with_torch):
    """Each line "# prints: TEXT" must find TEXT in the output, below the line found before it.

    Returns how many examples were run and how many left out.
    """
    blocks = re.findall(r"^```python\n(.*?)^```$", Path(page).read_text(), re.MULTILINE | re.DOTALL)
    chosen = [block for block in blocks if with_torch or "torch" not in block]
    if not chosen:
        raise Mismatch(f"{page} has no example in Python")
    for block in chosen:
        run_example(block, run_file, checkpoint)
    return len(chosen), len(blocks) - len(chosen)


def run_example(block, run_file, checkpoint):
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(run_file, Path(folder) / "seed0.h5")
        shutil.copy(checkpoint, Path(folder) / "seed0.ckpt.h5")
        done = subprocess.run(
            [sys.executable, "-W", "error::UserWarning", "-c", block], cwd=folder, capture_output=True, text=True,
            check=False, env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)})
    wanted = re.findall(r"^ *# prints: (.*)$", block, re.MULTILINE)
    output, position = done.stdout, 0
    if done.returncode != 0 or done.stderr or not wanted:
        raise Mismatch(f"exit code {done.returncode}, {len(wanted)} lines to find, from\n{block}{done.stderr}")
    for text in wanted:
        place = output.find(text, position)
        if place < 0:
            raise Mismatch(f"not printed: {text}, from\n{block}{output}")
        position = output.find("\n", place) + 1
