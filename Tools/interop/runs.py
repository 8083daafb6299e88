"""Makes the runs whose files are opened: done, long, stopped, failed. One of them is read all the while it goes on."""

import re
import signal
import subprocess
import time
from pathlib import Path

import h5py
import netCDF4

from schema import Mismatch

SMOKE = ("--profile", "smoke", "--seed", "0")
# Tiny epochs, and enough of them that series outgrow their objects' headers.
LONG = ("--pre-epochs", "600", "--train-limit", "8", "--test-limit", "10", "--batch-size", "8",
        "--perturbation-groups", "8")
# The tiny files of the readers' tests: other counts than the published ones, and a part of them.
FILES = ("--profile", "quick", "--seed", "0", "--pre-epochs", "1", "--post-epochs", "1", "--batch-size", "2",
         "--train-limit", "4", "--test-limit", "2", "--weak-batch-size", "2", "--perturbation-groups", "1")
LIMIT_SECONDS = 900


def start(bin_folder, folder, *options, program="fashion-mnist"):
    log = open(Path(folder).with_suffix(".log"), "w+")
    return subprocess.Popen(
        # One thread: a second one does harm where another process wants the core.
        [str(bin_folder / program), *options, "--threads", "1", "--results", str(folder)],
        stdin=subprocess.DEVNULL, stdout=log, stderr=log), log.name


def finish(process, log, wanted):
    try:
        code = process.wait(timeout=LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        raise Mismatch(f"not done in {LIMIT_SECONDS} s: {' '.join(process.args)}") from None
    if code < 0:
        code = 128 - code
    if code != wanted:
        raise Mismatch(f"exit code {code} instead of {wanted}: {Path(log).read_text()[-400:]}")


def run(bin_folder, folder, *options, wanted=0, program="fashion-mnist"):
    """Runs to its end."""
    finish(*start(bin_folder, folder, *options, program=program), wanted)
    return files(folder)


def stop(bin_folder, folder, found, delay, *options):
    """Sends SIGTERM some seconds after a file of that pattern appears; waits for the run's orderly end."""
    process, log = start(bin_folder, folder, *options)
    try:
        end = time.monotonic() + LIMIT_SECONDS
        while not list(Path(folder).rglob(found)):
            if process.poll() is not None or time.monotonic() > end:
                raise Mismatch(f"no {found} to stop at: {Path(log).read_text()[-400:]}")
            time.sleep(0.02)
        time.sleep(delay)
        process.send_signal(signal.SIGTERM)
        finish(process, log, 143)
    finally:
        process.kill()
        process.wait()
    return files(folder)


def watch(bin_folder, folder, *options):
    """Runs to its end and reads its files all the while. Returns how often, and how many of the readings found news."""
    process, log = start(bin_folder, folder, *options)
    readings, seen = 0, set()
    try:
        while process.poll() is None:
            announced = [int(epoch) for epoch in re.findall(r"epoch (\d+)/", Path(log).read_text())]
            for path in files(folder):
                if ".epoch" in path.name:
                    continue  # An earlier checkpoint that is kept.
                if path.name.endswith(".ckpt.h5"):
                    with h5py.File(path, "r") as file:
                        epoch = int(file.attrs["epoch"])
                        file["model/classifier/classifiers.0.weight"][()]
                else:
                    with h5py.File(path, "r") as file, netCDF4.Dataset(path) as same:
                        # Two openings may meet two versions of the file, and each of them is whole.
                        same["metrics/train/loss"][...]
                        epoch = int(file["metrics/train/epoch"][-1])
                    seen.add(epoch)
                if announced and epoch < announced[-1] - 1:
                    raise Mismatch(f"{path}: epoch {epoch} while epoch {announced[-1]} was announced")
                readings += 1
            time.sleep(0.01)
        finish(process, log, 0)
    finally:
        process.kill()
        process.wait()
    return readings, len(seen)


def files(folder):
    return sorted(path for path in Path(folder).rglob("*.h5") if not path.name.startswith("."))
