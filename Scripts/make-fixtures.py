#!/usr/bin/env python3
"""Writes PyTorch's logits for the committed checkpoints to Tests/Fixtures, so that parity is always tested.

    Scripts/make-fixtures.py        needs torch, numpy, pillow, safetensors and a built mixq

shapes_logits.safetensors
    pixels  uint8 (20, 32, 32, 3)  pictures 0…19 of Shapes seed 2, of which every class has two
    labels  int64 (20)
    logits  float32 (20, 10)       of resnet20-shapes in float32

resnet18_generated_logits.safetensors
    logits  float32 (2, 10)        of resnet18-imagenette, its float16 weights widened to float32
    stem, layer1.0 … layer4.1      float32 (2, C): each output's mean over height and width;
                                   the stem's is taken after its pooling

The generated input is not stored: value i, counted through (2, 3, 64, 64) in order, is
(next() >> 40) / 2^23 - 1 of a SplitMix64 with seed 18, exact in float32 and in [-1, 1).
"""

import pathlib
import subprocess
import tempfile

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch.nn import functional as F

from resnet20 import ResNet20, normalised

ROOT = pathlib.Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "Tests/Fixtures"
MASK = (1 << 64) - 1


def splitmix64(seed, count):
    """The first `count` numbers of the generator in Sources/Tensors/SplitMix64.swift."""
    for i in range(1, count + 1):
        z = (seed + i * 0x9E3779B97F4A7C15) & MASK
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
        yield z ^ (z >> 31)


def rendered(count, seed):
    """Pictures 0…count-1 of Shapes as uint8 (N, H, W, 3), and their labels."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [ROOT / ".build/release/mixq", "shapes", "--output", f"{folder}/shapes",
             "--count", str(count), "--seed", str(seed)], check=True)
        files = sorted(pathlib.Path(folder).glob("shapes/*/*.png"), key=lambda p: p.stem)
        pixels = np.stack([np.asarray(Image.open(file)) for file in files])
    return torch.from_numpy(pixels), torch.arange(count) % 10


def shapes_logits():
    model = ResNet20()
    model.load_state_dict(load_file(ROOT / "Models/resnet20-shapes.safetensors"), strict=False)
    pixels, labels = rendered(20, seed=2)
    logits = model.eval()(normalised(pixels.permute(0, 3, 1, 2)))
    print(f"shapes: {(logits.argmax(1) == labels).sum()} of 20 right")
    return {"pixels": pixels, "labels": labels, "logits": logits}


def resnet18_logits():
    halves = load_file(ROOT / "Models/resnet18-imagenette.safetensors")
    weights = {name: tensor.float() for name, tensor in halves.items()}

    def convolved(x, conv, bn, stride=1):
        kernel = weights[f"{conv}.weight"]
        x = F.conv2d(x, kernel, stride=stride, padding=kernel.shape[-1] // 2)
        return F.batch_norm(x, weights[f"{bn}.running_mean"], weights[f"{bn}.running_var"],
                            weights[f"{bn}.weight"], weights[f"{bn}.bias"], eps=1e-5)

    numbers = [(z >> 40) / 2**23 - 1 for z in splitmix64(18, 2 * 3 * 64 * 64)]
    x = torch.tensor(numbers).view(2, 3, 64, 64)
    x = F.max_pool2d(F.relu(convolved(x, "conv1", "bn1", stride=2)), 3, 2, 1)
    means = {"stem": x.mean((2, 3))}
    for block in [f"layer{stage}.{i}" for stage in range(1, 5) for i in range(2)]:
        shortens = f"{block}.downsample.0.weight" in weights
        stride = 2 if shortens else 1
        y = F.relu(convolved(x, f"{block}.conv1", f"{block}.bn1", stride))
        y = convolved(y, f"{block}.conv2", f"{block}.bn2")
        if shortens:
            x = convolved(x, f"{block}.downsample.0", f"{block}.downsample.1", stride)
        x = F.relu(x + y)
        means[block] = x.mean((2, 3))
    logits = F.linear(x.mean((2, 3)), weights["fc.weight"], weights["fc.bias"])
    return {"logits": logits, **means}


@torch.inference_mode()
def main():
    torch.set_num_threads(1)
    FIXTURES.mkdir(exist_ok=True)
    for name, fixture in [("shapes_logits", shapes_logits()),
                          ("resnet18_generated_logits", resnet18_logits())]:
        path = FIXTURES / f"{name}.safetensors"
        save_file({key: t.contiguous() for key, t in fixture.items()}, path)
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
