"""The same file through each reader: all data sets and all attributes, as plain values that can be compared."""

import re
import subprocess
import tempfile
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import h5netcdf  # noqa: F401  (xarray's engine: fail here, with its name, where it is missing)
import h5py
import netCDF4
import numpy
import xarray

from schema import Mismatch

# Attributes by which HDF5 ties dimension scales to data sets.
BOOKKEEPING = {"CLASS", "NAME", "REFERENCE_LIST", "DIMENSION_LIST"}


@dataclass
class Reading:
    """What a reader found: arrays by full name; attributes by the object's full name, then their own."""

    data_sets: dict = field(default_factory=dict)
    attributes: dict = field(default_factory=dict)
    # Names of the dimensions of data sets, where the reader knows any.
    dimensions: dict = field(default_factory=dict)
    groups: list = field(default_factory=list)


def join(group, name):
    return f"{group.rstrip('/')}/{name}"


def with_h5py(path):
    reading = Reading()

    def visit(name, item):
        reading.attributes[name] = {key: item.attrs[key] for key in item.attrs if key not in BOOKKEEPING}
        if isinstance(item, h5py.Dataset):
            reading.data_sets[name] = numpy.asarray(item[()])
            if "DIMENSION_LIST" in item.attrs:
                scale = item.dims[0][0]
                # netCDF's rule: a dimension is known by the name of its scale.
                reading.dimensions[name] = (scale.name.rpartition("/")[2],)
            elif item.is_scale:
                reading.dimensions[name] = (name.rpartition("/")[2],)
        else:
            reading.groups.append(name)
            for key in item:
                visit(join(name, key), item[key])

    # The default on purpose: locking a file that is there to be read must not hurt.
    with h5py.File(path, "r") as file:
        visit("/", file)
    return reading


def with_netcdf4(path):
    reading = Reading()

    def visit(name, group):
        reading.groups.append(name)
        reading.attributes[name] = {key: group.getncattr(key) for key in group.ncattrs()}
        for key, variable in group.variables.items():
            full = join(name, key)
            reading.data_sets[full] = numpy.asarray(variable[...])
            reading.attributes[full] = {key: variable.getncattr(key) for key in variable.ncattrs()}
            if variable.dimensions and not variable.dimensions[0].startswith("phony"):
                reading.dimensions[full] = variable.dimensions
        for key, child in group.groups.items():
            visit(join(name, key), child)

    with netCDF4.Dataset(path) as file:
        file.set_auto_maskandscale(False)
        visit("/", file)
    return reading


def with_xarray(engine):
    def read(path):
        reading = Reading()
        for name in with_h5py(path).groups:
            # A checkpoint's tensors have no named dimensions; h5netcdf wants to be told what to do about it.
            tensors = engine == "h5netcdf" and name.startswith(("/model/", "/optimizer/"))
            options = {"phony_dims": "sort"} if tensors else {}
            with xarray.open_dataset(path, engine=engine, group=name, **options) as data:
                reading.groups.append(name)
                reading.attributes[name] = dict(data.attrs)
                for key, variable in data.variables.items():
                    full = join(name, key)
                    reading.data_sets[full] = numpy.asarray(variable.values)
                    reading.attributes[full] = dict(variable.attrs)
                    if key == "epoch" and key not in data.coords:
                        raise Mismatch(f"{full} is no coordinate")
                    if variable.dims and not str(variable.dims[0]).startswith("phony"):
                        reading.dimensions[full] = tuple(variable.dims)
        return reading

    return read


def tool(*command):
    """Standard output of a command-line tool that succeeds and complains about nothing."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0 or done.stderr:
        raise Mismatch(f"{' '.join(map(str, command))}: exit code {done.returncode} {done.stderr.strip()[:200]}")
    return done.stdout


def with_h5dump(path):
    """Data sets bit by bit; attributes come from `dumped_attributes`."""
    reading = Reading()
    with tempfile.TemporaryDirectory() as folder:
        for name in re.findall(r"^ dataset +(/.*)$", tool("h5dump", "-n", path), re.MULTILINE):
            out = Path(folder) / "bytes"
            text = tool("h5dump", "-d", name, "-b", "LE", "-o", str(out), path)
            kind = re.search(r"DATATYPE +(\S+)", text)
            types = {"H5T_IEEE_F32LE": "<f4", "H5T_IEEE_F64LE": "<f8", "H5T_STD_I64LE": "<i8"}
            if not kind or kind[1] not in types:
                raise Mismatch(f"{name}: h5dump shows the type {kind and kind[1]}")
            extents = re.search(r"DATASPACE +(?:SCALAR|SIMPLE \{ \( (.*?) \))", text)
            shape = tuple(map(int, (extents[1] or "").split(", "))) if extents[1] else ()
            reading.data_sets[name] = numpy.frombuffer(out.read_bytes(), types[kind[1]]).reshape(shape)
    return reading


def dumped_attributes(path):
    """All scalar attributes as h5dump shows them: numbers with all their digits, text without its quotes."""
    found, stack, attribute = {}, [], None
    for line in map(str.strip, tool("h5dump", "-A", "-w", "0", "-m", "%.17g", path).splitlines()):
        owner = "/" + "/".join(part for part in stack if part)
        if start := re.fullmatch(r'(GROUP|DATASET) "(.*)" \{', line):
            stack.append(start[2].strip("/"))
            found["/" + "/".join(part for part in stack if part)] = {}
        elif start := re.fullmatch(r'ATTRIBUTE "(.*)" \{', line):
            attribute = start[1]
            stack.append("")
        elif line.startswith("(0): ") and attribute not in BOOKKEEPING:
            value = line.removeprefix("(0): ")
            found[owner][attribute] = value[1:-1] if value.startswith('"') else value
        elif line.endswith("{"):
            stack.append("")
        elif line.startswith("}"):
            stack.pop()
    return found


def listed(path):
    """Objects with their kind and shape as h5ls lists them: {name: "Group" or "{16, 3}"}."""
    found = {}
    for line in tool("h5ls", "-r", path).splitlines():
        # Names may hold spaces in principle; ours do not, and a name that does must not slip through.
        name, kind, *rest = line.replace("\\ ", " ").split(maxsplit=2)
        found[name] = "Group" if kind == "Group" else " ".join(rest)
    return found


READERS = {
    "netCDF4": with_netcdf4,
    "xarray (netcdf4)": with_xarray("netcdf4"),
    "xarray (h5netcdf)": with_xarray("h5netcdf"),
}


def quietly(read, path):
    """A reading during which any warning counts as an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return read(path)
        except Warning as warning:
            raise Mismatch(f"warns: {warning}") from None
        except (OSError, RuntimeError, KeyError, ValueError, AttributeError, UnicodeError) as error:
            raise Mismatch(f"{type(error).__name__}: {error}") from None
