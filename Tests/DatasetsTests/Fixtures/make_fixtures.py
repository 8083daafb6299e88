#!/usr/bin/env python3
"""Makes the small CIFAR and SVHN files beside it, in the official formats: python3 make_fixtures.py (numpy, scipy).

Pixels follow one formula that differs in every direction, so that a transposition or a swap of planes shows; the tests
state it once more. SVHN's official names are written by scipy, the variants byte by byte from MathWorks' description.
"""
import pathlib
import struct
import zlib

import numpy
import scipy.io

HERE = pathlib.Path(__file__).parent
TEXT = b"MATLAB 5.0 MAT-file, a fixture"


def images(first, count):
    """uint8 [count, 3, 32, 32]: the pixels of images `first`, `first` + 1, ..."""
    n, c, y, x = numpy.meshgrid(
        numpy.arange(first, first + count), numpy.arange(3), numpy.arange(32), numpy.arange(32), indexing="ij")
    return ((71 * n + 113 * c + 5 * y + 3 * x + x * y // 16) % 256).astype(numpy.uint8)


def write(name, data):
    path = HERE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def records(first, count, *labels):
    """CIFAR's records: each label byte is a function of the image's index."""
    return b"".join(bytes(f(n) for f in labels) + images(n, 1).tobytes() for n in range(first, first + count))


def cifar():
    for batch in range(1, 6):
        write(f"cifar-10-batches-bin/data_batch_{batch}.bin", records(2 * batch, 2, lambda n: n % 10))
    write("cifar-10-batches-bin/test_batch.bin", records(100, 3, lambda n: n % 10))
    for name, first, count in [("train", 40, 3), ("test", 60, 2)]:
        write(f"cifar-100-binary/{name}.bin", records(first, count, lambda n: n % 20, lambda n: n % 100))


def svhn():
    """By scipy: compressed with labels in bytes, compressed with labels in doubles, plain."""
    for name, first, count, dtype, compressed in [
        ("train", 8, 4, numpy.uint8, True), ("extra", 30, 3, numpy.float64, True), ("test", 50, 2, numpy.uint8, False)]:
        path = HERE / f"svhn/{name}_32x32.mat"
        path.parent.mkdir(parents=True, exist_ok=True)
        labels = numpy.array([[(n - 1) % 10 + 1] for n in range(first, first + count)], dtype)
        scipy.io.savemat(
            path, {"X": images(first, count).transpose(2, 3, 1, 0), "y": labels}, do_compression=compressed)
        # The date would make other bytes each time.
        data = path.read_bytes()
        path.write_bytes(TEXT.ljust(116) + data[116:])
    path = HERE / "variants/version4.mat"
    path.parent.mkdir(parents=True, exist_ok=True)
    scipy.io.savemat(path, {"y": numpy.array([[1.0], [2.0]])}, format="4")


class Mat:
    """Elements of a MATLAB 5 file in one byte order."""

    def __init__(self, order):
        self.order = order

    def word(self, *values):
        return struct.pack(f"{self.order}{len(values)}I", *values)

    def header(self):
        return TEXT.ljust(124) + struct.pack(self.order + "H", 0x0100) + (b"IM" if self.order == "<" else b"MI")

    def element(self, kind, data, small=True):
        if small and 0 < len(data) <= 4:
            return self.word(len(data) << 16 | kind) + data.ljust(4, b"\0")
        return self.word(kind, len(data)) + data + bytes(-len(data) % 8)

    def matrix(self, name, kind, dimensions, storage, data, small=True):
        body = (self.element(6, self.word(kind, 0)) + self.element(5, self.word(*dimensions))
                + self.element(1, name, small) + self.element(storage, data, small))
        return self.word(14, len(body)) + body

    def compressed(self, element):
        stream = zlib.compress(element, 9)
        return self.word(15, len(stream)) + stream


def columns(first, count):
    return images(first, count).transpose(0, 1, 3, 2).tobytes()


def variants():
    big, little = Mat(">"), Mat("<")
    # Labels first; few enough to lie in their tag. Doubles that MATLAB saved as bytes.
    write("variants/big-endian.mat", big.header()
          + big.matrix(b"y", 6, [3, 1], 2, bytes([10, 1, 9])) + big.matrix(b"X", 9, [32, 32, 3, 3], 2, columns(5, 3)))
    # Other variables before, between and behind: text, a structure's head, 64-bit integers, doubles.
    text = big.matrix(b"note", 4, [1, 4], 4, struct.pack(">4H", *b"text"))
    whole = big.matrix(b"count", 14, [1, 1], 12, struct.pack(">q", 7))
    values = big.matrix(b"weights", 6, [2, 2], 9, struct.pack(">4d", 1, 2, 3, 4))
    body = big.element(6, big.word(2, 0)) + big.element(5, big.word(1, 1)) + big.element(1, b"info")
    structure = big.word(14, len(body)) + body
    labels = struct.pack(">6d", 10, 1, 2, 3, 4, 5)
    write("variants/big-endian-compressed.mat", big.header()
          + big.compressed(text) + structure + big.compressed(big.matrix(b"X", 9, [32, 32, 3, 6], 2, columns(70, 6)))
          + whole + big.compressed(values) + big.compressed(big.matrix(b"y", 6, [6, 1], 9, labels)) + text)
    # One image, without the last dimension of 1, names and values in elements of their own.
    write("variants/one-image.mat", little.header()
          + little.compressed(little.matrix(b"X", 9, [32, 32, 3], 2, columns(90, 1), small=False))
          + little.compressed(little.matrix(b"y", 9, [1, 1], 2, bytes([7]), small=False)))
    # Labels as every type that MATLAB makes doubles smaller by.
    for name, storage, code in [("int16", 3, "h"), ("uint16", 4, "H"), ("int32", 5, "i"), ("uint32", 6, "I"),
                                ("int8", 1, "b"), ("single", 7, "f")]:
        for order in (little, big):
            data = struct.pack(f"{order.order}5{code}", 3, 10, 1, 7, 2)
            write(f"variants/labels-{name}-{'little' if order is little else 'big'}.mat", order.header()
                  + order.compressed(order.matrix(b"X", 9, [32, 32, 3, 5], 2, columns(20, 5)))
                  + order.matrix(b"y", 6, [5, 1], storage, data))


if __name__ == "__main__":
    cifar()
    svhn()
    variants()
