#!/usr/bin/env python3
"""Writes a small ResNet of bottleneck blocks with random weights, for Scripts/golden.

    Scripts/golden_checkpoint.py FILE.safetensors [--groups N]

torchvision's names, ten classes, a 7x7 stem with pooling, and five blocks, four of them with a
projection. With --groups the 3x3 convolutions are grouped, as in ResNeXt. Weights are uniform with variance
1 / inputs, so activations keep their size; the statistics of batch normalisation are random too. The same
Python source gives the same file everywhere. Needs nothing but Python.
"""
import argparse
import json
import random
import struct
from math import prod, sqrt
from pathlib import Path

STAGES = [(8, 2), (16, 1), (24, 1), (32, 1)]  # inner channels, blocks


class Writer:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.tensors = {}

    def add(self, name, shape, low, high):
        values = [low + (high - low) * self.random.random() for _ in range(prod(shape))]
        self.tensors[name] = (shape, struct.pack(f"<{len(values)}f", *values))

    def convolution(self, name, norm, outputs, inputs, kernel):
        bound = sqrt(3 / (inputs * kernel * kernel))
        self.add(f"{name}.weight", [outputs, inputs, kernel, kernel], -bound, bound)
        for parameter, low, high in [("weight", 0.8, 1.6), ("bias", -0.2, 0.2),
                                     ("running_mean", -0.1, 0.1), ("running_var", 0.5, 1.5)]:
            self.add(f"{norm}.{parameter}", [outputs], low, high)

    def save(self, path):
        header, offset = {}, 0
        for name, (shape, data) in self.tensors.items():
            header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, offset + len(data)]}
            offset += len(data)
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        content = [struct.pack("<Q", len(text)), text, *(data for _, data in self.tensors.values())]
        Path(path).write_bytes(b"".join(content))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("--groups", type=int, default=1)
    arguments = parser.parse_args()

    writer = Writer(seed=arguments.groups)
    writer.convolution("conv1", "bn1", 16, 3, 7)
    inputs = 16
    for stage, (inner, blocks) in enumerate(STAGES, 1):
        for block in range(blocks):
            prefix, outputs = f"layer{stage}.{block}", 4 * inner
            writer.convolution(f"{prefix}.conv1", f"{prefix}.bn1", inner, inputs, 1)
            writer.convolution(
                f"{prefix}.conv2", f"{prefix}.bn2", inner, inner // arguments.groups, 3)
            writer.convolution(f"{prefix}.conv3", f"{prefix}.bn3", outputs, inner, 1)
            if block == 0:
                writer.convolution(f"{prefix}.downsample.0", f"{prefix}.downsample.1", outputs, inputs, 1)
            inputs = outputs
    writer.add("fc.weight", [10, inputs], -0.3, 0.3)
    writer.add("fc.bias", [10], -0.1, 0.1)
    writer.save(arguments.file)


if __name__ == "__main__":
    main()
