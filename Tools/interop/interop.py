"""`make interop`: fresh files, and those of the first format version, in every reader; see docs/hdf5-schema.md.

Prints a line for each group of checks; the first check that fails ends it with exit code 1 and the check's name.
"""

import argparse
import sys
import tempfile
import traceback
from pathlib import Path

import checks
import examples
import runs
import self_check
from schema import Mismatch, read_page

ROOT = Path(__file__).resolve().parents[2]


def step(name, work):
    """Runs a group of checks and prints its line."""
    try:
        said = work()
    except Mismatch as mismatch:
        sys.exit(f"interop: FAILED {name}: {mismatch}")
    except Exception as error:
        traceback.print_exc()
        sys.exit(f"interop: FAILED {name}: {type(error).__name__}: {error}")
    print(f"interop: {name:<18} {said}", flush=True)
    return said


def last(folder, arm, ending):
    return next(path for path in runs.files(folder) if path.parent.name == arm and path.name == f"seed0{ending}")


def main():
    parser = argparse.ArgumentParser(description="opens run files and checkpoints in every reader")
    parser.add_argument("--bin", type=Path, required=True, help="folder of the executables")
    parser.add_argument("--torch", action="store_true", help="also evaluate checkpoints in PyTorch")
    arguments = parser.parse_args()
    page_path = ROOT / "docs/hdf5-schema.md"
    page = read_page(page_path)
    with tempfile.TemporaryDirectory() as folder:
        everything(arguments, Path(folder), page_path, page)


def everything(arguments, folder, page_path, page):
    made = []

    def version_made():
        return checks.File(made[0], page).version_number

    def fresh():
        made.extend(runs.run(arguments.bin, folder / "done", *runs.SMOKE, "--method", "sgd-pof"))
        return f"{len(made)} files of a run and its pre-training"

    def from_files():
        data = ROOT / "Tests/DatasetsTests/Fixtures"
        found = runs.run(
            arguments.bin, folder / "files", *runs.FILES, "--method", "sgd-pof", "--data", str(data), program="cifar10")
        made.extend(found)
        return f"{len(found)} files of a run on images from files"

    def long():
        readings, news = runs.watch(arguments.bin, folder / "long", *runs.SMOKE, "--method", "sgd-pre", *runs.LONG)
        if readings < 50 or news < 20:
            raise Mismatch(f"only {readings} readings while the run went on, {news} epochs seen")
        made.extend(runs.files(folder / "long"))
        return f"{readings} readings while a run of 600 epochs went on, {news} of its epochs seen, none late"

    def stopped():
        options = ("--method", "sgd-pof", "--pre-epochs", "1", "--post-epochs", "50", "--train-limit", "3000")
        files = runs.stop(arguments.bin, folder / "stopped", "sgd-pof/seed0.ckpt.h5", 0.3, *runs.SMOKE, *options)
        # Within the first epoch, where it leaves files since 1.1. How soon training begins depends on the machine.
        options = ("--method", "sgd-pre", "--pre-epochs", "2", "--train-limit", "100000")
        for delay in (1, 4, 16):
            results = folder / f"begun-{delay}"
            begun = runs.stop(arguments.bin, results, "seed0.lock", delay, *runs.SMOKE, *options)
            files += begun
            if begun or version_made() < (1, 1):
                break
        made.extend(files)
        return f"{len(files)} files of runs that were stopped"

    def failed():
        files = runs.run(
            arguments.bin, folder / "failed", *runs.SMOKE, "--method", "sgd-pre", "--learning-rate", "1e30", wanted=3)
        made.extend(files)
        return f"{len(files)} files of a run that diverged"

    step("fresh run", fresh)
    step("images from files", from_files)
    step("reading meanwhile", long)
    step("stopped runs", stopped)
    step("diverged run", failed)
    fixtures = sorted((ROOT / "Tests/StorageTests/Fixtures").glob("*.h5"))
    step("h5py", lambda: open_all(made + fixtures, page))
    files = [checks.File(path, page) for path in made + fixtures]
    kinds_present(files)
    for name, check in checks.CHECKS.items():

        def through_all():
            for file in files:
                try:
                    check(file)
                except Mismatch as mismatch:
                    raise Mismatch(f"{file.path}: {mismatch}") from None
            return f"{len(files)} files: {(check.__doc__ or 'equal values, names, attributes, dimensions').strip()}"

        step(name, through_all)

    run_file, checkpoint = last(folder / "done", "sgd-pof", ".h5"), last(folder / "done", "sgd-pof", ".ckpt.h5")
    stopped_checkpoint = last(folder / "stopped", "sgd-pof", ".ckpt.h5")

    def mutilations():
        count = self_check.mutilated(run_file, page, self_check.RUN)
        count += self_check.mutilated(checkpoint, page, self_check.CHECKPOINT)
        if version_made() >= (1, 3):
            of_files = last(folder / "files", "sgd-pof", ".h5")
            count += self_check.mutilated(of_files, page, self_check.RUN_FILES)
        if version_made() >= (1, 1):
            count += self_check.mutilated(run_file, page, self_check.RUN_SEGMENTS)
            count += self_check.mutilated(stopped_checkpoint, page, self_check.CHECKPOINT_PARTIAL)
        return f"{count + self_check.read_otherwise(run_file, page)} mutilated files, each refused by its check"

    step("checks that fail", mutilations)

    def python_examples():
        count, left = examples.run_examples(page_path, run_file, checkpoint, arguments.torch)
        return f"{count} Python examples of docs/hdf5-schema.md" + (f", {left} left out (TORCH=1)" if left else "")

    step("examples", python_examples)
    if arguments.torch:
        torch_checks(arguments, folder)
    print("interop: all as it should be")


def open_all(paths, page):
    kinds = [checks.File(path, page).kind for path in paths]
    return f"{kinds.count('pof-run')} run files, {kinds.count('pof-checkpoint')} checkpoints open"


def kinds_present(files):
    """Without these the checks of everything would be checks of less."""
    statuses = {file.status for file in files if file.is_run}
    if statuses != {"partial", "done", "failed"}:
        sys.exit(f"interop: FAILED runs: only {sorted(statuses)} among the statuses")
    if max(file.version_number for file in files) >= (1, 1):
        if not any("/partial_epoch" in file.reading.attributes for file in files):
            sys.exit("interop: FAILED runs: no checkpoint within an epoch")
        if not any(file.is_run and "/timing/epoch" not in file.reading.data_sets for file in files):
            sys.exit("interop: FAILED runs: no run without a finished epoch")


def torch_checks(arguments, folder):
    import evaluate

    published = evaluate.images()
    options = ("--profile", "quick", "--method", "sgd-pof", "--train-limit", "500", "--post-epochs", "1")
    small, wide = folder / "torch", folder / "torch-wide"

    def train():
        runs.run(arguments.bin, small, *options, "--pre-epochs", "2")
        runs.run(arguments.bin, wide, *options, "--pre-epochs", "1", "--depth", "16", "--width", "2")
        return "WRN-10-1 and WRN-16-2 on Fashion-MNIST"

    step("PyTorch runs", train)
    for results, arm in ((small, "sgd-pre"), (small, "sgd-pof"), (wide, "sgd-pof")):
        paths = last(results, arm, ".h5"), last(results, arm, ".ckpt.h5")
        step("PyTorch", lambda: evaluate.compare(*paths, published))

    def mutilations():
        paths = last(small, "sgd-pof", ".h5"), last(small, "sgd-pof", ".ckpt.h5")
        return f"{self_check.weights_count(evaluate, *paths, published)} mutilated checkpoints, each refused"

    step("PyTorch that fails", mutilations)


if __name__ == "__main__":
    main()
