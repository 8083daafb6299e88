"""Training steps of SGD and PoF and an evaluation, in PyTorch, on made-up images: the work that is timed beside ours.

Written plainly from the method's description, on the network of Tools/interop/wide_resnet.py. It measures nothing. What
PyTorch offers for speed is used: fused SGD, compiled forward and backward passes, constants folded for inference.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "interop"))
from wide_resnet import Classifier, FeatureExtractor  # noqa: E402

CLASSES = 10
# So small that the network stays where it is, as in `bench`.
LEARNING_RATE = 1e-6
# Of PoF, as in `bench`: perturbation range c, the doubling's limit, points of the grid.
RANGE = 2.0
LIMIT = 10_000.0
GRID_POINTS = 16

FORMATS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}


@dataclass(frozen=True)
class Mode:
    """How PyTorch computes: one by one or compiled by inductor, in float32 or under autocast to bfloat16."""

    compiled: bool
    bfloat16: bool

    def compile(self, function, **options):
        return torch.compile(function, dynamic=False, **options) if self.compiled else function

    def autocast(self):
        return torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.bfloat16)


MODES = {"eager": Mode(False, False), "compiled": Mode(True, False), "compiled-bf16": Mode(True, True)}


@dataclass(frozen=True)
class Sizes:
    """A network and its batch: images [batch, channels, image, image]."""

    depth: int
    width: int
    batch: int
    image: int
    channels: int

    @property
    def groups(self):
        return min(16, self.batch)

    def network(self, memory_format):
        """Extractor and classifier, in PyTorch's own initial state."""
        torch.manual_seed(1)
        modules = FeatureExtractor(self.depth, self.width, self.channels), Classifier(self.width, CLASSES)
        return [module.to(memory_format=memory_format) for module in modules]

    def images(self, seed, memory_format):
        """Normally distributed images and uniformly drawn labels."""
        source = torch.Generator().manual_seed(seed)
        images = torch.randn(self.batch, self.channels, self.image, self.image, generator=source)
        return images.to(memory_format=memory_format), torch.randint(CLASSES, (self.batch,), generator=source)


def sgd(parameters):
    return torch.optim.SGD(
        parameters, lr=LEARNING_RATE, momentum=0.9, weight_decay=5e-4, nesterov=True, fused=True)


def widened(x):
    """What autocast left in bfloat16, in float32; other types as they are."""
    return x.float() if x.dtype == torch.bfloat16 else x


def mean_loss(extractor, classifier, mode):
    """The function of images and labels that a step or an evaluation computes."""

    def loss(images, labels):
        with mode.autocast():
            logits = classifier(extractor(images))
        return functional.cross_entropy(widened(logits), labels)

    return loss


class SGDStep:
    """Forward, backward, and a step of all parameters."""

    def __init__(self, sizes, mode, memory_format):
        self.extractor, self.classifier = sizes.network(memory_format)
        self.images, self.labels = sizes.images(1, memory_format)
        self.optimizer = sgd([*self.extractor.parameters(), *self.classifier.parameters()])
        self.loss = mode.compile(mean_loss(self.extractor, self.classifier, mode))

    def __call__(self):
        """The batch's mean loss before the step."""
        self.optimizer.zero_grad()
        loss = self.loss(self.images, self.labels)
        loss.backward()
        self.optimizer.step()
        return loss.item()


class Evaluation:
    """Mean loss of a batch by running statistics."""

    def __init__(self, sizes, mode, memory_format):
        self.extractor, self.classifier = (module.eval() for module in sizes.network(memory_format))
        self.images, self.labels = sizes.images(1, memory_format)
        # Freezing takes the weights as constants and folds batch norm into the convolutions.
        self.loss = mode.compile(mean_loss(self.extractor, self.classifier, mode), options={"freezing": True})

    def __call__(self):
        with torch.inference_mode():
            return self.loss(self.images, self.labels).item()


class PoFStep:
    """The classifier perturbed along its descent direction on a weak batch, then a step of the extractor alone."""

    def __init__(self, sizes, mode, memory_format):
        self.extractor, self.classifier = sizes.network(memory_format)
        self.images, self.labels = sizes.images(1, memory_format)
        self.weak_images, self.weak_labels = sizes.images(2, memory_format)
        self.group_of = self.weak_group_of = group_shares(sizes.batch, sizes.groups)
        self.optimizer = sgd(self.extractor.parameters())
        self.draws = torch.Generator().manual_seed(3)

        def features(images):
            with mode.autocast():
                z = self.extractor(images)
            return widened(z)

        def loss(images, labels, psi, direction, steps):
            z = features(images)
            # psi - eta g, with each image's own eta.
            logits = functional.linear(z, *psi) - steps[:, None] * functional.linear(z, *direction)
            return functional.cross_entropy(logits, labels)

        self.features = mode.compile(features)
        self.loss = mode.compile(loss)

    def uniform(self, groups):
        """u of each group."""
        return torch.rand(groups, generator=self.draws, dtype=torch.float64)

    def __call__(self):
        """The batch's mean loss before the step, under the perturbed classifiers."""
        psi = tuple(self.classifier.classifiers[0].parameters())
        with torch.no_grad():
            z = self.features(self.weak_images)
        direction = torch.autograd.grad(
            functional.cross_entropy(functional.linear(z, *psi), self.weak_labels), psi)
        psi = tuple(x.detach() for x in psi)
        with torch.no_grad():
            logits, slopes = functional.linear(z, *psi).double(), functional.linear(z, *direction).double()
            minimisers = line_searches(logits, slopes, self.weak_labels, self.weak_group_of)
            steps = (self.uniform(len(minimisers)) * RANGE * minimisers)[self.group_of].to(z.dtype)
        self.optimizer.zero_grad()
        loss = self.loss(self.images, self.labels, psi, direction, steps)
        loss.backward()
        self.optimizer.step()
        return loss.item()


def group_shares(count, groups):
    """Group of each image, [count]: consecutive images, split as evenly as possible."""
    borders = torch.arange(1, groups) * count // groups
    return torch.bucketize(torch.arange(count), borders, right=True)


def line_searches(logits, slopes, labels, group_of):
    """Minimiser of each group's mean loss along its line, [groups]; 0 where the search reached its limit.

    Image i has logits[i] - t slopes[i] at t. From 1, t doubles while the loss is at most that at 0; of the points
    t j / 16 the one with the smallest loss is taken. All groups and points at once, in double.
    """
    groups = int(group_of.max()) + 1
    mean = functional.one_hot(group_of, groups).double()
    mean /= mean.sum(dim=0)

    def losses(t):
        """Of points [..., groups], losses [..., groups]."""
        moved = logits - t[..., group_of, None] * slopes
        own = moved.gather(-1, labels.expand(moved.shape[:-1])[..., None])[..., 0]
        return (moved.logsumexp(dim=-1) - own) @ mean

    initial = losses(torch.zeros(groups, dtype=torch.float64))
    t = torch.ones(groups, dtype=torch.float64)
    while True:
        # A NaN ends the doubling.
        doubled = (t < LIMIT) & (losses(t) <= initial)
        if not doubled.any():
            break
        t = torch.where(doubled, 2 * t, t)
    points = t * torch.arange(1, GRID_POINTS + 1, dtype=torch.float64)[:, None] / GRID_POINTS
    values = losses(points).nan_to_num(nan=torch.inf)
    # The first of equal losses; PyTorch's argmin promises none.
    best = points.gather(0, (values == values.amin(dim=0)).int().argmax(dim=0)[None])[0]
    return torch.where(t < LIMIT, best, 0)


OPERATIONS = {"sgd": SGDStep, "pof": PoFStep, "evaluation": Evaluation}
