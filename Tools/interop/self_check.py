"""The checks are checked: mutilated copies of good files, each of which a check named here must refuse."""

import shutil
import tempfile
from pathlib import Path

import h5py
import numpy

import checks
import readers
from schema import Mismatch


def replace(file, name, make):
    """Puts other data under a name, with its attributes and on its scale."""
    old = file[name]
    attributes = {key: old.attrs[key] for key in old.attrs if key not in readers.BOOKKEEPING}
    scale = old.dims[0][0] if "DIMENSION_LIST" in old.attrs else None
    value, options = make(old[()])
    del file[name]
    new = file.create_dataset(name, data=value, **options)
    for key, attribute in attributes.items():
        new.attrs[key] = attribute
    if scale is not None:
        new.dims[0].attach_scale(scale)


def edit(name, change):
    def mutilate(file):
        values = file[name][...]
        file[name][...] = change(values)

    return mutilate


def attribute(owner, name, value, dtype=None):
    return lambda file: file[owner].attrs.create(name, value, dtype=dtype)


def toggled(owner, name):
    def mutilate(file):
        file[owner].attrs.create(name, 1 - file[owner].attrs[name])

    return mutilate


def without(owner, name):
    def mutilate(file):
        del file[owner].attrs[name]

    return mutilate


def removed(name):
    def mutilate(file):
        del file[name]

    return mutilate


def swapped(file):
    """Moved away and back: the last in the order of writing."""
    file.move("metrics/train/loss", "metrics/train/x")
    file.move("metrics/train/x", "metrics/train/loss")


def detached(file):
    file["pof/eta"].dims[0].detach_scale(file["pof/epoch"])


def attached_elsewhere(file):
    detached(file)
    file["pof/eta"].dims[0].attach_scale(file["timing/epoch"])


def nothing(file):
    pass


def flip(values):
    values = values.copy()
    values.flat[-1] = numpy.nextafter(values.flat[-1], values.dtype.type(numpy.inf))
    return values


RUN = [
    ("names", removed("metrics/test/error")),
    ("names", removed("pof")),
    ("names", removed("metrics/test")),
    ("names", lambda file: file.move("metrics/test/error", "metrics/test/errors")),
    ("names", lambda file: file.create_group("extra")),
    ("names", without("provenance", "commit")),
    ("names", attribute("/", "failure", "none")),
    ("names", attribute("config", "colour", "red")),
    ("names", without("metrics/test/loss", "units")),
    ("types", lambda file: replace(file, "metrics/train/loss", lambda x: (x.astype("<f4"), {}))),
    ("types", lambda file: replace(file, "pof/eta", lambda x: (x[:, None], {}))),
    ("types", attribute("config", "seed", 0.0)),
    ("types", attribute("config", "rho", numpy.float32(0.05))),
    ("types", attribute("data", "official", 2)),
    ("types", attribute("provenance", "cpu", numpy.bytes_("fixed length"))),
    ("types", attribute("provenance", "cpu", "\u00e9")),
    ("types", attribute("provenance", "threads", numpy.array([2]))),
    ("units", attribute("metrics/train/loss", "units", "bits")),
    ("units", attribute("timing/seconds", "long_name", "time")),
    ("scales", detached),
    ("scales", attached_elsewhere),
    ("scales", without("metrics/test/epoch", "CLASS")),
    ("scales", edit("metrics/train/epoch", lambda x: x[::-1])),
    ("order", swapped),
    ("storage", lambda file: replace(file, "metrics/train/error", lambda x: (x, {"chunks": (1,)}))),
    ("content", attribute("config", "digest", "0" * 64)),
    ("content", attribute("config", "batch_size", 33)),
    ("content", attribute("/", "status", "finished")),
    ("content", edit("timing/epoch", lambda x: x + 1)),
    ("content", edit("metrics/test/epoch", lambda x: x + 1)),
    ("content", edit("metrics/test/error", lambda x: x + 100)),
    ("content", edit("metrics/test/loss", lambda x: x * numpy.nan)),
    ("digests", edit("metrics/test/loss", flip)),
    ("digests", edit("pof/eta_star", flip)),
    ("digests", edit("timing/seconds", flip)),
    ("digests", attribute("data", "digest", "0" * 64)),
    ("digests", attribute("provenance", "commit", "0" * 40)),
    ("digests", attribute("/", "content_digest", "0" * 64)),
]
# The part of 1.3, of a run on images from files.
RUN_FILES = [
    ("names", removed("data/files")),
    ("names", without("data/files", "test_count")),
    ("types", attribute("data/files", "train_count", 10.0)),
    ("content", attribute("data/files", "train_count", 3)),
    ("digests", attribute("data/files", "train_count", 11)),
    ("digests", attribute("data/files", "content_digest", "0" * 64)),
]
# The part of 1.1.
RUN_SEGMENTS = [
    ("names", removed("provenance/segments/1")),
    ("names", lambda file: file.move("provenance/segments/1", "provenance/segments/first")),
    ("names", without("provenance/segments/1", "starts")),
    ("types", attribute("provenance/segments", "equal_bytes_promised", 2)),
    ("content", toggled("provenance/segments", "equal_bytes_promised")),
    ("content", attribute("provenance/segments/1", "first_step", 2)),
    ("content", attribute("provenance/segments/1", "starts", 0)),
    ("content", attribute("provenance/segments/1", "threads", 99)),
    ("content", attribute("provenance", "dirty", 7)),
    ("digests", attribute("provenance/segments/1", "starts", 99)),
    ("digests", attribute("provenance/segments", "content_digest", "0" * 64)),
]

CONV = "model/feature_extractor/layer2.num_0.shortcut.0.weight"
CHECKPOINT = [
    ("names", removed(CONV)),
    ("names", lambda file: file.create_dataset("model/classifier/classifiers.1.bias", data=numpy.zeros(10, "<f4"))),
    ("names", removed("optimizer/momentum/conv1.weight")),
    ("names", attribute(CONV, "units", "1")),
    ("names", without("/", "config_digest")),
    ("types", lambda file: replace(file, CONV, lambda x: (x.transpose(1, 0, 2, 3), {}))),
    ("types", lambda file: replace(file, CONV, lambda x: (x.astype("<f8"), {}))),
    ("types", lambda file: replace(file, CONV, lambda x: (x.astype(">f4"), {}))),
    ("types", lambda file: replace(
        file, "model/feature_extractor/bn_out.num_batches_tracked", lambda x: (numpy.int32(x), {}))),
    ("order", lambda file: replace(file, "model/feature_extractor/conv1.weight", lambda x: (x, {}))),
    ("storage", lambda file: replace(
        file, "model/feature_extractor/layer3.num_0.conv2.weight", lambda x: (x, {"chunks": x.shape}))),
    ("content", attribute("model", "depth", 16)),
    ("content", attribute("/", "config", "{}")),
    ("digests", edit("optimizer/momentum/classifiers.0.bias", flip)),
    ("digests", edit(CONV, flip)),
    ("digests", attribute("/", "epoch", 3)),
]
# Within an epoch, of 1.1.
CHECKPOINT_PARTIAL = [
    ("names", without("partial_epoch", "steps")),
    ("content", attribute("partial_epoch", "epoch", 9)),
    ("content", attribute("partial_epoch", "search_count", 0)),
    ("content", attribute("timing", "partial_epoch_seconds", 0.0)),
    ("digests", attribute("partial_epoch", "loss_sum", 1.0)),
    ("digests", attribute("timing", "partial_epoch_seconds", 1.0)),
    ("digests", attribute("provenance", "commit", "0" * 40)),
]

# A reader that saw something else than h5py: the file is changed after h5py has read it.
READ_OTHERWISE = {
    "value": ({"netCDF4", "xarray (netcdf4)", "xarray (h5netcdf)", "h5dump"}, edit("metrics/test/loss", flip)),
    "text": (
        {"netCDF4", "xarray (netcdf4)", "xarray (h5netcdf)", "h5dump"}, attribute("provenance", "cpu", "another")),
    "number": ({"netCDF4", "xarray (netcdf4)", "xarray (h5netcdf)", "h5dump"}, attribute("config", "rho", 0.25)),
    "name": (
        {"netCDF4", "xarray (netcdf4)", "xarray (h5netcdf)", "h5dump", "h5ls"},
        lambda file: file.move("metrics/test/error", "metrics/test/errors")),
    "group": ({"netCDF4", "h5dump", "h5ls"}, lambda file: file.create_group("extra")),
    "shape": (
        {"netCDF4", "xarray (netcdf4)", "xarray (h5netcdf)", "h5dump", "h5ls"},
        lambda file: replace(file, "metrics/test/loss", lambda x: (x[:, None], {}))),
    # netCDF takes any dimension of the right length for a missing one, so not merely `detached`.
    "scale": ({"netCDF4", "xarray (netcdf4)", "xarray (h5netcdf)"}, without("metrics/test/epoch", "CLASS")),
}


def refuses(check, file):
    try:
        checks.CHECKS[check](file)
    except Mismatch:
        return True
    return False


def mutilated(path, page, cases):
    """Every case must be refused by its check, and the untouched copy by none. Returns the number of cases."""
    with tempfile.TemporaryDirectory() as folder:
        for number, (check, change) in enumerate([("", nothing), *cases]):
            copy = Path(folder) / f"{number}.h5"
            shutil.copy(path, copy)
            with h5py.File(copy, "r+", track_order=True) as opened:
                change(opened)
            file = checks.File(copy, page)
            if not check:
                for name in checks.CHECKS:
                    if refuses(name, file):
                        raise Mismatch(f"{name} refuses an untouched copy of {path}")
            elif not refuses(check, file):
                raise Mismatch(f"{check} accepts mutilation {number} of {path}")
    return len(cases)


def read_otherwise(path, page):
    with tempfile.TemporaryDirectory() as folder:
        for name, (found_by, change) in READ_OTHERWISE.items():
            copy = Path(folder) / f"{name}.h5"
            shutil.copy(path, copy)
            file = checks.File(copy, page)
            with h5py.File(copy, "r+", track_order=True) as opened:
                change(opened)
            for check in sorted(found_by):
                if not refuses(check, file):
                    raise Mismatch(f"{check} does not see another {name}")
        cut = Path(folder) / "cut.h5"
        shutil.copy(path, cut)
        file = checks.File(cut, page)
        cut.write_bytes(cut.read_bytes()[:-100])
        for check in ("h5dump", "h5ls", *readers.READERS):
            if not refuses(check, file):
                raise Mismatch(f"{check} accepts a truncated file")
    return len(READ_OTHERWISE) + 1


def weights_count(evaluate, run_file, checkpoint, published):
    """Evaluation must notice what is wrong with weights. Returns the number of cases."""
    cases = [
        edit("model/feature_extractor/layer3.num_0.bn2.running_mean", lambda x: x + 1),
        edit("model/feature_extractor/layer2.num_0.conv1.weight", lambda x: x[..., ::-1]),
        edit("model/classifier/classifiers.0.bias", lambda x: x[::-1]),
        removed("model/feature_extractor/layer1.num_0.bn1.num_batches_tracked"),
        removed("optimizer/momentum/bn_out.bias"),
        lambda file: file.move("model/classifier/classifiers.0.bias", "model/classifier/bias"),
    ]
    with tempfile.TemporaryDirectory() as folder:
        for number, change in enumerate(cases):
            copy = Path(folder) / f"{number}.ckpt.h5"
            shutil.copy(checkpoint, copy)
            with h5py.File(copy, "r+", track_order=True) as opened:
                change(opened)
            try:
                evaluate.compare(run_file, copy, published)
            except Mismatch:
                continue
            raise Mismatch(f"evaluation accepts mutilation {number} of {checkpoint}")
    return len(cases)
