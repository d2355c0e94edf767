#!/usr/bin/env python3
"""Prints the SHA-256 of the numbers in one output of mixq. Scripts/golden calls it.

    Scripts/golden_digest.py KIND FILE [FILE] [--show]

Names, metadata, times, memory and paths do not count. This script fixes the order of the numbers, so a renamed key
or another layout of a file needs a change here and does not change the SHA-256. A missing number is an error.
--show prints the numbers themselves, one list per line, to find the differences of two outputs. Needs nothing but
Python.
"""
import hashlib
import json
import math
import struct
import sys
from itertools import chain
from pathlib import Path


def read(path):
    return json.loads(Path(path).read_text())


def value(record, *keys):
    """Returns the value under the first of `keys` that `record` has: today's key, then earlier ones."""
    for key in keys:
        if key in record:
            return record[key]
    raise SystemExit(f"golden_digest: no {' or '.join(keys)} among {', '.join(sorted(record))}")


def name(record):
    return value(record, "name", "layer", "site")


def numbers(item):
    """Returns all numbers in `item`, however deep; of an object in the order of its keys."""
    if isinstance(item, dict):
        item = [item[key] for key in sorted(item)]
    if isinstance(item, list):
        return list(chain.from_iterable(map(numbers, item)))
    return [float(item)] if isinstance(item, (bool, int, float)) else []


# Models and plans


def inspection(path):
    """Layers by name, then activations in the network's order, then the sums."""
    report = read(path)
    for layer in sorted(report["layers"], key=name):
        yield [layer["bits"], layer["multiply_adds"], *layer["output"], *layer["weights"]]
    for site in report.get("activations", []):
        yield [site["bits"], site["elements"]]
    yield [report["classes"], report["parameters"], report["payload_bytes"]]


def widths(path):
    """The bits of a plan: layers by name, then activations in the network's order."""
    plan = read(path)
    yield [layer["bits"] for layer in sorted(plan["layers"], key=name)]
    yield [site["bits"] for site in plan.get("activations", [])]


def errors(path):
    """The error of each layer by name and of each activation, which a report on a plan holds."""
    report = read(path)
    counts = {"bits", "weights", "elements", "pinned"}
    for entry in sorted(report["layers"], key=name) + report.get("activations", []):
        yield numbers({key: entry[key] for key in entry if key not in counts})
    yield [report["average_bits"], report["average_free_bits"], report["bytes"]]


# Packed files


def unpacked(data, bits, count):
    """Returns `count` codes as bytes: code i is bits i·width ..< (i+1)·width, lowest first."""
    if len(data) != math.ceil(count * bits / 8):
        raise SystemExit(f"golden_digest: {len(data)} bytes for {count} codes of {bits} bits")
    pair, mask = 2 * bits, (1 << 2 * bits) - 1
    pairs = [bytes((i & (1 << bits) - 1, i >> bits)) for i in range(1 << pair)]
    data += bytes(-len(data) % bits)
    codes = bytearray()
    for start in range(0, len(data), bits):  # eight codes
        word = int.from_bytes(data[start:start + bits], "little")
        for shift in range(0, 4 * pair, pair):
            codes += pairs[word >> shift & mask]
    return bytes(codes[:count])


def activation_grids(item):
    """Returns (bits, scale, zero point) of every grid in the metadata, wherever they are kept."""
    if isinstance(item, dict):
        if "scale" in item:
            return [(value(item, "bits"), item["scale"], value(item, "zero_point", "zeroPoint"))]
        item = list(item.values())
    return list(chain.from_iterable(map(activation_grids, item))) if isinstance(item, list) else []


def metadata_values(header):
    for text in header.get("__metadata__", {}).values():
        try:
            yield json.loads(text)
        except json.JSONDecodeError:
            pass


def tensors(path, inspection_path):
    """For each layer by name the SHA-256 of its codes, scales, zero points and bias; then all grids of
    activations in order of value. The shapes and widths are those that `mixq inspect` reports."""
    content = Path(path).read_bytes()
    size = 8 + struct.unpack_from("<Q", content)[0]
    header = json.loads(content[8:size])
    report = read(inspection_path)

    def data(tensor, kind):
        if header[tensor]["dtype"] != kind:
            raise SystemExit(f"golden_digest: {tensor} is {header[tensor]['dtype']}, not {kind}")
        begin, end = header[tensor]["data_offsets"]
        return content[size + begin:size + end]

    for layer in sorted(report["layers"], key=name):
        codes = unpacked(
            data(f"{name(layer)}.codes", "U8"), layer["bits"], math.prod(layer["weights"]))
        bias = f"{name(layer)}.bias"
        parts = [codes, data(f"{name(layer)}.scales", "F32"), data(f"{name(layer)}.zero_points", "U8"),
                 data(bias, "F32") if bias in header else b""]
        yield [layer["bits"], *(hashlib.sha256(part).hexdigest() for part in parts)]

    grids = sorted(activation_grids(list(metadata_values(header))))
    expected = sorted(site["bits"] for site in report.get("activations", []))
    if sorted(bits for bits, _, _ in grids) != expected:
        raise SystemExit(f"golden_digest: {len(grids)} grids for {len(expected)} activations")
    for bits, scale, zero_point in grids:
        yield [bits, struct.unpack("<f", struct.pack("<f", scale))[0], zero_point]


def units(path):
    """The output errors of each unit before and after learning, in the network's order."""
    for unit in read(path)["units"]:
        yield [value(unit, "error_before", "errorBefore"), value(unit, "error_after", "errorAfter")]


# Scores


def predictions(path):
    """Label, answer and the best classes with their logits, for each image in the file's order."""
    for line in Path(path).read_text().splitlines()[1:]:
        _, label, answer, *best = line.split("\t")
        yield [int(label), int(answer), *(float(part) for pair in best for part in pair.split(":"))]


def evaluation(path):
    report = read(path)
    yield [report["images"], report["correct1"], report["correct5"], *report["top1_interval"]]


SCORES = "bytes", "average_free_bits", "top1", "flips", "kl"


def experiment(path):
    """For each model the full-precision top-1, then the scores of all rows, in order of value."""
    for model in read(path)["experiments"]:
        yield [model["full_precision_top1"], model["images"]]
        yield from sorted([row[key] for key in ("target_bits", *SCORES)] for row in model["rows"])


def experiment_statistics(path):
    """The intervals of all rows, the random fills, and the verdict's differences and p-values."""
    report = read(path)
    for model in report["experiments"]:
        yield from sorted(
            numbers([row[key] for key in ("top1", "kl", "top1_interval", "kl_interval")])
            for row in model["rows"])
        yield from sorted(sorted(numbers(fill)) for fill in model["random_fills"])
    yield from sorted(sorted(numbers(answer)) for answer in report["verdict"]["answers"])


def search(path):
    """The trials of an accuracy target in their order, then the bytes of the best."""
    report = read(path)
    for trial in report["trials"]:
        yield numbers([trial["bits"], trial["bytes"], trial["top1"], trial["drop"],
                       trial["drop_interval"], trial["kept"]])
    yield [report["full_precision_top1"], report["best"]["bytes"]]


def pictures(folder):
    """The SHA-256 of each file in a folder, in the order of their paths."""
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file():
            yield [hashlib.sha256(path.read_bytes()).hexdigest()]


KINDS = {
    "inspection": inspection, "widths": widths, "errors": errors, "tensors": tensors, "units": units,
    "predictions": predictions, "evaluation": evaluation, "experiment": experiment,
    "experiment-statistics": experiment_statistics, "search": search, "pictures": pictures,
}


def line(items):
    return " ".join(item if isinstance(item, str) else repr(float(item)) for item in items)


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--show"]
    if len(arguments) < 2 or arguments[0] not in KINDS:
        raise SystemExit(f"usage: golden_digest.py {'|'.join(KINDS)} FILE [FILE] [--show]")
    lines = [line(items) for items in KINDS[arguments[0]](*arguments[1:])]
    if not any(lines):
        raise SystemExit(f"golden_digest: {arguments[1]} holds no numbers")
    if "--show" in sys.argv:
        print(*lines, sep="\n")
    else:
        print(hashlib.sha256("\n".join(lines).encode()).hexdigest())


if __name__ == "__main__":
    main()
