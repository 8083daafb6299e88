#!/usr/bin/env python3
"""Makes training-steps.h5: golden numbers for the training steps (SGD, SAM, PoF), computed by PyTorch in float64.

The tests read the stored file and never need this script, Python or PyTorch. To make the file again (two minutes,
mostly the search for seeds), use a throw-away virtual environment:

    python3 -m venv venv
    venv/bin/pip install torch h5py numpy
    venv/bin/python make_goldens.py [OUTPUT, by default training-steps.h5 beside this script]

Made with Python 3.11, torch 2.13.0 (CPU build), h5py 3.16.0, numpy 2.4.6. Two runs on one machine give equal bytes;
another processor or another torch may differ in the last bits of some values.

What is in the file (a weight's name, dots included, is the name of one data set):
    initial/NAME                 float32: the state every method starts from (momentum buffers start at zero)
    first_step/...               one batch: logits and loss in training mode, every gradient, logits in evaluation mode
    sgd, sam, pof_1_group, pof_2_groups
        attributes               the settings, the data seed and the margins (below)
        images, labels, ...      what goes into each of the five steps, and the losses and step sizes met on the way
        state/NAME               parameters and batch-norm statistics after the five steps
        momentum/NAME            momentum buffers after the five steps (PoF: those of the feature extractor)
Gradients, states and momenta are rounded to a multiple of 2^-ROUNDING_BITS, which keeps the file small. Losses, logits
and step sizes are not rounded. All inputs (initial state, images, u) are exactly representable as float32.

A golden is of use only if two correct implementations agree on it. So the data seed of every method is searched such
that no input of any ReLU, in any pass, is closer to 0 than PRE_ACTIVATION_MARGIN (no ReLU flips by rounding), and that
no comparison of a line search is a near-tie. The margins reached are attributes of every group.
"""

import pathlib
import sys

import h5py
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)

CLASSES, CHANNELS, SIDE, BATCH, WEAK_BATCH, STEPS = 10, 3, 8, 4, 8, 5
LEARNING_RATE, MOMENTUM, WEIGHT_DECAY = 0.05, 0.9, 5e-4
RHO, PERTURBATION_RANGE, GRID_POINTS = 0.05, 2.0, 16
WEIGHT_SEED, ROUNDING_BITS = 2022, 38
PRE_ACTIVATION_MARGIN = 2e-5  # twice what the tests ask for
GRID_MARGIN = 1e-7            # the best grid point's loss against the second best one's
DOUBLING_MARGIN = 1e-9        # each loss that decides about a doubling, against L0
FIRST_SEED = dict(first_step=10_000, sgd=20_000, sam=30_000, pof_1_group=100_000, pof_2_groups=200_000)
SEEDS_TRIED_AT_MOST = 50_000
POF = dict(pof_1_group=dict(groups=1, search_limit=100, at_search_limit="keep"),
           pof_2_groups=dict(groups=2, search_limit=10_000, at_search_limit="reject"))


# ---- The network: WRN-10-1

class Margins:
    """The narrowest decisions met since the last reset."""

    def reset(self):
        self.pre_activation = self.grid = self.doubling = float("inf")

    def wide_enough(self):
        return (self.pre_activation >= PRE_ACTIVATION_MARGIN and self.grid > GRID_MARGIN
                and self.doubling > DOUBLING_MARGIN)


margins = Margins()
margins.reset()


def relu(x):
    margins.pre_activation = min(margins.pre_activation, x.detach().abs().min().item())
    return F.relu(x)


class Block(nn.Module):
    """BN-ReLU-conv3x3 (stride 1)-BN-ReLU-conv3x3 (the stride), plus the raw input or its 1x1 projection."""

    def __init__(self, width_in, width, stride):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(width_in, eps=1e-5, momentum=0.1)
        self.conv1 = nn.Conv2d(width_in, width, 3, stride=1, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width, eps=1e-5, momentum=0.1)
        self.conv2 = nn.Conv2d(width, width, 3, stride=stride, padding=1, bias=False)
        self.shortcut = nn.Sequential()
        if stride != 1 or width_in != width:
            self.shortcut.append(nn.Conv2d(width_in, width, 1, stride=stride, bias=False))

    def forward(self, x):
        y = self.conv1(relu(self.bn1(x)))
        return self.conv2(relu(self.bn2(y))) + self.shortcut(x)


class WideResNet(nn.Module):
    def __init__(self, depth=10, widening=1):
        super().__init__()
        width = 16
        self.conv1 = nn.Conv2d(CHANNELS, width, 3, padding=1, bias=False)
        for group in (1, 2, 3):
            layer = nn.Sequential()
            for b in range((depth - 4) // 6):
                width_in, width = width, 8 * 2 ** group * widening
                layer.add_module(f"num_{b}", Block(width_in, width, 2 if group > 1 and b == 0 else 1))
            self.add_module(f"layer{group}", layer)
        self.bn_out = nn.BatchNorm2d(width, eps=1e-5, momentum=0.1)
        self.classifiers = nn.ModuleList([nn.Linear(width, CLASSES)])

    def features(self, x):
        x = self.layer3(self.layer2(self.layer1(self.conv1(x))))
        return relu(self.bn_out(x)).mean(dim=(2, 3))

    def forward(self, x):
        return self.classifiers[0](self.features(x))


def in_classifier(name):
    return name.startswith("classifiers.")


def to_float32_and_back(x):
    return x.to(torch.float32).to(torch.float64)


def make_initial_state():
    """Weights by the usual rules, but batch norm and all biases away from their trivial values."""
    generator = torch.Generator().manual_seed(WEIGHT_SEED)
    state = {}
    for name, x in WideResNet().state_dict().items():
        normal, uniform = (draw(x.shape, generator=generator) for draw in (torch.randn, torch.rand))
        if x.dim() == 4:  # convolution: Kaiming normal, fan_out
            state[name] = to_float32_and_back(normal * (2.0 / (x.shape[0] * x.shape[2] * x.shape[3])) ** 0.5)
        elif name.endswith("num_batches_tracked"):
            state[name] = torch.tensor(3)
        elif name.endswith(("bias", "running_mean")) or in_classifier(name):
            state[name] = to_float32_and_back(0.1 * normal)
        else:  # batch norm's weight and running variance
            state[name] = to_float32_and_back(0.5 + uniform)
    return state


def make_network(state):
    net = WideResNet()
    net.load_state_dict(state, strict=True)
    return net.train()


# ---- The steps

def draw_data(seed, groups=0, steps=STEPS):
    """The inputs of all steps. PoF (groups > 0) has a weak batch and one u per group besides."""
    generator = torch.Generator().manual_seed(seed)
    images = lambda n: to_float32_and_back(torch.randn(steps, n, CHANNELS, SIDE, SIDE, generator=generator))
    labels = lambda n: torch.randint(CLASSES, (steps, n), generator=generator)
    data = dict(images=images(BATCH), labels=labels(BATCH))
    if groups:
        data.update(weak_images=images(WEAK_BATCH), weak_labels=labels(WEAK_BATCH),
                    u=to_float32_and_back(torch.rand(steps, groups, generator=generator)))
    return data


def gradient(loss, parameters):
    return dict(zip(parameters, torch.autograd.grad(loss, list(parameters.values()))))


@torch.no_grad()
def descend(parameters, gradients, momentum):
    """Nesterov momentum: g += wd*w; v = mu*v + g; w -= lr*(g + mu*v)."""
    for name, w in parameters.items():
        g = gradients[name] + WEIGHT_DECAY * w
        momentum[name] = MOMENTUM * momentum[name] + g
        w -= LEARNING_RATE * (g + MOMENTUM * momentum[name])


def copies(named):
    return {name: x.detach().clone() for name, x in named}


@torch.no_grad()
def restore(named, saved):
    for name, x in named:
        x.copy_(saved[name])


def sgd_step(net, momentum, data, frozen_classifier=False):
    parameters = {n: p for n, p in net.named_parameters() if not (frozen_classifier and in_classifier(n))}
    loss = F.cross_entropy(net(data["images"]), data["labels"])
    descend(parameters, gradient(loss, parameters), momentum)
    return dict(loss=loss.detach())


def sam_step(net, momentum, data, rho=RHO):
    parameters = dict(net.named_parameters())
    loss = F.cross_entropy(net(data["images"]), data["labels"])
    ascent = gradient(loss, parameters)
    norm = torch.sqrt(sum((g * g).sum() for g in ascent.values()))
    weights, statistics = copies(net.named_parameters()), copies(net.named_buffers())
    with torch.no_grad():
        for name, w in parameters.items():
            w += rho / norm * ascent[name]
    perturbed_loss = F.cross_entropy(net(data["images"]), data["labels"])
    gradients = gradient(perturbed_loss, parameters)
    restore(net.named_parameters(), weights)
    restore(net.named_buffers(), statistics)  # those of the first pass stay
    descend(parameters, gradients, momentum)
    return dict(loss=loss.detach(), perturbed_loss=perturbed_loss.detach())


def line_search(z, labels, psi0, g, limit, at_limit):
    """Returns L0, the end of the bracket and eta*. Every loss is that of a classifier formed explicitly, in float64."""
    z, W, b, G, h = (x.double() for x in (z, *psi0, *g))

    def loss_at(t):
        loss = F.cross_entropy(z @ (W - t * G).T + (b - t * h), labels).item()
        return loss if np.isfinite(loss) else float("inf")

    start, t = loss_at(0.0), 1.0
    while t < limit:
        loss = loss_at(t)
        margins.doubling = min(margins.doubling, abs(loss - start))
        if loss > start:
            break
        t *= 2
    if t >= limit and at_limit == "reject":
        return start, t, 0.0
    grid = [t * i / GRID_POINTS for i in range(1, GRID_POINTS + 1)]
    losses = [loss_at(x) for x in grid]
    best, second = sorted(losses)[:2]
    margins.grid = min(margins.grid, second - best)
    return start, t, grid[losses.index(best)]  # index: the first one, so a tie goes to the smaller t


def pof_step(net, momentum, data, groups, search_limit, at_search_limit, perturbation_range=PERTURBATION_RANGE,
             weak_statistics=True):
    phi = {name: p for name, p in net.named_parameters() if not in_classifier(name)}
    psi0 = W, b = [p.detach().clone() for p in net.classifiers[0].parameters()]
    # The direction: the gradient of the whole weak batch's loss with respect to the classifier.
    statistics = copies(net.named_buffers())
    with torch.no_grad():
        z = net.features(data["weak_images"])
    if not weak_statistics:
        restore(net.named_buffers(), statistics)
    psi = [x.clone().requires_grad_() for x in psi0]
    G, h = torch.autograd.grad(F.cross_entropy(z @ psi[0].T + psi[1], data["weak_labels"]), psi)
    # One line search per group, on the group's part of the weak batch.
    parts = zip(z.tensor_split(groups), data["weak_labels"].tensor_split(groups))
    found = [line_search(zj, yj, psi0, (G, h), search_limit, at_search_limit) for zj, yj in parts]
    weak_loss, bracket, eta_star = (torch.tensor(x) for x in zip(*found))
    eta = data["u"] * perturbation_range * eta_star
    # The step of the feature extractor: part j of the batch goes through psi_j.
    z = net.features(data["images"])
    logits = torch.cat([zj @ (W - e * G).T + (b - e * h) for zj, e in zip(z.tensor_split(groups), eta.tolist())])
    loss = F.cross_entropy(logits, data["labels"])
    descend(phi, gradient(loss, phi), momentum)
    unperturbed_loss = F.cross_entropy(z.detach() @ W.T + b, data["labels"])
    return dict(loss=loss.detach(), unperturbed_loss=unperturbed_loss, weak_loss=weak_loss, bracket=bracket,
                eta_star=eta_star, eta=eta, direction_norm=torch.sqrt((G * G).sum() + (h * h).sum()))


def step_of(method, **more):
    if method in POF:
        return lambda *inputs: pof_step(*inputs, **POF[method], **more)
    return lambda *inputs: dict(sgd=sgd_step, sam=sam_step)[method](*inputs, **more)


def train(initial, data, step, feature_extractor_only=False, accept=lambda: True, dtype=torch.float64):
    """All the steps; None as soon as one of them is not accepted."""
    net = make_network(initial).to(dtype)
    momentum = {name: torch.zeros_like(p) for name, p in net.named_parameters()
                if not (feature_extractor_only and in_classifier(name))}
    records = []
    for i in range(STEPS):
        now = {name: x[i].to(dtype) if x.is_floating_point() else x[i] for name, x in data.items()}
        records.append(step(net, momentum, now))
        if not accept():
            return None
    return dict(outputs={name: torch.stack([r[name] for r in records]) for name in records[0]},
                state=net.state_dict(), momentum=momentum)


def first_step(initial):
    """One batch through the initial network, in training and in evaluation mode."""
    def attempt(seed):
        data = {name: x[0] for name, x in draw_data(seed, steps=1).items()}
        net = make_network(initial)
        logits = net(data["images"])
        loss = F.cross_entropy(logits, data["labels"])
        outputs = dict(training_logits=logits.detach(), loss=loss.detach(),
                       evaluation_logits=make_network(initial).eval()(data["images"]).detach())
        return dict(data=data, outputs=outputs, gradient=gradient(loss, dict(net.named_parameters())))
    return search("first_step", attempt)


def five_steps(method, initial):
    """The run of one method; for PoF at least one line search must have doubled."""
    def attempt(seed):
        data = draw_data(seed, POF.get(method, {}).get("groups", 0))
        run = train(initial, data, step_of(method), method in POF, margins.wide_enough)
        return run and (method not in POF or run["outputs"]["bracket"].max() > 1) and dict(run, data=data)
    return search(method, attempt)


def search(name, attempt):
    for seed in range(FIRST_SEED[name], FIRST_SEED[name] + SEEDS_TRIED_AT_MOST):
        margins.reset()
        found = attempt(seed)
        if found and margins.wide_enough():
            found["attributes"] = dict(data_seed=seed, smallest_pre_activation=margins.pre_activation)
            if name in POF:
                found["attributes"].update(smallest_grid_gap=margins.grid, smallest_doubling_gap=margins.doubling)
            return found
    sys.exit(f"{name}: no seed found")


# ---- Checks

def check(what, error, bound=0.0):
    print(f"  {'ok' if error <= bound else 'FAILED'}: {what} (largest difference {error:.1e}, bound {bound:.0e})")
    if not error <= bound:
        sys.exit(1)


def difference(a, b):
    assert b.keys() <= a.keys()
    return max((a[name].double() - b[name].double()).abs().max().item() for name in b)


def check_gradient(initial, first):
    generator, h, worst = torch.Generator().manual_seed(1), 1e-6, 0.0
    net = make_network(initial)
    for name, p in net.named_parameters():
        at = torch.randint(p.numel(), (1,), generator=generator).item()
        weights, losses = p.detach().view(-1), []
        kept = weights[at].item()
        for value in (kept + h, kept - h):
            weights[at] = value
            losses.append(F.cross_entropy(net(first["data"]["images"]), first["data"]["labels"]).item())
        weights[at] = kept
        slope = (losses[0] - losses[1]) / (2 * h)
        worst = max(worst, abs(slope - first["gradient"][name].reshape(-1)[at].item()))
    check("gradient = central differences, one coordinate of every parameter", worst, 1e-8)


def check_sgd_and_sam(initial, run):
    net, data = make_network(initial), run["data"]
    settings = dict(lr=LEARNING_RATE, momentum=MOMENTUM, weight_decay=WEIGHT_DECAY, nesterov=True)
    optimiser = torch.optim.SGD(net.parameters(), **settings)
    for images, labels in zip(data["images"], data["labels"]):
        optimiser.zero_grad()
        F.cross_entropy(net(images), labels).backward()
        optimiser.step()
    check("SGD = torch.optim.SGD", difference(net.state_dict(), run["state"]), 1e-13)
    sam = train(initial, data, step_of("sam", rho=0.0))
    check("SAM, rho 0 = SGD", max(difference(sam[kind], run[kind]) for kind in ("state", "momentum")))


def check_pof(initial, method, run):
    data, groups, limit = run["data"], POF[method]["groups"], POF[method]["search_limit"]
    frozen = train(initial, data, step_of("sgd", frozen_classifier=True), True)
    parameters = {name: frozen["state"][name] for name, _ in WideResNet().named_parameters()}
    bound = 0.0 if groups == 1 else 1e-13  # the groups' smaller matrix products may round differently
    zero = train(initial, data, step_of(method, perturbation_range=0.0), True)
    check(f"{method}, range 0 = frozen psi0, parameters and momentum",
          max(difference(zero["momentum"], frozen["momentum"]), difference(zero["state"], parameters)), bound)
    zero = train(initial, data, step_of(method, perturbation_range=0.0, weak_statistics=False), True)
    check(f"{method}, range 0, no statistics of the weak pass = frozen psi0, statistics too",
          difference(zero["state"], frozen["state"]), bound)
    psi0 = {name: x for name, x in initial.items() if in_classifier(name)}
    check(f"{method}, psi0 has not moved", difference(run["state"], psi0))
    # The first step's line searches again: the gradient by its formula, the logits affine in t.
    W, b = psi0.values()
    z, labels = make_network(initial).features(data["weak_images"][0]).detach(), data["weak_labels"][0]
    error = (F.softmax(z @ W.T + b, dim=1) - F.one_hot(labels, CLASSES)) / len(labels)
    slope = z @ (error.T @ z).T + error.sum(0)
    for j, rows in enumerate(torch.arange(WEAK_BATCH).tensor_split(groups)):
        loss = lambda t: F.cross_entropy((z @ W.T + b - t * slope)[rows], labels[rows]).item()
        t = 1.0
        while loss(t) <= loss(0.0) and t < limit:
            t *= 2
        best = min((loss(t * i / GRID_POINTS), t * i / GRID_POINTS) for i in range(1, GRID_POINTS + 1))[1]
        check(f"{method}, eta* of group {j} from affine logits", abs(best - run["outputs"]["eta_star"][0, j].item()))


def compare_float32(initial, method, run):
    """What a test may expect of an implementation in single precision."""
    single = train(initial, run["data"], step_of(method), method in POF, dtype=torch.float32)
    for kind in ("state", "momentum"):
        worst = max(((single[kind][name].double() - x).norm() / x.norm()).item()
                    for name, x in run[kind].items() if x.is_floating_point())
        print(f"  {method} in float32: {kind} differs by up to {worst:.1e} of a tensor's norm")


# ---- The file

def rounded(x):
    if not x.is_floating_point():
        return x
    return torch.round(x * 2.0 ** ROUNDING_BITS) / 2.0 ** ROUNDING_BITS + 0.0  # + 0.0: no negative zeros


def write(path, initial, first, runs):
    with h5py.File(path, "w", libver=("v110", "v110"), track_times=False) as file:

        def put(group, tensors):
            for name, x in tensors.items():
                x = x.detach().numpy()
                packed = dict(chunks=x.shape, shuffle=True, compression="gzip", compression_opts=9)
                file.create_dataset(f"{group}/{name}", data=x, track_times=False, **(packed if x.size >= 256 else {}))

        def describe(group, **attributes):
            for key, value in attributes.items():
                file[group].attrs[key] = np.bytes_(value) if isinstance(value, str) else value

        describe("/", description="Golden training steps of a WRN-10-1 in float64, made by make_goldens.py",
                 torch_version=torch.__version__, rounding_bits=ROUNDING_BITS)
        put("initial", {name: x.float() if x.is_floating_point() else x for name, x in initial.items()})
        describe("initial", weight_seed=WEIGHT_SEED)
        for group, found in dict(first_step=first, **runs).items():
            put(group, {name: x.float() if name.endswith("images") else x for name, x in found["data"].items()})
            put(group, found["outputs"])
            for kind in ("gradient", "state", "momentum"):
                put(f"{group}/{kind}", {name: rounded(x) for name, x in found.get(kind, {}).items()})
            describe(group, **found["attributes"])
            if group in runs:
                describe(group, learning_rate=LEARNING_RATE, momentum=MOMENTUM, weight_decay=WEIGHT_DECAY)
            if group == "sam":
                describe(group, rho=RHO)
            if group in POF:
                describe(group, perturbation_range=PERTURBATION_RANGE, weak_batch_size=WEAK_BATCH, **POF[group])


def main():
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).with_name("training-steps.h5")
    assert sum(p.numel() for p in WideResNet().parameters()) == 77_850
    initial = make_initial_state()
    first = first_step(initial)
    runs = {method: five_steps(method, initial) for method in ("sgd", "sam", *POF)}
    for name, found in dict(first_step=first, **runs).items():
        print(f"{name}: " + ", ".join(f"{key} {value:.7g}" for key, value in found["attributes"].items()))
        for key, x in found["outputs"].items():
            if not key.endswith("logits"):
                print(f"  {key}: {[round(v, 4) for v in x.flatten().tolist()]}")
    print("checks:")
    check_gradient(initial, first)
    check_sgd_and_sam(initial, runs["sgd"])
    for method in POF:
        check_pof(initial, method, runs[method])
    for method, run in runs.items():
        compare_float32(initial, method, run)
    write(path, initial, first, runs)
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
