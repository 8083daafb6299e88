"""SHA-256 digests of what a file says, computed from the page's description (docs/hdf5-schema.md, Digests)."""

import hashlib

import numpy

from schema import tensors


class Digest:
    def __init__(self):
        self.hash = hashlib.sha256()

    def add(self, name, value):
        if isinstance(value, str):
            kind, data = "text", value.encode("utf-8") + b"\0"
        else:
            array = numpy.asarray(value)
            kind = array.dtype.newbyteorder("=").name
            data = array.astype(array.dtype.newbyteorder("<")).tobytes()
        self.hash.update(f"{len(name.encode())} {name} {kind} {len(data)}\n".encode())
        self.hash.update(data)

    def hex(self):
        return self.hash.hexdigest()


class _Content:
    """The parts of a file from which digests are put together."""

    def __init__(self, reading, schema):
        self.reading, self.schema, self.digest = reading, schema, Digest()

    def attributes(self, group, rows=None):
        """Attributes in the order of the page, by their full names."""
        values = self.reading.attributes[group]
        prefix = group.rstrip("/") + "/"
        for row in self.schema[group].attributes if rows is None else rows:
            name = row.name
            if name == "content_digest":
                continue
            names = [name]
            if name == "version_<library>":
                names = sorted(key for key in values if key.startswith("version_"))
            for key in names:
                if key in values:
                    self.digest.add(prefix + key, values[key])

    def series(self, group):
        for row in self.schema[group].data_sets:
            name = f"{group}/{row.name}"
            nothing = numpy.zeros(0, row.type)
            self.digest.add(name, self.reading.data_sets.get(name, nothing))


def of_run(reading, schema):
    """The digests that a run file should have: {group: hexadecimal}."""
    results = _Content(reading, schema)
    root = [row for row in schema["/"].attributes if row.name == "status" or row.present == "failed"]
    results.attributes("/", root)
    results.digest.add("/config/json", reading.attributes["/config"]["json"])
    results.attributes("/data")
    for group in ("/metrics/train", "/metrics/test", "/pof"):
        results.series(group)
    timing = _Content(reading, schema)
    timing.attributes("/timing")
    timing.series("/timing")
    provenance = _Content(reading, schema)
    provenance.attributes("/provenance")
    found = {"/": results, "/timing": timing, "/provenance": provenance}
    if "/data/files" in reading.attributes:
        found["/data/files"] = files = _Content(reading, schema)
        files.attributes("/data/files")
    parts = "/provenance/segments"
    if parts in reading.attributes:
        found[parts] = segments = _Content(reading, schema)
        segments.attributes(parts)
        count = sum(group.startswith(f"{parts}/") for group in reading.groups)
        for number in map(str, range(1, count + 1)):
            segments.attributes(f"{parts}/{number}", schema[f"{parts}/<n>"].attributes)
    return {group: content.digest.hex() for group, content in found.items()}


def of_checkpoint(reading, schema):
    """The digests that a checkpoint should have: {group: hexadecimal}."""
    content = _Content(reading, schema)
    root = reading.attributes["/"]
    content.digest.add("/epoch", root["epoch"])
    content.digest.add("/config", root["config"])
    content.attributes("/model")
    for group, names in tensors(schema, reading.attributes["/model"]).items():
        for name in names:
            content.digest.add(f"{group}/{name}", reading.data_sets[f"{group}/{name}"])
    if "/partial_epoch" in reading.attributes:
        content.attributes("/partial_epoch")
    found = {"/": content}
    for group in ("/timing", "/provenance"):
        if group in reading.attributes:
            found[group] = _Content(reading, schema)
            found[group].attributes(group)
    return {group: content.digest.hex() for group, content in found.items()}
