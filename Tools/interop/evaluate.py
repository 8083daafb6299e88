"""Loads a checkpoint into PyTorch and evaluates the recorded test set: the recorded error and loss must come out."""

import gzip
import hashlib
from pathlib import Path

import h5py
import numpy
import torch

from schema import Mismatch
from wide_resnet import Classifier, FeatureExtractor

# Of the published pixels, scaled to 0...1: (x - mean) / deviation.
MEAN, DEVIATION = 0.2859, 0.3530
FOLDERS = (Path("data/fashion-mnist"), Path("/usr/share/datasets/fashion-mnist"))


def idx(folder, name, header):
    plain = folder / name
    packed = folder / f"{name}.gz"
    data = gzip.decompress(packed.read_bytes()) if packed.exists() else plain.read_bytes()
    return numpy.frombuffer(data, numpy.uint8, offset=header)


def images():
    """The published files: training pixels, training labels, test pixels, test labels, as bytes."""
    folder = next((folder for folder in FOLDERS if folder.is_dir()), None)
    if folder is None:
        raise Mismatch("no Fashion-MNIST: install the Debian package dataset-fashion-mnist (make setup)")
    return [
        idx(folder, f"{part}-{kind}-ubyte", header)
        for part in ("train", "t10k")
        for kind, header in (("images-idx3", 16), ("labels-idx1", 8))
    ]


def load(checkpoint):
    """Both modules with the checkpoint's weights; every name, shape and type must be the module's."""
    with h5py.File(checkpoint, "r") as file:
        sizes = {name: int(value) for name, value in file["model"].attrs.items()}
        extractor = FeatureExtractor(sizes["depth"], sizes["width"], sizes["channels"])
        classifier = Classifier(sizes["width"], sizes["classes"])
        modules = {"feature_extractor": extractor, "classifier": classifier}
        momentum = {name: tensor.shape for name, tensor in file["optimizer/momentum"].items()}
        parameters = {}
        for group, module in modules.items():
            state = {name: torch.as_tensor(tensor[()]) for name, tensor in file["model"][group].items()}
            wanted = module.state_dict()
            # load_state_dict would make up a num_batches_tracked that is missing, strict or not.
            if set(state) != set(wanted):
                raise Mismatch(f"{checkpoint}: {group} has other tensors than PyTorch's: {set(state) ^ set(wanted)}")
            try:
                module.load_state_dict(state, strict=True)
            except RuntimeError as error:
                raise Mismatch(f"{checkpoint}: {error}") from None
            module.eval()
            if any(state[name].dtype != tensor.dtype for name, tensor in wanted.items()):
                raise Mismatch(f"{checkpoint}: a tensor of {group} has another type than PyTorch's")
            parameters.update((name, tuple(tensor.shape)) for name, tensor in module.named_parameters())
    if momentum != parameters:
        raise Mismatch(f"{checkpoint}: momentum is not that of the parameters")
    return extractor, classifier


def scores(checkpoint, pixels, labels):
    """Test error in percent and mean cross-entropy in nats, in evaluation mode."""
    extractor, classifier = load(checkpoint)
    inputs = (torch.from_numpy(pixels.reshape(-1, 1, 28, 28).astype(numpy.float64) / 255) - MEAN) / DEVIATION
    targets = torch.from_numpy(labels.astype(numpy.int64))
    wrong, loss = 0, 0.0
    with torch.inference_mode():
        for batch, wanted in zip(inputs.float().split(500), targets.split(500)):
            logits = classifier(extractor(batch)).double()
            wrong += int((logits.argmax(dim=1) != wanted).sum())
            loss += float(torch.nn.functional.cross_entropy(logits, wanted, reduction="sum"))
    return 100 * wrong / len(labels), loss / len(labels)


def compare(run_file, checkpoint, published):
    """Raises unless PyTorch finds the file's last test error (one image in ten thousand) and loss (1e-5 of it)."""
    with h5py.File(run_file, "r") as run:
        error, loss = float(run["metrics/test/error"][-1]), float(run["metrics/test/loss"][-1])
        count, limit = int(run["data"].attrs["test_count"]), int(run["data"].attrs["train_count"])
        digest = run["data"].attrs["digest"]
    train_pixels, train_labels, pixels, labels = published
    used = (train_pixels[: limit * 784], train_labels[:limit], pixels[: count * 784], labels[:count])
    if hashlib.sha256(b"".join(part.tobytes() for part in used)).hexdigest() != digest:
        raise Mismatch(f"{run_file}: its images are not the first of the published files")
    found_error, found_loss = scores(checkpoint, used[2], used[3])
    if not abs(found_error - error) <= 0.01 + 1e-9:
        raise Mismatch(f"{checkpoint}: test error {found_error} % in PyTorch, {error} % recorded")
    if not abs(found_loss - loss) <= 1e-5 * loss:
        raise Mismatch(f"{checkpoint}: test loss {found_loss} in PyTorch, {loss} recorded")
    return f"test error {found_error:.2f} % (recorded {error:.2f}), test loss {found_loss:.7f} (recorded {loss:.7f})"
