"""What is checked of every file, each check by a name. A check returns nothing or raises Mismatch."""

import hashlib
import json
import re

import h5py
import numpy

import digests
import readers
from readers import join
from schema import Mismatch, tensors

# What the JSON leaves out where it is this (docs/hdf5-schema.md, /config).
LEFT_OUT = {
    "training_part": "all", "perturbed_layers": "classifier", "perturbation_direction": "weak-gradient",
    "perturbation_step": "line-search", "post_testing": "every-epoch",
}
SERIES = ("/metrics/train", "/metrics/test", "/pof", "/timing")


def require(condition, message):
    # Written so that a NaN or an empty array, which are not True, fail.
    if condition is not True and condition is not numpy.True_:
        raise Mismatch(message)


def version(text):
    major, minor = text.split(".")
    return int(major), int(minor)


class File:
    """A file, its reading by h5py and the part of the page that applies to it."""

    def __init__(self, path, page):
        self.path = str(path)
        self.reading = readers.quietly(readers.with_h5py, self.path)
        root = self.reading.attributes["/"]
        require(root.get("format") in page, f"attribute format of / is {root.get('format')!r}")
        self.kind = root["format"]
        self.is_run = self.kind == "pof-run"
        self.schema = page[self.kind]
        self.version = root["format_version"]

    @property
    def version_number(self):
        return version(self.version)

    def exists_since(self, row):
        return version(row.since) <= self.version_number

    def attributes_of(self, group):
        return self.reading.attributes.get(group, {})

    def expected_attributes(self, group):
        """Names in order, with types, of the attributes that a group must have."""
        table = "/provenance/segments/<n>" if re.fullmatch(r"/provenance/segments/\d+", group) else group
        if table not in self.schema:
            return {}
        found = {}
        for row in self.schema[table].attributes:
            if not self.exists_since(row) or (row.present == "failed" and self.status != "failed"):
                continue
            if row.name == "version_<library>":
                libraries = [name for name in self.attributes_of(group) if name.startswith("version_")]
                require(len(libraries) > 0, f"{group} has no version_<library>")
                found.update({name: row.type for name in sorted(libraries)})
            else:
                found[row.name] = row.type
        return found

    def expected_groups(self):
        """All groups that must be there; those that hold nothing but groups included."""
        groups = ["/"]
        for name, group in self.schema.items():
            rows = group.attributes + group.data_sets
            if rows and not any(self.exists_since(row) for row in rows):
                continue
            if name == "/provenance/segments/<n>":
                found = [g for g in self.reading.groups if g.startswith("/provenance/segments/")]
                require(len(found) > 0, "/provenance/segments holds no segment")
                groups += [f"/provenance/segments/{number}" for number in range(1, len(found) + 1)]
            elif self.is_present(name):
                groups.append(name)
        for name in list(groups):
            while name.count("/") > 1:
                name = name.rpartition("/")[0]
                groups.append(name)
        return set(groups) | ({"/metrics"} if self.is_run else set())

    def is_present(self, group):
        if group == "/partial_epoch":
            # Nothing else of a checkpoint tells; what belongs together inside is checked.
            return group in self.reading.attributes
        if group in ("/metrics/train", "/metrics/test", "/pof"):
            epochs = self.reading.data_sets.get("/timing/epoch", numpy.zeros(0))
            if group == "/metrics/test":
                return any(self.is_evaluated(int(epoch)) for epoch in epochs)
            return len(epochs) > 0 and (group != "/pof" or self.config["post_training"] == "pof")
        if group == "/data/files":
            return self.config["data_source"] == "files"
        return True

    def is_evaluated(self, epoch):
        interval, after = self.config["test_interval"], epoch - self.config["pre_epochs"]
        if after <= 0:
            return after == 0 or epoch % interval == 0
        everywhere = self.config.get("post_testing", "every-epoch") == "every-epoch"
        return everywhere or after % interval == 0 or after == self.config["post_epochs"]

    @property
    def status(self):
        return self.reading.attributes["/"].get("status")

    @property
    def config(self):
        return self.attributes_of("/config")


# MARK: h5py


def names(file):
    """Groups, data sets and attributes: all that the page lists, and nothing else."""
    require(set(file.reading.groups) == file.expected_groups(), difference(file.reading.groups, file.expected_groups()))
    for group in file.reading.groups:
        found, wanted = list(file.reading.attributes[group]), list(file.expected_attributes(group))
        require(sorted(found) == sorted(wanted), f"attributes of {group}: {difference(found, wanted)}")
    if file.is_run:
        wanted = [
            join(group, row.name)
            for group in SERIES
            if group in file.reading.groups
            for row in file.schema[group].data_sets
            if row.present == "always" or f"{group}/epoch" in file.reading.data_sets
        ]
    else:
        wanted = [
            join(group, name)
            for group, rows in tensors(file.schema, file.attributes_of("/model")).items()
            for name in rows
        ]
    found = list(file.reading.data_sets)
    require(sorted(found) == sorted(wanted), difference(found, wanted))
    for name, array in file.reading.data_sets.items():
        wanted = {"units", "long_name"} if file.is_run else set()
        found = file.reading.attributes[name]
        require(set(found) == wanted, f"attributes of {name}: {difference(found, wanted)}")


def difference(found, wanted):
    missing, extra = sorted(set(wanted) - set(found)), sorted(set(found) - set(wanted))
    return f"missing {missing}, not on the page {extra}"


def order(file):
    """Names in the order of the page, where a reader goes by the order of writing."""

    def ordered(item):
        plist = item.id.get_create_plist()
        tracked = plist.get_attr_creation_order() if isinstance(item, h5py.Dataset) else plist.get_link_creation_order()
        require(tracked & h5py.h5p.CRT_ORDER_TRACKED != 0, f"{item.name}: the order of names is not kept")

    def links(group):
        found = []
        group.id.links.iterate(lambda name: found.append(name.decode()), idx_type=h5py.h5.INDEX_CRT_ORDER)
        return found

    with h5py.File(file.path, "r") as opened:
        for group in file.reading.groups:
            ordered(opened[group])
            if file.is_run:
                wanted = [row.name for row in file.schema[group].data_sets] if group in file.schema else []
            else:
                wanted = list(tensors(file.schema, file.attributes_of("/model")).get(group, {}))
            found = [name for name in links(opened[group]) if not isinstance(opened[group].get(name), h5py.Group)]
            require(found == [name for name in wanted if name in found], f"names of {group} are in another order")


def types(file):
    """Types, shapes, and strings that come out as str, all of it ASCII."""
    plain = {"int64": "int64", "flag": "int64", "float64": "float64"}
    with h5py.File(file.path, "r") as opened:
        for group in file.reading.groups:
            for name, wanted in file.expected_attributes(group).items():
                check_attribute(opened[group], name, plain.get(wanted))
                value = file.reading.attributes[group][name]
                require(wanted != "flag" or value in (0, 1), f"{name} of {group} is {value}, no flag")
        for name, array in file.reading.data_sets.items():
            for attribute in file.reading.attributes[name]:
                check_attribute(opened[name], attribute, None)
    for name, (wanted, shape) in expected_types(file).items():
        array = file.reading.data_sets[name]
        require(array.dtype == numpy.dtype(wanted).newbyteorder("<"), f"{name} is {array.dtype}, not {wanted}")
        require(array.shape == shape, f"{name} has shape {array.shape}, not {shape}")


def check_attribute(item, name, wanted):
    stored, value = item.attrs.get_id(name), item.attrs[name]
    require(stored.shape == (), f"{name} of {item.name} is no scalar")
    if wanted:
        require(stored.dtype == numpy.dtype(wanted), f"{name} of {item.name} is {stored.dtype}, not {wanted}")
        return
    text = h5py.check_string_dtype(stored.dtype)
    is_utf8 = text is not None and text.length is None and text.encoding == "utf-8"
    require(is_utf8, f"{name} of {item.name}: {stored.dtype}")
    require(isinstance(value, str) and value.isascii() and len(value) < 4096, f"{name} of {item.name}: {value!r}")


def expected_types(file):
    if not file.is_run:
        groups = tensors(file.schema, file.attributes_of("/model"))
        return {join(group, name): row for group, rows in groups.items() for name, row in rows.items()}
    found = {}
    for group in SERIES:
        count = file.reading.data_sets.get(f"{group}/epoch", numpy.zeros(0)).size
        for row in file.schema[group].data_sets:
            if join(group, row.name) in file.reading.data_sets:
                found[join(group, row.name)] = (row.type, (count,))
    return found


def units(file):
    """units and long_name of every series, word for word."""
    for group in SERIES if file.is_run else ():
        for row in file.schema[group].data_sets:
            name = join(group, row.name)
            for key, wanted in (("units", row.units), ("long_name", row.long_name)):
                found = file.attributes_of(name).get(key, wanted if name not in file.reading.data_sets else None)
                require(found == wanted, f"{key} of {name} is {found!r}, not {wanted!r}")


def scales(file):
    """Each series lies on its own group's epoch, which counts upwards."""
    with h5py.File(file.path, "r") as opened:
        for name in file.reading.data_sets if file.is_run else ():
            item, scale = opened[name], opened[name.rpartition("/")[0] + "/epoch"]
            require(scale.is_scale, f"{scale.name} is no dimension scale")
            if item != scale:
                require(len(item.dims[0]) == 1 and item.dims[0][0] == scale, f"{name} is not attached to {scale.name}")
            else:
                label = h5py.h5ds.get_scale_name(item.id)
                require(label == b"epoch", f"{name} is a scale named {label}")
                require(len(item) > 0 and item[0] >= 1, f"{name} begins with no epoch")
                require(bool((numpy.diff(item[:]) >= 1).all()), f"{name} does not count upwards")


def storage(file):
    """Small data sets lie in headers, larger ones are checksummed, large series compressed."""
    with h5py.File(file.path, "r") as opened:
        for name, array in file.reading.data_sets.items():
            layout = opened[name].id.get_create_plist().get_layout()
            small = array.nbytes <= 4096
            require(layout == (h5py.h5d.COMPACT if small else h5py.h5d.CHUNKED), f"{name} has another layout")
            if not small:
                require(opened[name].fletcher32, f"{name} has no checksum")
                wanted = ("gzip", 4, True) if file.is_run else (None, None, False)
                found = (opened[name].compression, opened[name].compression_opts, opened[name].shuffle)
                require(found == wanted, f"{name} is filtered by {found}")


def content(file):
    """Parts of the file that must agree with each other."""
    root = file.reading.attributes["/"]
    owner, names = (file.config, ("json", "digest")) if file.is_run else (root, ("config", "config_digest"))
    text, digest = (owner[name] for name in names)
    require(hashlib.sha256(text.encode()).hexdigest() == digest, "the configuration's digest is another")
    settings = json.loads(text)
    require(list(settings) == sorted(settings), "the configuration's JSON is not sorted")
    if not file.is_run:
        model = file.attributes_of("/model")
        same = all(model[key] == settings[key] for key in ("depth", "width"))
        require(same, "model and configuration disagree")
        check_partial_epoch(file, settings)
        return
    if file.version_number >= (1, 1):
        check_segments(file)
    left_out = {key: value for key, value in file.config.items() if key not in settings and key not in ("json", "digest")}
    require(set(settings) < set(file.config), "JSON and attributes of /config disagree")
    for key, value in left_out.items():
        require(value == LEFT_OUT.get(key), f"{key} of /config is {value!r}, and not in the JSON")
    for key, value in file.attributes_of("/data/files").items():
        require(key == "content_digest" or bool(value >= file.attributes_of("/data")[key]), f"fewer images than used: {key}")
    for key, value in settings.items():
        require(bool(file.config[key] == value), f"{key} of /config is not that of the JSON")
    require(root["status"] in ("partial", "done", "failed"), f"status is {root['status']!r}")
    first = 1 if settings["post_training"] == "none" else settings["pre_epochs"] + 1
    last = settings["pre_epochs"] + settings["post_epochs"]
    epochs = file.reading.data_sets.get("/timing/epoch", numpy.zeros(0)).tolist()
    require(epochs == list(range(first, first + len(epochs))), "epochs are not one after the other")
    planned = last - first + 1
    require(len(epochs) == planned or (len(epochs) < planned and root["status"] != "done"), "another number of epochs")
    series = file.reading.data_sets
    train = series.get("/metrics/train/epoch", numpy.zeros(0)).tolist()
    require(train == epochs, "epochs of /metrics/train are others than those of /timing")
    tested = series.get("/metrics/test/epoch", numpy.zeros(0)).tolist()
    require(tested == [epoch for epoch in epochs if file.is_evaluated(epoch)], "other epochs were evaluated")
    for name, array in series.items():
        if name.endswith("/error"):
            require(bool(((array >= 0) & (array <= 100)).all()), f"{name} is no percentage")
        if root["status"] != "failed":
            require(bool(numpy.isfinite(array).all()), f"{name} is not finite")


def check_segments(file):
    """Segments begin one after the other, the first with the training; the last is that of /provenance."""
    numbered = [group for group in file.reading.groups if re.fullmatch(r"/provenance/segments/\d+", group)]
    segments = [file.attributes_of(f"/provenance/segments/{number + 1}") for number in range(len(numbered))]
    starts = [(int(segment["first_epoch"]), int(segment["first_step"])) for segment in segments]
    require(starts[0] == (1, 1) and starts == sorted(set(starts)), f"segments begin at {starts}")
    require(all(segment["starts"] >= 1 for segment in segments), "a segment that no process worked in")
    promised = file.attributes_of("/provenance/segments")["equal_bytes_promised"]
    clean = not file.attributes_of("/provenance")["dirty"] and segments[-1]["commit"] != "unknown"
    require(bool(promised == (len(segments) == 1 and clean)), "equal_bytes_promised does not fit the segments")
    whole = dict(file.attributes_of("/provenance"))
    for key, value in segments[-1].items():
        if key not in ("first_epoch", "first_step", "starts", "dirty"):
            require(bool(whole.get(key) == value), f"{key} of /provenance is not the last segment's")
    dirty = any(segment["dirty"] for segment in segments)
    require(bool(whole["dirty"] == dirty), "dirty of /provenance does not fit the segments")


def check_partial_epoch(file, settings):
    if "/partial_epoch" in file.reading.attributes:
        partial = file.attributes_of("/partial_epoch")
        require(bool(partial["epoch"] == file.attributes_of("/")["epoch"] + 1), "another epoch is under way")
        require(bool(partial["steps"] >= 1 and partial["loss_sum"] > 0), "an epoch under way without a step")
        seconds = file.attributes_of("/timing")["partial_epoch_seconds"]
        require(bool(seconds > 0), "an epoch under way that took no time")
        perturbed = settings["post_training"] == "pof"
        require(bool((partial["search_count"] > 0) == perturbed), "searches without perturbation or the reverse")
    elif file.version_number >= (1, 1):
        require(bool(file.attributes_of("/timing")["partial_epoch_seconds"] == 0), "seconds of no epoch")


def digest(file):
    """The digests are those of what the file says."""
    wanted = (digests.of_run if file.is_run else digests.of_checkpoint)(file.reading, file.schema)
    for group, value in wanted.items():
        require(file.attributes_of(group).get("content_digest") == value, f"content_digest of {group} is another")


# MARK: Other readers


def same_values(file, found, reader):
    """Equal data sets, bit by bit, and equal attributes."""
    wanted = file.reading
    require(set(found.data_sets) == set(wanted.data_sets), difference(found.data_sets, wanted.data_sets))
    for name, array in wanted.data_sets.items():
        other = found.data_sets[name]
        require(
            other.shape == array.shape and other.dtype.newbyteorder("=") == array.dtype.newbyteorder("="),
            f"{name} is {other.dtype} {other.shape} in {reader}",
        )
        require(other.tobytes() == array.tobytes(), f"{name} has other values in {reader}")
    return wanted


def through(reader):
    def check(file):
        """Equal values, names, types, shapes, dimensions and attributes."""
        found = readers.quietly(readers.READERS[reader], file.path)
        wanted = same_values(file, found, reader)
        differ = difference(found.dimensions.items(), wanted.dimensions.items())
        require(found.dimensions == wanted.dimensions, f"dimensions: {differ}")
        require(sorted(found.groups) == sorted(wanted.groups), difference(found.groups, wanted.groups))
        for name, attributes in wanted.attributes.items():
            others = found.attributes[name]
            require(set(others) == set(attributes), f"attributes of {name}: {difference(others, attributes)}")
            for key, value in attributes.items():
                other = others[key]
                same = isinstance(other, str) if isinstance(value, str) else numpy.asarray(other).dtype == value.dtype
                require(bool(same and other == value), f"{key} of {name} is {other!r} in {reader}")

    return check


def h5dump(file):
    """Every value, and every attribute, as h5dump shows it."""
    same_values(file, readers.with_h5dump(file.path), "h5dump")
    found = readers.dumped_attributes(file.path)
    require(set(found) == set(file.reading.attributes), difference(found, file.reading.attributes))
    for name, attributes in file.reading.attributes.items():
        require(set(found[name]) == set(attributes), f"attributes of {name}: {difference(found[name], attributes)}")
        for key, value in attributes.items():
            shown = found[name][key]
            same = shown == value if isinstance(value, str) else type(value)(shown) == value
            require(bool(same), f"{key} of {name} is {shown!r}")


def h5ls(file):
    """All names, and the shapes."""
    wanted = {name: "Group" for name in file.reading.groups}
    for name, array in file.reading.data_sets.items():
        wanted[name] = "{" + ", ".join(map(str, array.shape)) + "}" if array.shape else "{SCALAR}"
    found = readers.listed(file.path)
    require(found == wanted, difference(found.items(), wanted.items()))


# In the order in which they run: what is wrong is told by the first that sees it.
CHECKS = {
    "names": names,
    "types": types,
    "units": units,
    "scales": scales,
    "order": order,
    "storage": storage,
    "content": content,
    "digests": digest,
    "h5dump": h5dump,
    "h5ls": h5ls,
    **{reader: through(reader) for reader in readers.READERS},
}
