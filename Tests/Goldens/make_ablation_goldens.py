#!/usr/bin/env python3
"""Makes ablation-steps.h5: golden numbers for the training steps of the ablations, computed by PyTorch in float64.

Network, data, optimiser and line search are those of make_goldens.py beside this script; its head says how to run it
(here a minute, most of it the search for seeds). The tests read the stored file alone.

What is in the file:
    pof_fixed, pof_random        PoF by a constant eta*; PoF along a random direction of the gradient's norm
    group3, group2, everything, lowest
                                 the part of the network that is perturbed (ALGORITHM, Ablations); one group
        attributes               the settings, the data seed and the margins
        images, labels, ...      what goes into each of the five steps, and the losses and step sizes met on the way
        state/NAME, momentum/NAME              samples of what the five steps leave (below), of what is trained
        state_norm/NAME, momentum_norm/NAME    L2 norms of the whole tensors, the state's of its change
        statistics/NAME                        batch-norm statistics after the five steps, whole
The initial state is `initial` of training-steps.h5; for `lowest` with the convolutions of the perturbed part times
`perturbed_scale`: batch norm makes smaller weights the same function with larger gradients, so that a step of 1
overshoots and the search has to halve, as it may in trained networks. Of a tensor of more than SAMPLES elements, n, only
the elements i * n // SAMPLES are kept; SAMPLES is a prime, so that no place within a kernel is left out.

Nothing here knows of cached activations or closed forms: every loss of a search runs the whole network again, or forms
the classifier explicitly. Losses of the searches below the classifier are compared in single precision by the tests, so
their margins are wider. ReLUs may flip in passes that only give a loss, which is continuous; no margin is asked of those.
"""

import contextlib
import pathlib
import sys

import h5py
import numpy as np
import torch
from torch.nn import functional as F

import make_goldens as base
from make_goldens import (CLASSES, GRID_POINTS, LEARNING_RATE, MOMENTUM, PERTURBATION_RANGE, STEPS, WEAK_BATCH,
                          WEIGHT_DECAY, check, copies, descend, difference, gradient, in_classifier, make_network,
                          margins, restore, rounded, to_float32_and_back)

SAMPLES = 509
SMALLEST_STEP, SEARCH_LIMIT = 2.0 ** -20, 100
LOSS_MARGIN = 2e-5  # of every comparison of a search below the classifier
FIXED_STEP = 0.75
LOWEST = ("conv1.", "layer1.")
HIGHER = dict(group3=("layer3.", "bn_out.", "classifiers."), group2=("layer2.", "layer3.", "bn_out.", "classifiers."))
# What is perturbed, what is trained, and whose running statistics follow the weak batch alone: prefixes of names.
LAYERS = dict(
    group3=(HIGHER["group3"], LOWEST + ("layer2.",), HIGHER["group3"]),
    group2=(HIGHER["group2"], LOWEST, HIGHER["group2"]),
    everything=(("",), ("",), ("",)),
    lowest=(LOWEST, HIGHER["group2"], ("",)))
SCALE = dict(group3=1.0, group2=1.0, everything=1.0, lowest=2.0 ** -4)
EXTRACTOR = LOWEST + ("layer2.", "layer3.", "bn_out.")
CLASSIFIER_ROWS = dict(pof_fixed=dict(groups=2, fixed=FIXED_STEP), pof_random=dict(groups=2))
METHODS = [*CLASSIFIER_ROWS, *LAYERS]
FIRST_SEED = dict(pof_fixed=300_000, pof_random=400_000, group3=501_400, group2=602_200, everything=700_700,
                  lowest=803_700)  # below the classifier not far from what a search from round numbers finds


class TooClose(Exception):
    """A decision of this run is a near-tie: try another seed."""


class SearchMargin:
    """The narrowest comparison of the searches below the classifier since the last reset."""
    narrowest = float("inf")

    def met(self, a, b):
        self.narrowest = min(self.narrowest, abs(a - b))


search_margin = SearchMargin()


@contextlib.contextmanager
def losses_only():
    """Passes within leave the margin of pre-activations alone."""
    kept = margins.pre_activation
    yield
    margins.pre_activation = kept


def named(items, prefixes):
    return {name: x for name, x in items if name.startswith(prefixes)}


# ---- The steps

def classifier_step(net, momentum, data, groups, fixed=None, perturbation_range=PERTURBATION_RANGE):
    """PoF with a constant eta*, or along a random direction by the steps that were searched along the gradient."""
    phi = named(net.named_parameters(), EXTRACTOR)
    psi0 = W, b = [p.detach().clone() for p in net.classifiers[0].parameters()]
    with losses_only(), torch.no_grad():
        z = net.features(data["weak_images"])
    psi = [x.clone().requires_grad_() for x in psi0]
    G, h = torch.autograd.grad(F.cross_entropy(z @ psi[0].T + psi[1], data["weak_labels"]), psi)
    parts = list(zip(z.tensor_split(groups), data["weak_labels"].tensor_split(groups)))
    if fixed is None:
        found = [base.line_search(zj, yj, psi0, (G, h), 10_000, "reject") for zj, yj in parts]
        weak_loss, _, eta_star = (torch.tensor(x) for x in zip(*found))
    else:
        weak_loss = torch.stack([F.cross_entropy(zj @ W.T + b, yj) for zj, yj in parts])
        eta_star = torch.full((groups,), fixed)
    eta = data["u"] * perturbation_range * eta_star
    norm = torch.sqrt((G * G).sum() + (h * h).sum())
    if "direction" in data:
        random = data["direction"]
        random = random * (norm / random.norm())
        G, h = random[:-CLASSES].reshape(W.shape), random[-CLASSES:]
    z = net.features(data["images"])
    logits = torch.cat([zj @ (W - e * G).T + (b - e * h) for zj, e in zip(z.tensor_split(groups), eta.tolist())])
    loss = F.cross_entropy(logits, data["labels"])
    descend(phi, gradient(loss, phi), momentum)
    unperturbed_loss = F.cross_entropy(z.detach() @ W.T + b, data["labels"])
    return dict(loss=loss.detach(), unperturbed_loss=unperturbed_loss, weak_loss=weak_loss, eta_star=eta_star, eta=eta,
                direction_norm=torch.sqrt((G * G).sum() + (h * h).sum()))


def halving_search(loss_at):
    """Returns L0, the bracket's end and eta*: t halves from 1 until L(t/16) < L0, then doubles while L(t) <= L0."""
    start, t = loss_at(0.0), 1.0

    def compare(t):
        loss = loss_at(t)
        search_margin.met(loss, start)
        return loss

    while not compare(t / GRID_POINTS) < start:
        if t <= SMALLEST_STEP:
            return start, t, 0.0
        t /= 2
    while t < SEARCH_LIMIT and compare(t) <= start:
        t *= 2
    grid = [t * i / GRID_POINTS for i in range(1, GRID_POINTS + 1)]
    losses = [loss_at(x) for x in grid]
    best, second = sorted(losses)[:2]
    search_margin.met(best, second)
    search_margin.met(best, start)
    return start, t, grid[losses.index(best)] if best < start else 0.0


def layers_step(net, momentum, data, layers, perturbation_range=PERTURBATION_RANGE, accept=lambda: True):
    perturbed, trained, reached = LAYERS[layers]
    moving = named(net.named_parameters(), perturbed)
    stepped = named(net.named_parameters(), trained)
    loss = F.cross_entropy(net(data["weak_images"]), data["weak_labels"])
    direction = gradient(loss, moving)
    if not accept():
        raise TooClose
    weights, statistics = copies(net.named_parameters()), copies(net.named_buffers())

    @torch.no_grad()
    def move(t):
        for name, w in moving.items():
            w.copy_(weights[name] - t * direction[name])

    @torch.no_grad()
    def loss_at(t):
        move(t)
        with losses_only():
            loss = F.cross_entropy(net(data["weak_images"]), data["weak_labels"]).item()
        restore(net.named_buffers(), statistics)
        return loss if np.isfinite(loss) else float("inf")

    weak_loss, bracket, eta_star = halving_search(loss_at)
    eta = data["u"][0].item() * perturbation_range * eta_star
    move(eta)
    loss = F.cross_entropy(net(data["images"]), data["labels"])
    gradients = gradient(loss, stepped)
    restore(named(net.named_buffers(), reached).items(), statistics)
    restore(net.named_parameters(), weights)
    after = copies(net.named_buffers())
    with losses_only(), torch.no_grad():
        unperturbed_loss = F.cross_entropy(net(data["images"]), data["labels"])
    restore(net.named_buffers(), after)
    descend(stepped, gradients, momentum)
    norm = torch.sqrt(sum((g * g).sum() for g in direction.values()))
    one = lambda x: torch.tensor([x])
    return dict(loss=loss.detach(), unperturbed_loss=unperturbed_loss, weak_loss=one(weak_loss), bracket=one(bracket),
                eta_star=one(eta_star), eta=one(eta), direction_norm=norm)


def control_step(net, momentum, data, trained):
    """SGD on a part of the network."""
    parameters = named(net.named_parameters(), trained)
    loss = F.cross_entropy(net(data["images"]), data["labels"])
    descend(parameters, gradient(loss, parameters), momentum)
    return dict(loss=loss.detach())


# ---- Runs

def initial_of(method, state):
    if method not in LAYERS:
        return state
    scaled = lambda name, x: x.dim() == 4 and name.startswith(LAYERS[method][0])
    return {name: SCALE[method] * x if scaled(name, x) else x for name, x in state.items()}


def trained_part(method):
    return LAYERS[method][1] if method in LAYERS else EXTRACTOR


def step_of(method, **more):
    if method in LAYERS:
        return lambda *inputs: layers_step(*inputs, layers=method, **more)
    more.pop("accept", None)
    return lambda *inputs: classifier_step(*inputs, **CLASSIFIER_ROWS[method], **more)


def draw(method, seed):
    data = base.draw_data(seed, CLASSIFIER_ROWS.get(method, dict(groups=1))["groups"])
    if method == "pof_random":
        generator = torch.Generator().manual_seed(seed + 1)
        count = sum(p.numel() for p in base.WideResNet().classifiers.parameters())
        data["direction"] = to_float32_and_back(torch.randn(STEPS, count, generator=generator))
    return data


def train(initial, data, step, trained, accept=lambda: True, dtype=torch.float64):
    net = make_network(initial).to(dtype)
    momentum = {name: torch.zeros_like(p) for name, p in named(net.named_parameters(), trained).items()}
    records = []
    for i in range(STEPS):
        now = {name: x[i].to(dtype) if x.is_floating_point() else x[i] for name, x in data.items()}
        records.append(step(net, momentum, now))
        if not accept():
            raise TooClose
    return dict(outputs={name: torch.stack([r[name] for r in records]) for name in records[0]},
                state=net.state_dict(), momentum=momentum)


def wide_enough():
    return margins.wide_enough() and search_margin.narrowest >= LOSS_MARGIN


def five_steps(method, initial):
    """The run of one method; below the classifier no search may be rejected, and with scaled weights one must halve."""
    for seed in range(FIRST_SEED[method], FIRST_SEED[method] + base.SEEDS_TRIED_AT_MOST):
        margins.reset()
        search_margin.narrowest = float("inf")
        data = draw(method, seed)
        try:
            run = train(initial, data, step_of(method, accept=wide_enough), trained_part(method), wide_enough)
        except TooClose:
            continue
        outputs = run["outputs"]
        if method in LAYERS and not (
                outputs["eta_star"].min() > 0 and (SCALE[method] == 1 or outputs["bracket"].min() < 1)):
            continue
        attributes = dict(data_seed=seed, smallest_pre_activation=margins.pre_activation)
        if method in LAYERS:
            attributes.update(smallest_loss_gap=search_margin.narrowest)
        return dict(run, data=data, attributes=attributes)
    sys.exit(f"{method}: no seed found")


# ---- Checks

def largest(a, b):
    return difference(a["state"], b["state"]), difference(a["momentum"], b["momentum"])


def check_classifier_row(initial, method, run):
    zero = train(initial, run["data"], step_of(method, perturbation_range=0.0), EXTRACTOR)
    frozen = train(initial, run["data"], lambda *inputs: control_step(*inputs, EXTRACTOR), EXTRACTOR)
    parameters = {name: frozen["state"][name] for name, _ in base.WideResNet().named_parameters()}
    check(f"{method}, range 0 = frozen psi0",
          max(difference(zero["momentum"], frozen["momentum"]), difference(zero["state"], parameters)), 1e-13)
    check(f"{method}, psi0 has not moved",
          difference(run["state"], {name: x for name, x in initial.items() if in_classifier(name)}))


def check_layers(initial, method, run):
    perturbed, trained, reached = LAYERS[method]
    zero = train(initial, run["data"], step_of(method, perturbation_range=0.0), trained)
    control = train(initial, run["data"], lambda *inputs: control_step(*inputs, trained), trained)
    parameters = {name: control["state"][name] for name, _ in base.WideResNet().named_parameters()}
    check(f"{method}, range 0 = SGD on the trained part",
          max(difference(zero["momentum"], control["momentum"]), difference(zero["state"], parameters)))
    names = [name for name, _ in base.WideResNet().named_parameters()]
    moved = {name for name in names if (run["state"][name] != initial[name]).any()}
    check(f"{method}, what is trained has moved and nothing else",
          len(moved ^ {name for name in names if name.startswith(trained)}))
    tracked = {name: count.item() for name, count in run["state"].items() if name.endswith("num_batches_tracked")}
    check(f"{method}, statistics of reached layers follow one pass a step, of the others two",
          max(abs(count - 3 - STEPS * (1 if name.startswith(reached) else 2)) for name, count in tracked.items()))
    # The first step again, as a function of the weights.
    net, data = make_network(initial), {name: x[0] for name, x in run["data"].items()}
    outputs = {name: x[0] for name, x in run["outputs"].items()}
    start = dict(net.named_parameters())
    weak_loss = F.cross_entropy(net(data["weak_images"]), data["weak_labels"])
    direction = gradient(weak_loss, named(start.items(), perturbed))

    def loss(t, images, labels):
        weights = {name: w.detach() - t * direction[name] if name in direction else w for name, w in start.items()}
        return F.cross_entropy(torch.func.functional_call(make_network(initial), weights, (images,)), labels), weights

    def weak(t):
        return loss(t, data["weak_images"], data["weak_labels"])[0].item()

    end = outputs["bracket"].item()
    best = min((weak(end * i / GRID_POINTS), end * i / GRID_POINTS) for i in range(1, GRID_POINTS + 1))
    check(f"{method}, eta* of the first step", abs(best[1] - outputs["eta_star"].item()))
    check(f"{method}, its bracket climbs back", 0 if weak(end) > weak(0.0) or end >= SEARCH_LIMIT else 1)
    check(f"{method}, and begins below L0", 0 if weak(end / GRID_POINTS) < weak(0.0) else 1)
    eta = outputs["eta"].item()
    check(f"{method}, loss and unperturbed loss",
          max(abs(loss(t, data["images"], data["labels"])[0].item() - outputs[name].item())
              for t, name in ((eta, "loss"), (0.0, "unperturbed_loss"))), 1e-12)


def compare_float32(initial, method, run):
    single = train(initial, run["data"], step_of(method), trained_part(method), dtype=torch.float32)
    state, momentum = largest(single, run)
    eta = (single["outputs"]["eta"].double() - run["outputs"]["eta"]).abs().max().item()
    print(f"  {method} in float32: state differs by up to {state:.1e}, momentum {momentum:.1e}, eta {eta:.1e}")


# ---- The file

def sampled(x):
    x = x.reshape(-1)
    return x if x.numel() <= SAMPLES else x[torch.arange(SAMPLES) * x.numel() // SAMPLES]


def write(path, initial, runs):
    with h5py.File(path, "w", libver=("v110", "v110"), track_times=False) as file:

        def put(group, tensors):
            for name, x in tensors.items():
                x = x.detach().numpy()
                packed = dict(chunks=x.shape, shuffle=True, compression="gzip", compression_opts=9)
                file.create_dataset(f"{group}/{name}", data=x, track_times=False, **(packed if x.size >= 256 else {}))

        def describe(group, **attributes):
            for key, value in attributes.items():
                file[group].attrs[key] = np.bytes_(value) if isinstance(value, str) else value

        describe("/", description="Golden training steps of the ablations in float64, made by make_ablation_goldens.py",
                 torch_version=torch.__version__, rounding_bits=base.ROUNDING_BITS, samples=SAMPLES)
        for method, run in runs.items():
            trained = trained_part(method)
            state = named(((name, run["state"][name]) for name in run["momentum"]), trained)
            float32 = ("images", "direction")
            put(method, {name: x.float() if name.endswith(float32) else x for name, x in run["data"].items()})
            put(method, run["outputs"])
            put(f"{method}/state", {name: rounded(sampled(x)) for name, x in state.items()})
            put(f"{method}/state_norm", {name: (x - initial[method][name]).norm() for name, x in state.items()})
            put(f"{method}/momentum", {name: rounded(sampled(x)) for name, x in run["momentum"].items()})
            put(f"{method}/momentum_norm", {name: x.norm() for name, x in run["momentum"].items()})
            parameters = {name for name, _ in base.WideResNet().named_parameters()}
            statistics = {name: x for name, x in run["state"].items() if name not in parameters}
            put(f"{method}/statistics", {name: rounded(x) for name, x in statistics.items()})
            describe(method, learning_rate=LEARNING_RATE, momentum=MOMENTUM, weight_decay=WEIGHT_DECAY,
                     perturbation_range=PERTURBATION_RANGE, weak_batch_size=WEAK_BATCH, **run["attributes"])
            if method in LAYERS:
                describe(method, perturbed_scale=SCALE[method])
            if method == "pof_fixed":
                describe(method, fixed_step=FIXED_STEP)


def main():
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).with_name("ablation-steps.h5")
    state = base.make_initial_state()
    initial = {method: initial_of(method, state) for method in METHODS}
    runs = {}
    for method in METHODS:
        run = runs[method] = five_steps(method, initial[method])
        print(f"{method}: " + ", ".join(f"{key} {value:.7g}" for key, value in run["attributes"].items()), flush=True)
        for key, x in run["outputs"].items():
            print(f"  {key}: {[round(v, 6) for v in x.flatten().tolist()]}")
    print("checks:")
    for method, run in runs.items():
        (check_layers if method in LAYERS else check_classifier_row)(initial[method], method, run)
        compare_float32(initial[method], method, run)
    write(path, initial, runs)
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
