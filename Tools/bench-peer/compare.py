"""Times our training steps and PyTorch's in turns, in one run, and prints the ratios; then the peak memory of both.

Each program runs in a process of its own (`bench --turns`, torch_step.py) and waits while another one has its turn,
so a slow moment of the machine hits all of them. Progress goes to stderr, tables in Markdown to stdout, with --json
every single time into a file. It knows nothing of PyTorch and judges no figure.
"""

import argparse
import contextlib
import dataclasses
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
OPERATIONS = {"sgd": "SGD step", "pof": "PoF step", "evaluation": "evaluation"}
MODES = {"eager": "eager", "compiled": "compiled", "compiled-bf16": "compiled, bf16"}
OURS = "ours"
# A team of OpenMP threads spins for a while after its work; nobody's turn begins before it sleeps.
PAUSE = 0.5
# A turn of ours lasts about this many seconds, in 1 to 10 operations after one that is not counted.
TURN = 1.5
# Steps over which memory is watched.
WATCHED = 3
# PyTorch's memory for each step anew from the system costs it up to 10 % of an eager step: glibc keeps it instead. Only
# where times are compared; with these settings its peak memory would be higher.
KEEPING_MEMORY = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(1 << 40), "MALLOC_TOP_PAD_": str(64 << 20)}


class PeerError(Exception):
    """What ended the comparison, in a line."""


@dataclasses.dataclass(frozen=True)
class Network:
    """WRN-depth-width on batches of images [batch, channels, image, image]."""

    depth: int
    width: int
    batch: int = 128
    image: int = 32
    channels: int = 3

    @property
    def name(self):
        return f"WRN-{self.depth}-{self.width}"

    @property
    def title(self):
        return f"{self.name}, batch {self.batch}, {self.image}x{self.image}x{self.channels}"

    @property
    def options(self):
        values = {"depth": self.depth, "width": self.width, "batch-size": self.batch, "image-size": self.image,
                  "channels": self.channels}
        return [f"--{name}={value}" for name, value in values.items()]


DEFAULTS = [Network(10, 2, image=28, channels=1), Network(16, 2), Network(16, 4), Network(28, 10, batch=32)]


def network(text):
    """WRN-d-k, with the sizes of the default of that name, or WRN-d-k:batch:image:channels."""
    match = re.fullmatch(r"WRN-(\d+)-(\d+)(?::(\d+):(\d+):(\d+))?", text)
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is neither WRN-d-k nor WRN-d-k:batch:image:channels")
    numbers = [int(number) for number in match.groups() if number]
    known = [n for n in DEFAULTS if numbers == [n.depth, n.width]]
    return known[0] if known else Network(*numbers)


def say(text):
    print(f"bench-peer: {text}", file=sys.stderr, flush=True)


class Worker:
    """A process that answers lines by JSON."""

    def __init__(self, name, command, environment=()):
        self.name = name
        self.process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, **dict(environment)})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Ends the process."""
        if self.process.poll() is None:
            self.process.terminate()
        for stream in (self.process.stdin, self.process.stdout):
            try:
                stream.close()
            except BrokenPipeError:
                pass
        self.process.wait()

    def ask(self, line):
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise PeerError(f"{self.name} ended with status {self.process.wait()} when asked for `{line}`: see above")
        return json.loads(answer)

    def peak_memory(self):
        """Peak resident bytes since the start or since `forget_peak`."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return 1024 * int(re.search(r"VmHWM:\s+(\d+)", status)[1])

    def forget_peak(self):
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5", encoding="ascii")


class Workers:
    """Starts the processes for one network."""

    def __init__(self, arguments, sizes):
        self.arguments = arguments
        self.sizes = sizes

    @property
    def names(self):
        return [OURS, *self.arguments.modes]

    def start(self, name, memory_format="fastest", environment=()):
        threads = f"--threads={self.arguments.threads}"
        if name == OURS:
            return Worker(name, [self.arguments.bench, "--turns", *self.sizes.options, threads])
        command = [sys.executable, "-W", "ignore", HERE / "torch_step.py", "--mode", name, "--memory-format",
                   memory_format, *self.sizes.options, threads]
        return Worker(name, command, {"OMP_NUM_THREADS": str(self.arguments.threads), **dict(environment)})


def describe(running):
    """What every process says of itself; they must be about the same network."""
    found = {name: worker.ask("network") for name, worker in running.items()}
    same = ("network", "parameters", "batch_size", "channels", "image_size", "perturbation_groups",
            "weak_batch_size", "threads")
    for name, description in found.items():
        for key in same:
            if description[key] != found[OURS][key]:
                raise PeerError(f"{key} is {description[key]} of {name}, but {found[OURS][key]} of ours")
    return found


def prepare(workers, running):
    """Plans and compiles everything, one process after the other; the last answer of each."""
    answers = {}
    for name, worker in running.items():
        for operation in workers.arguments.operations:
            begun = time.monotonic()
            answer = answers[name, operation] = worker.ask(f"{operation} 1")
            chosen = f", {answer['memory_format']}" if name != OURS else ""
            say(f"  {name}: {operation} ready after {time.monotonic() - begun:.0f} s{chosen}")
            # PoF's loss hangs on which grid point a search takes.
            reference = answers[workers.names[1], operation].get("loss") if name != OURS else None
            if reference is not None and operation != "pof" and not abs(answer["loss"] - reference) <= 0.02 * reference:
                raise PeerError(f"{name} computes a loss of {answer['loss']} where {workers.names[1]} has {reference}")
    return answers


def take_turns(workers, running, answers):
    """All times in milliseconds: {operation: {name: [times of a turn, for each round]}}."""
    operations = workers.arguments.operations
    times = {operation: {name: [] for name in running} for operation in operations}
    counts = {
        operation: max(1, min(10, round(1e3 * TURN / answers[OURS, operation]["milliseconds"][0])))
        for operation in operations}
    names = list(running)
    for number in range(workers.arguments.rounds):
        begun = time.monotonic()
        for place, operation in enumerate(operations):
            first = (number + place) % len(names)
            for name in names[first:] + names[:first]:
                time.sleep(PAUSE)
                # The first one is not counted: while others had their turns, caches and even pages went to them.
                answer = running[name].ask(f"{operation} {1 + counts[operation]}")
                times[operation][name].append(answer["milliseconds"][1:])
        say(f"  round {number + 1} of {workers.arguments.rounds}: {time.monotonic() - begun:.0f} s")
    return times


def compare_times(workers):
    sizes = workers.sizes
    say(f"{sizes.title}: preparing")
    with contextlib.ExitStack() as stack:
        running = {
            name: stack.enter_context(workers.start(name, environment=KEEPING_MEMORY)) for name in workers.names}
        descriptions = describe(running)
        answers = prepare(workers, running)
        times = take_turns(workers, running, answers)
    chosen = {
        name: {operation: {key: answers[name, operation][key]
                           for key in ("memory_format", "memory_formats_milliseconds")}
               for operation in workers.arguments.operations}
        for name in workers.names if name != OURS}
    return descriptions, chosen, times


def compare_memory(workers, chosen):
    """Peak resident bytes of processes that do nothing but SGD steps."""
    found = {}
    for name in workers.names:
        say(f"{workers.sizes.title}: memory of {name}")
        memory_format = chosen[name]["sgd"]["memory_format"] if name in chosen and "sgd" in chosen[name] else "fastest"
        with workers.start(name, memory_format) as worker:
            worker.ask("network")
            started = worker.peak_memory()
            worker.ask("sgd 1")
            first = worker.peak_memory()
            worker.forget_peak()
            worker.ask(f"sgd {WATCHED}")
            found[name] = {"started": started, "first_step": first, "steady": worker.peak_memory()}
    return found


def ratios(ours, theirs):
    """Theirs / ours of each round, by the medians of its two turns."""
    return [statistics.median(b) / statistics.median(a) for a, b in zip(ours, theirs)]


def milliseconds(turns):
    return statistics.median(statistics.median(turn) for turn in turns)


def time_table(result):
    lines = [
        "| | ours, ms | PyTorch | theirs, ms | theirs / ours: median | min | max |",
        "| --- | ---: | --- | ---: | ---: | ---: | ---: |",
    ]
    for operation, by_name in result["milliseconds"].items():
        for name in by_name:
            if name == OURS:
                continue
            found = ratios(by_name[OURS], by_name[name])
            lines.append(
                f"| {OPERATIONS[operation]} | {milliseconds(by_name[OURS]):.1f} | {MODES[name]} | "
                f"{milliseconds(by_name[name]):.1f} | {statistics.median(found):.2f} | {min(found):.2f} | "
                f"{max(found):.2f} |")
    return lines


def memory_table(result):
    memory = result["peak_memory_bytes"]
    lines = [
        "| peak memory, MB (theirs / ours) | " + " | ".join(MODES.get(name, name) for name in memory) + " |",
        "| --- |" + " ---: |" * len(memory),
    ]
    # What PyTorch has resident before its first step is libraries alone; ours already has its parameters then.
    rows = {
        "SGD steps, once under way": ("steady", lambda found: found["steady"]),
        "the same, PyTorch's libraries not counted": ("steady", lambda found: found["steady"] - found["started"]),
        "up to the first step, compiling included": ("first_step", lambda found: found["first_step"]),
    }
    for label, (key, value) in rows.items():
        ours = memory[OURS][key]
        cells = [f"{ours / 1e6:.0f}"]
        for name in memory:
            if name != OURS:
                cells.append(f"{value(memory[name]) / 1e6:.0f} ({value(memory[name]) / ours:.2f})")
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return lines


def processor():
    match = re.search(r"^model name\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    return match[1] if match else platform.processor() or "unknown"


def versions(descriptions):
    """What the figures hang on."""
    ours = descriptions[OURS]
    theirs = next(found for name, found in descriptions.items() if name != OURS)
    compiler = subprocess.run(
        [os.environ.get("CXX", "g++"), "--version"], capture_output=True, text=True, check=False).stdout.split("\n")[0]
    return {
        "cpu": processor(), "cores": len(os.sched_getaffinity(0)), "onednn": ours["onednn_version"],
        "torch": theirs["torch_version"], "torch_onednn": theirs["onednn_version"],
        "python": theirs["python_version"], "compiler": compiler, "system": platform.platform(),
    }


def legend(arguments, found):
    return (
        f"{found['cpu']}, {found['cores']} cores, {arguments.threads} threads on both sides. Ours: float32, oneDNN "
        f"{found['onednn']}. Theirs: PyTorch {found['torch']} with oneDNN {found['torch_onednn']}, float32 or autocast "
        f"to bfloat16, compiled by inductor with {found['compiler'] or 'an unknown compiler'}, in the faster one of "
        f"two memory formats. Times are medians over rounds (here {arguments.rounds}) in which all take turns; ratios "
        f"are those within a round, each of the medians of two turns. PoF: a weak batch as large as the batch, 16 "
        f"groups (at most one per image).")


def run(arguments):
    report = {"threads": arguments.threads, "rounds": arguments.rounds, "networks": []}
    for sizes in arguments.networks:
        workers = Workers(arguments, sizes)
        descriptions, chosen, times = compare_times(workers)
        report["versions"] = versions(descriptions)
        result = {
            **{key: descriptions[OURS][key] for key in (
                "network", "parameters", "batch_size", "image_size", "channels", "perturbation_groups")},
            "memory_formats": chosen, "milliseconds": times,
            "ratios": {
                operation: {name: ratios(by_name[OURS], turns) for name, turns in by_name.items() if name != OURS}
                for operation, by_name in times.items()},
            "peak_memory_bytes": compare_memory(workers, chosen),
        }
        report["networks"].append(result)
        # Each network's tables as soon as they are there: the next one takes minutes.
        print("\n".join(
            [f"### {sizes.title}", "", *time_table(result), "", *memory_table(result), ""]), flush=True)
    print(legend(arguments, report["versions"]))
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def words(known):
    def parse(text):
        found = text.split()
        unknown = [word for word in found if word not in known]
        if unknown or not found:
            raise argparse.ArgumentTypeError(f"{text!r}: must be some of {' '.join(known)}")
        return list(dict.fromkeys(found))

    return parse


def positive(text):
    if not re.fullmatch("[1-9][0-9]{0,5}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 999999")
    return int(text)


def parse():
    parser = argparse.ArgumentParser(
        prog="bench-peer", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=Path, required=True, help="the executable bench")
    parser.add_argument(
        "--networks", type=lambda text: [network(word) for word in text.split()], default=DEFAULTS,
        help='"WRN-d-k ..." or "WRN-d-k:batch:image:channels ..."; default: WRN-10-2 WRN-16-2 WRN-16-4 WRN-28-10')
    parser.add_argument("--modes", type=words(MODES), default=list(MODES), help=f'default: "{" ".join(MODES)}"')
    parser.add_argument(
        "--operations", type=words(OPERATIONS), default=list(OPERATIONS), help=f'default: "{" ".join(OPERATIONS)}"')
    parser.add_argument("--rounds", type=positive, default=5, help="default: 5")
    parser.add_argument(
        "--threads", type=positive, default=len(os.sched_getaffinity(0)), help="on both sides; default: all cores")
    parser.add_argument("--json", type=Path, help="file for every single time")
    arguments = parser.parse_args()
    if not arguments.networks:
        parser.error("--networks names none")
    return arguments


def main():
    try:
        run(parse())
    except (PeerError, OSError) as error:
        say(str(error))
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
