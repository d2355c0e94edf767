#!/usr/bin/env python3
"""Trains Models/resnet20-shapes.safetensors on Shapes pictures that `mixq shapes` renders.

Needs torch, numpy, pillow and safetensors, and `swift build -c release` before it. Models/README.md
holds the command line, the time and the accuracy of the committed checkpoint.
"""

import argparse
import json
import math
import pathlib
import subprocess
import sys
import time

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from torch.nn import functional as F

from resnet20 import ResNet20, normalised

ROOT = pathlib.Path(__file__).resolve().parent.parent
TRAINING_SEED, HELD_OUT_SEED = 1, 2  # quickstart calibrates on seed 3, scores on 4


def render(mixq, folder, count, seed):
    """The pictures and labels of an ImageFolder, which `mixq shapes` writes if it is not there."""
    if not folder.exists():
        subprocess.run(
            [mixq, "shapes", "--output", folder, "--count", str(count), "--seed", str(seed)],
            check=True)
    classes = json.loads((ROOT / "Models/resnet20-shapes.json").read_text())["label_names"]
    files = [(p, label) for label, name in enumerate(classes)
             for p in sorted((folder / name).glob("*.png"))]
    if len(files) != count:
        sys.exit(f"{folder}: {len(files)} pictures, not {count}; remove the folder to render anew")
    pixels = np.stack([np.asarray(Image.open(p).convert("RGB")) for p, _ in files])
    labels = torch.tensor([label for _, label in files])
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous(), labels


def augmented(pixels):
    """A batch mirrored, transposed and with its colour channels permuted: no class minds."""
    flips, transposes = torch.randint(2, (2,)).tolist()
    if flips:
        pixels = pixels.flip(3)
    if transposes:
        pixels = pixels.transpose(2, 3)
    return pixels[:, torch.randperm(3)]


def train(model, pixels, labels, epochs, batch=128, peak=0.06):
    """SGD with Nesterov momentum; the rate climbs for a tenth of the steps, then follows a cosine."""
    decayed = [p for p in model.parameters() if p.ndim > 1]
    plain = [p for p in model.parameters() if p.ndim == 1]
    optimizer = torch.optim.SGD(
        [{"params": decayed, "weight_decay": 5e-4}, {"params": plain, "weight_decay": 0}],
        lr=peak, momentum=0.9, nesterov=True)
    per_epoch = len(labels) // batch
    steps, warm = epochs * per_epoch, epochs * per_epoch // 10
    start = time.time()
    for step in range(steps):
        if step % per_epoch == 0:
            order = torch.randperm(len(labels))
        for group in optimizer.param_groups:
            group["lr"] = peak * (
                (step + 1) / warm if step < warm
                else 0.5 + 0.5 * math.cos(math.pi * (step - warm) / (steps - warm)))
        chosen = order[step % per_epoch * batch:][:batch]
        # bfloat16 convolutions halve the time on CPUs that have them; weights stay float32.
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(normalised(augmented(pixels[chosen])))
        loss = F.cross_entropy(logits.float(), labels[chosen], label_smoothing=0.05)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 50 == 49:
            print(f"step {step + 1}/{steps}  loss {loss.item():.3f}  {time.time() - start:.0f} s",
                  flush=True)


@torch.inference_mode()
def correct(model, pixels, labels):
    """How many pictures the model labels right, in float32."""
    model.eval()
    return sum((model(normalised(p)).argmax(1) == l).sum().item()
               for p, l in zip(pixels.split(500), labels.split(500)))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mixq", default=ROOT / ".build/release/mixq")
    parser.add_argument("--pictures", default=ROOT / ".build/shapes", type=pathlib.Path)
    parser.add_argument("--output", default=ROOT / "Models/resnet20-shapes.safetensors")
    parser.add_argument("--images", type=int, default=30_000)
    parser.add_argument("--epochs", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()

    torch.manual_seed(0)
    torch.set_num_threads(options.threads)
    pictures = render(options.mixq, options.pictures / "training", options.images, TRAINING_SEED)
    held_out = render(options.mixq, options.pictures / "held-out", 2000, HELD_OUT_SEED)
    model = ResNet20()
    start = time.time()
    train(model, *pictures, options.epochs)
    print(f"trained in {time.time() - start:.0f} s")
    print(f"top-1 {correct(model, *held_out)}/2000 held out, "
          f"{correct(model, *(t[::15] for t in pictures))}/{len(pictures[1][::15])} in training")
    tensors = {name: t.contiguous() for name, t in model.state_dict().items()
               if not name.endswith("num_batches_tracked")}
    save_file(tensors, options.output)


if __name__ == "__main__":
    main()
