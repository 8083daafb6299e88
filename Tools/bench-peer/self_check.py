"""Checks that PyTorch's steps are the computation that ours are, before their times are compared.

Both must meet Tests/Goldens/training-steps.h5, five steps each of SGD and PoF in float64: our tests hold the executors
to it, this program PyTorch's steps. The line searches of all groups at once must find what a search written out word
for word finds.
"""

import sys
from pathlib import Path

import h5py
import torch
from torch.nn import functional

import steps

GOLDENS = Path(__file__).resolve().parent.parent.parent / "Tests/Goldens/training-steps.h5"
EAGER = steps.MODES["eager"]


def fail(what):
    sys.exit(f"bench-peer: FAILED self check: {what}")


def close(what, found, wanted, bound=1e-9):
    difference = (torch.as_tensor(found, dtype=torch.float64) - wanted).abs().max().item()
    # Written so that a NaN fails.
    if not difference <= bound:
        fail(f"{what} differs from the golden by {difference:.2e}, more than {bound:.0e}")


def tensors(group):
    return {name: torch.as_tensor(data[()]) for name, data in group.items() if isinstance(data, h5py.Dataset)}


def named(step):
    """Parameters of both modules under the goldens' names."""
    return {**dict(step.extractor.named_parameters()), **dict(step.classifier.named_parameters())}


def load(step, initial):
    for module in (step.extractor, step.classifier):
        module.load_state_dict({name: initial[name] for name in module.state_dict()}, strict=True)
        module.double()


def five_steps(file, method):
    """Takes a step five times from the goldens' initial state; losses, state and momentum must be the goldens'."""
    group = file[method]
    data, settings = tensors(group), dict(group.attrs)
    batch, channels, image = data["images"].shape[1:4]
    sizes = steps.Sizes(depth=10, width=1, batch=batch, image=image, channels=channels)
    step = (steps.SGDStep if method == "sgd" else steps.PoFStep)(sizes, EAGER, torch.channels_last)
    load(step, tensors(file["initial"]))
    options = step.optimizer.param_groups[0]
    for option, name in (("momentum", "momentum"), ("weight_decay", "weight_decay")):
        if options[option] != settings[name]:
            fail(f"{name} is {options[option]}, the goldens' is {settings[name]}")
    options["lr"] = float(settings["learning_rate"])
    if method != "sgd":
        weak, groups = data["weak_images"].shape[1], int(settings["groups"])
        step.weak_group_of, step.group_of = steps.group_shares(weak, groups), steps.group_shares(batch, groups)
    for i, loss in enumerate(data["loss"]):
        step.images, step.labels = data["images"][i].double(), data["labels"][i]
        if method != "sgd":
            step.weak_images, step.weak_labels = data["weak_images"][i].double(), data["weak_labels"][i]
            step.uniform = lambda groups, i=i: data["u"][i].double()
        close(f"{method}: loss of step {i + 1}", step(), loss)
    parameters, momentum = named(step), tensors(group["momentum"])
    for name, wanted in tensors(group["state"]).items():
        found = {**step.extractor.state_dict(), **step.classifier.state_dict()}[name]
        close(f"{method}: {name}", found, wanted)
    for name, wanted in momentum.items():
        close(f"{method}: momentum of {name}", step.optimizer.state[parameters[name]]["momentum_buffer"], wanted)
    if len(step.optimizer.state) != len(momentum):
        fail(f"{method} steps {len(step.optimizer.state)} tensors, the goldens {len(momentum)}")


def evaluation(file):
    golden = tensors(file["first_step"])
    images, labels = golden["images"].double(), golden["labels"]
    sizes = steps.Sizes(depth=10, width=1, batch=len(labels), image=images.shape[2], channels=images.shape[1])
    step = steps.Evaluation(sizes, EAGER, torch.contiguous_format)
    load(step, tensors(file["initial"]))
    step.images, step.labels = images, labels
    close("loss of an evaluation", step(), functional.cross_entropy(golden["evaluation_logits"], labels))


def written_out(logits, slopes, labels):
    """A group's line search, step by step."""

    def loss(t):
        value = functional.cross_entropy(logits - t * slopes, labels).item()
        return value if value == value else float("inf")

    t = 1.0
    while t < steps.LIMIT and loss(t) <= loss(0.0):
        t *= 2
    if t >= steps.LIMIT:
        return 0.0, True
    values = [loss(t * i / steps.GRID_POINTS) for i in range(1, steps.GRID_POINTS + 1)]
    return t * (values.index(min(values)) + 1) / steps.GRID_POINTS, False


def line_searches():
    source = torch.Generator().manual_seed(1)
    ended, doubled = 0, 0
    for count, groups in ((16, 16), (32, 16), (30, 7), (5, 1)):
        for scale in (1e-4, 1e-2, 1.0):
            logits = torch.randn(count, 10, generator=source, dtype=torch.float64)
            labels = torch.randint(10, (count,), generator=source)
            # Along the gradient of the logits, roughly: some searches go far, some none, some to the limit.
            slopes = scale * (logits.softmax(dim=1) - functional.one_hot(labels, 10))
            slopes += scale * torch.randn(count, 10, generator=source, dtype=torch.float64) / 2
            group_of = steps.group_shares(count, groups)
            found = steps.line_searches(logits, slopes, labels, group_of)
            for group in range(groups):
                rows = group_of == group
                wanted, limit = written_out(logits[rows], slopes[rows], labels[rows])
                ended += limit
                doubled += wanted > 1
                if found[group].item() != wanted:
                    fail(f"the line search of group {group} of {groups} finds {found[group].item()}, not {wanted}")
    if not (ended and doubled):
        fail(f"no line search of its inputs reached the limit ({ended}) or doubled ({doubled})")


def main():
    line_searches()
    with h5py.File(GOLDENS, "r") as file:
        evaluation(file)
        for method in ("sgd", "pof_2_groups"):
            five_steps(file, method)
    print("bench-peer: PyTorch's steps meet the goldens that ours meet", file=sys.stderr)


if __name__ == "__main__":
    main()
