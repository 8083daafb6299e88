"""The schema as docs/hdf5-schema.md states it: its tables, read off the page. Nothing about the files is known here."""

import re
from dataclasses import dataclass, field


class Mismatch(Exception):
    """A file, or a reader, that does not do what the page says."""


@dataclass(frozen=True)
class Row:
    """A line of a table."""

    name: str
    type: str
    present: str = "always"
    since: str = "1.0"
    units: str = ""
    long_name: str = ""
    shape: str = ""


@dataclass
class Group:
    attributes: list[Row] = field(default_factory=list)
    data_sets: list[Row] = field(default_factory=list)


def read_page(path):
    """The tables of both kinds of files: {"pof-run": {"/": Group, ...}, "pof-checkpoint": ...}."""
    kinds = {"## Run file": "pof-run", "## Checkpoint": "pof-checkpoint"}
    schema, kind, group, columns = {}, None, None, None
    for line in open(path, encoding="ascii").read().splitlines():
        if line.startswith("## "):
            kind = kinds.get(line)
        elif kind and (heading := re.fullmatch(r"### `(/\S*)`", line)):
            group = schema.setdefault(kind, {}).setdefault(heading[1], Group())
        if not line.startswith("|"):
            columns = None
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if columns is None:
            columns = cells
        elif kind and columns[0] in ("attribute", "data set") and not set(line) <= set("|- "):
            values = dict(zip(columns, cells, strict=True))
            name = values.pop(columns[0]).strip("`")
            values.pop("meaning", None)
            rows = group.attributes if columns[0] == "attribute" else group.data_sets
            rows.append(Row(name=name, **values))
    if set(schema) != set(kinds.values()) or not schema["pof-checkpoint"]["/model/feature_extractor"].data_sets:
        raise Mismatch(f"{path}: its tables were not found")
    return schema


def tensors(schema, sizes):
    """A checkpoint's tensors for a network's sizes, in order: {group: {name: (type, shape)}}."""
    depth, width = sizes["depth"], sizes["width"]
    features = 64 * width

    def shape(text, channels):
        if text == "scalar":
            return ()
        known = {"64 k": features, "channels": sizes["channels"], "classes": sizes["classes"], **channels}
        return tuple(known[word] if word in known else int(word) for word in text.split(", "))

    def expand(rows):
        block_rows = [row for row in rows if "<G>" in row.name]
        found, done = {}, False
        for row in rows:
            if "<G>" not in row.name:
                found[row.name] = (row.type, shape(row.shape, {}))
                continue
            if done:
                continue
            done = True
            inputs = 16
            for group in (1, 2, 3):
                outputs = 16 * width * 2 ** (group - 1)
                for block in range((depth - 4) // 6):
                    for row in block_rows:
                        projects = inputs != outputs or (group > 1 and block == 0)
                        if row.present != "always" and not projects:
                            continue
                        name = row.name.replace("<G>", str(group)).replace("<B>", str(block))
                        found[name] = (row.type, shape(row.shape, {"I": inputs, "O": outputs}))
                    inputs = outputs
        return found

    groups = {name: expand(schema[name].data_sets) for name in ("/model/feature_extractor", "/model/classifier")}
    buffers = ("running_mean", "running_var", "num_batches_tracked")
    groups["/optimizer/momentum"] = {
        name: tensor
        for group in ("/model/feature_extractor", "/model/classifier")
        for name, tensor in groups[group].items()
        if not name.endswith(buffers)
    }
    return groups
