"""Times PyTorch's operations one turn at a time, as lines on stdin ask for them: the counterpart of `bench --turns`.

    sgd N | pof N | evaluation N    time the operation N times; its first use compiles and warms up
    network                         describe what is measured

Each line is answered by a line with a JSON object. A line that asks for something else ends it with status 2.
"""

import argparse
import ctypes
import gc
import json
import platform
import re
import statistics
import sys
import time

import torch

import steps

# Timed runs of each memory format, of which the faster one is kept.
PROBES = 3


class Turns:
    """The operations of one network in one mode."""

    def __init__(self, sizes, mode, memory_format):
        self.sizes = sizes
        self.mode = mode
        self.memory_format = memory_format
        self.operations = {}
        # Format of each operation, and the times it was chosen by.
        self.formats = {}
        self.probes = {}

    def make(self, name, memory_format):
        operation = steps.OPERATIONS[name](self.sizes, self.mode, steps.FORMATS[memory_format])
        # The first call compiles; the second has all its memory.
        operation()
        operation()
        return operation

    def format_of(self, name):
        """The format that is faster for an operation; PoF trains as SGD does."""
        if self.memory_format != "fastest":
            return self.memory_format
        if name == "pof":
            return self.format_of("sgd")
        if name not in self.formats:
            self.probes[name] = {}
            for memory_format in steps.FORMATS:
                operation = self.make(name, memory_format)
                self.probes[name][memory_format] = statistics.median(
                    timed(operation)[0] for _ in range(PROBES))
                del operation
                give_back_memory()
            self.formats[name] = min(self.probes[name], key=self.probes[name].get)
        return self.formats[name]

    def run(self, name, count):
        if name not in self.operations:
            memory_format = self.format_of(name)
            self.operations[name] = self.make(name, memory_format)
            self.formats[name] = memory_format
            give_back_memory()
        times, losses = zip(*(timed(self.operations[name]) for _ in range(count)))
        return {
            "operation": name, "milliseconds": times, "loss": losses[-1], "memory_format": self.formats[name],
            "memory_formats_milliseconds": self.probes.get(name),
        }

    def network(self):
        with torch.device("meta"):
            modules = self.sizes.network(torch.contiguous_format)
        found = re.search(r"(?:MKL-DNN|oneDNN) v([0-9.]+)", torch.__config__.show())
        return {
            "operation": "network", "network": f"WRN-{self.sizes.depth}-{self.sizes.width}",
            "parameters": sum(p.numel() for module in modules for p in module.parameters()),
            "batch_size": self.sizes.batch, "channels": self.sizes.channels, "image_size": self.sizes.image,
            "perturbation_groups": self.sizes.groups, "weak_batch_size": self.sizes.batch,
            "threads": torch.get_num_threads(), "torch_version": torch.__version__,
            "onednn_version": found[1] if found else "unknown", "python_version": platform.python_version(),
        }

    def answer(self, line):
        """The answer to a line, None where it asks for nothing known."""
        match line.split():
            case ["network"]:
                return self.network()
            case [name, count] if name in steps.OPERATIONS and re.fullmatch("[1-9][0-9]{0,5}", count):
                return self.run(name, int(count))
        return None


def timed(operation):
    """Milliseconds that a call takes, and its loss."""
    begin = time.perf_counter()
    loss = operation()
    return 1e3 * (time.perf_counter() - begin), loss


def give_back_memory():
    """What compiling left behind is nothing that a step needs."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mode", choices=steps.MODES, required=True)
    for name in ("depth", "width", "batch-size", "image-size", "channels", "threads"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--memory-format", choices=["fastest", *steps.FORMATS], default="fastest")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    sizes = steps.Sizes(
        arguments.depth, arguments.width, arguments.batch_size, arguments.image_size, arguments.channels)
    turns = Turns(sizes, steps.MODES[arguments.mode], arguments.memory_format)
    for line in sys.stdin:
        answer = turns.answer(line)
        if answer is None:
            print(
                f"torch_step: a line of input is {line.rstrip()!r}: it must be `network`, or one of "
                f"{', '.join(steps.OPERATIONS)} and a count from 1 to 999999", file=sys.stderr)
            sys.exit(2)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
