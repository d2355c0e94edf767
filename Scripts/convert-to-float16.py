#!/usr/bin/env python3
"""Writes a PyTorch checkpoint as float16 safetensors, without its batch counters.

    Scripts/convert-to-float16.py resnet18-imagenette.pth Models/resnet18-imagenette.safetensors
"""

import sys

import torch
from safetensors.torch import save_file


def main(source, target):
    tensors = torch.load(source, map_location="cpu", weights_only=True)
    tensors = tensors.get("state_dict", tensors)
    halves = {}
    for name, tensor in tensors.items():
        if name.endswith("num_batches_tracked"):
            continue
        halves[name] = tensor.half().contiguous()
        if not halves[name].isfinite().all():
            sys.exit(f"{name}: a value is too large for float16")
    save_file(halves, target)
    print(f"{target}: {len(halves)} tensors, {sum(t.numel() for t in halves.values()):,} values")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
