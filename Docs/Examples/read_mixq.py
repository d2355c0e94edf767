#!/usr/bin/env python3
"""Reads a packed file of mixq: checks its checksums and returns the weights of every layer.

    python3 read_mixq.py FILE

prints one line per layer: its name, shape, bits, and the SHA-256 of its weights as float32. Needs numpy.
Docs/Guide/FileFormat.md describes the format.
"""
import hashlib
import json
import sys

import numpy as np

TYPES = {"U8": np.uint8, "F32": np.dtype("<f4")}


def read_container(path):
    """Returns the tensors, in the order of their bytes, and the metadata of a safetensors file."""
    data = open(path, "rb").read()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        tensors[name] = np.frombuffer(data[begin:end], TYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors, metadata


def check(tensors, metadata):
    """Raises an error if the file has another version or is damaged."""
    if metadata.get("mixq.format") != "3":
        raise ValueError(f"format {metadata.get('mixq.format')}, not 3")
    lines = "".join(
        f"{key}\n{metadata[key]}\n" for key in sorted(metadata) if key != "mixq.metadata_checksum")
    if hashlib.sha256(lines.encode()).hexdigest() != metadata["mixq.metadata_checksum"]:
        raise ValueError("the metadata are damaged")
    for (name, tensor), expected in zip(tensors.items(), json.loads(metadata["mixq.checksums"]), strict=True):
        if hashlib.sha256(tensor.tobytes()).hexdigest() != expected:
            raise ValueError(f"the tensor {name} is damaged")


def unpack(packed, bits, count):
    """Returns `count` codes of `bits` bits each; the lowest bit of a code comes first."""
    stream = np.unpackbits(packed, bitorder="little")[: count * bits].reshape(count, bits)
    return stream @ (1 << np.arange(bits))


def read(path):
    """Returns (bits, weights, bias) of every layer by name; weights have the shape (OC, C/groups, KH, KW)."""
    tensors, metadata = read_container(path)
    check(tensors, metadata)
    widths = {row["layer"]["name"]: row["bits"] for row in json.loads(metadata["mixq.plan"])["layers"]}
    layers = {}
    for node in json.loads(metadata["mixq.network"])["nodes"]:
        if node["operation"] != "convolution":
            continue
        name, shape = node["name"], node["shape"]
        codes = unpack(tensors[f"{name}.codes"], widths[name], int(np.prod(shape))).reshape(shape)
        # One grid, or one per output channel.
        scales = tensors[f"{name}.scales"].reshape(-1, 1, 1, 1)
        zero_points = tensors[f"{name}.zero_points"].astype(int).reshape(-1, 1, 1, 1)
        weights = (codes - zero_points).astype(np.float32) * scales
        layers[name] = (widths[name], weights, tensors.get(f"{name}.bias"))
    return layers


if __name__ == "__main__":
    for name, (bits, weights, bias) in read(sys.argv[1]).items():
        print(name, "x".join(map(str, weights.shape)), bits, hashlib.sha256(weights.tobytes()).hexdigest())
