#!/usr/bin/env python3
"""Writes ten steps of BRECQ's weight reconstruction, by PyTorch, to Tests/Fixtures.

    Scripts/make-brecq-fixture.py      needs torch and safetensors

It learns the rounding of a basic and of a bottleneck block with autograd and torch.optim.Adam, in
float64. The formulas are those of Nagel et al., "Up or Down?" (ICML 2020, equations 21 to 25), and Li
et al., "BRECQ" (ICLR 2021, equation 10), in the form of BRECQ's public code:

    h(V)         = clamp(1.2 · sigmoid(V) - 0.1, 0, 1), initially the part of w / s above its floor
    soft weight  = s · (clamp(floor(w / s) + h(V) + z, 0, 2^width - 1) - z)
    loss         = mean over images and pixels of sum over channels of fisher · (output - target)²
    regulariser  = lambda · sum over all weights of (1 - |2h(V) - 1|^beta)

At step t = 1 … 10, the regulariser is left out if t < 0.2 · 10; then beta = 2 + 18 · (1 - (t - 2) / 8)
and lambda = 0.01. Adam has torch's defaults except for its rate: 0.15 throughout for the basic block; for
the bottleneck 0.1, which falls to 0.01 along half a cosine from step 6, as 0.1 · (1 - 0.9 · (1 -
cos(pi · (p - 0.5) / 0.5)) / 2) with p = (t - 1) / 10. (mixq's recipes have this decay; BRECQ has none.)

The blocks are ReLU(branch(x) + shortcut(x)) with folded batch normalisation, so that every convolution
has a bias. The basic block keeps its 8 channels. The bottleneck has stride 2 in its 3×3 convolution
and goes from 16 to 32 channels through a projection. The inputs differ from those that the targets
were computed from, as if earlier blocks were quantized.

brecq_steps.safetensors, for each block B in (basic, bottleneck), with layers L in (conv1, conv2, conv3,
downsample) as far as the block has them:

    B.inputs, B.targets, B.fisher   float32 (10, C, H, W)
    B.batches                       int64 (10, 6)    the images of every step, which the project's
                                                     SplitMix64 draws from B's seed, 41 or 42
    B.L.weight, B.L.bias            float32
    B.L.width                       int64 (1)        bits
    B.L.scale, B.L.zero             float32 (OC)     one grid per output channel
    B.beta                          float32 (10)     0 where the regulariser is left out
    B.rate                          float32 (10)
    B.loss, B.regulariser           float32 (10)     on the step's images, before the step
    B.L.steps                       float32 (10, OC, C, K, K)   V after every step
    B.L.codes                       uint8            up where V >= 0, in the end
    B.errors                        float32 (2)      the loss of hard weights over all images: rounded to
                                                     nearest, and as B.L.codes
"""

import math
import pathlib

import torch
from safetensors.torch import save_file
from torch.nn import functional as F

FIXTURE = pathlib.Path(__file__).resolve().parent.parent / "Tests/Fixtures/brecq_steps.safetensors"
STEPS, WARM_UP, FIRST_BETA, LAST_BETA, LAMBDA = 10, 0.2, 20, 2, 0.01
IMAGES, BATCH = 10, 6
MASK = (1 << 64) - 1


# The project's generator, Sources/Tensors/SplitMix64.swift

class SplitMix64:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
        return z ^ (z >> 31)

    def sample(self, count, total):
        """The first `count` entries of a random permutation of 0…total-1."""
        indices = list(range(total))
        for i in range(count):
            j = i + (self.next() * (total - i) >> 64)
            indices[i], indices[j] = indices[j], indices[i]
        return indices[:count]


# Blocks

class Layer:
    """A convolution with random weights, and the grid that its weights are rounded on."""

    def __init__(self, shape, stride, width):
        outputs, fan_in = shape[0], math.prod(shape[1:])
        self.weight = as_stored(torch.randn(shape) * math.sqrt(2 / fan_in))
        self.bias = as_stored(torch.randn(outputs) * 0.2)
        self.stride, self.width = stride, width
        # A range of 0.8 of what the weights take, so that the largest ones are clipped.
        rows = self.weight.flatten(1)
        low = 0.8 * rows.amin(1).clamp(max=0)
        high = 0.8 * rows.amax(1).clamp(min=0)
        self.scale = as_stored((high - low) / self.top)
        self.zero = torch.round(-low / self.scale)

    @property
    def top(self):
        return 2**self.width - 1

    def quantized(self, codes):
        """The values of `codes`, which need not be integers, after clamping."""
        scale, zero = (t.view(-1, 1, 1, 1) for t in (self.scale, self.zero))
        return (torch.clamp(codes + zero, 0, self.top) - zero) * scale

    def position(self):
        """The weights in steps of their scales."""
        return self.weight / self.scale.view(-1, 1, 1, 1)

    def convolve(self, x, weight):
        return F.conv2d(x, weight, self.bias, stride=self.stride, padding=weight.shape[-1] // 2)


def as_stored(tensor):
    """In float64, with values that float32 can hold."""
    return tensor.float().double()


def output(layers, weights, x):
    """The block's output for `x` with other weights."""
    y = x
    branch = [name for name in layers if name != "downsample"]
    for name in branch:
        y = layers[name].convolve(y, weights[name])
        if name != branch[-1]:
            y = F.relu(y)
    if "downsample" in layers:
        x = layers["downsample"].convolve(x, weights["downsample"])
    return F.relu(x + y)


# What is learned

def rectified_sigmoid(v):
    return torch.clamp(torch.sigmoid(v) * 1.2 - 0.1, 0, 1)


def first_variables(layer):
    position = layer.position()
    fraction = position - torch.floor(position)
    return (-torch.log(1.2 / (fraction + 0.1) - 1)).requires_grad_()


def soft_weight(layer, v):
    return layer.quantized(torch.floor(layer.position()) + rectified_sigmoid(v))


def reconstruction_loss(found, target, fisher):
    return ((found - target).pow(2) * fisher).sum(1).mean()


def beta_at(step):
    """The exponent of the regulariser, or 0 during the warm-up."""
    start = WARM_UP * STEPS
    if step < start:
        return 0
    return LAST_BETA + (FIRST_BETA - LAST_BETA) * max(0, 1 - (step - start) / (STEPS - start))


def falling_rate(step):
    progress = (step - 1) / STEPS
    descent = (1 - math.cos(math.pi * (progress - 0.5) / 0.5)) / 2 if progress > 0.5 else 0
    return 0.1 * (1 - 0.9 * descent)


def learned(layers, data, batches, rate_at):
    """Every step's loss, regulariser, exponent and rate, and the variables after it."""
    variables = {name: first_variables(layer) for name, layer in layers.items()}
    adam = torch.optim.Adam(variables.values())
    steps = {"loss": [], "regulariser": [], "beta": [], "rate": []}
    history = {name: [] for name in layers}
    for step in range(1, STEPS + 1):
        rows, beta, rate = batches[step - 1], beta_at(step), rate_at(step)
        weights = {name: soft_weight(layers[name], v) for name, v in variables.items()}
        loss = reconstruction_loss(
            output(layers, weights, data["inputs"][rows]), data["targets"][rows],
            data["fisher"][rows])
        regulariser = torch.zeros((), dtype=torch.float64)
        if beta:
            for v in variables.values():
                h = rectified_sigmoid(v)
                regulariser = regulariser + LAMBDA * (1 - (2 * h - 1).abs().pow(beta)).sum()
        adam.zero_grad()
        (loss + regulariser).backward()
        adam.param_groups[0]["lr"] = rate
        adam.step()
        values = {"loss": loss, "regulariser": regulariser, "beta": beta, "rate": rate}
        for key, value in values.items():
            steps[key].append(float(torch.as_tensor(value).detach()))
        for name, v in variables.items():
            history[name].append(v.detach().clone())
    return steps, {name: torch.stack(values) for name, values in history.items()}


def hard_error(layers, codes, data):
    weights = {name: layer.quantized(codes[name]) for name, layer in layers.items()}
    found = output(layers, weights, data["inputs"])
    return reconstruction_loss(found, data["targets"], data["fisher"])


# Fixtures

def block_data(layers, channels, size):
    clean = F.relu(torch.randn(IMAGES, channels, size, size, dtype=torch.float64))
    inputs = as_stored(F.relu(clean + 0.1 * torch.randn_like(clean)))
    weights = {name: layer.weight for name, layer in layers.items()}
    targets = as_stored(output(layers, weights, clean))
    squares = torch.randn_like(targets).pow(2)
    return {"inputs": inputs, "targets": targets, "fisher": as_stored(squares / squares.mean())}


def fixture(layers, channels, size, seed, rate_at):
    data = block_data(layers, channels, size)
    generator = SplitMix64(seed)
    batches = [generator.sample(BATCH, IMAGES) for _ in range(STEPS)]
    steps, history = learned(layers, data, batches, rate_at)

    nearest = {name: torch.round(layer.position()) for name, layer in layers.items()}
    hard = {
        name: torch.floor(layer.position()) + (history[name][-1] >= 0)
        for name, layer in layers.items()}
    errors = [hard_error(layers, codes, data) for codes in (nearest, hard)]
    print(f"losses {steps['loss'][0]:.4f} to {steps['loss'][-1]:.4f}, "
          f"regularisers {steps['regulariser'][1]:.4f} to {steps['regulariser'][-1]:.4f}, "
          f"hard errors {errors[0]:.4f} to {errors[1]:.4f}, "
          f"{sum(int((hard[n] != nearest[n]).sum()) for n in layers)} other codes")

    found = {key: value.float() for key, value in data.items()}
    found |= {key: torch.tensor(values) for key, values in steps.items()}
    found |= {"batches": torch.tensor(batches), "errors": torch.stack(errors).float()}
    for name, layer in layers.items():
        codes = torch.clamp(hard[name] + layer.zero.view(-1, 1, 1, 1), 0, layer.top)
        found |= {
            f"{name}.weight": layer.weight.float(), f"{name}.bias": layer.bias.float(),
            f"{name}.width": torch.tensor([layer.width]), f"{name}.scale": layer.scale.float(),
            f"{name}.zero": layer.zero.float(), f"{name}.steps": history[name].float(),
            f"{name}.codes": codes.to(torch.uint8)}
    return found


def main():
    torch.manual_seed(40)
    torch.set_num_threads(1)
    basic = {"conv1": Layer((8, 8, 3, 3), 1, width=3), "conv2": Layer((8, 8, 3, 3), 1, width=3)}
    bottleneck = {
        "conv1": Layer((16, 16, 1, 1), 1, width=4), "conv2": Layer((16, 16, 3, 3), 2, width=2),
        "conv3": Layer((32, 16, 1, 1), 1, width=3),
        "downsample": Layer((32, 16, 1, 1), 2, width=3)}
    tensors = {}
    for name, parts in [
            ("basic", fixture(basic, 8, 5, 41, rate_at=lambda step: 0.15)),
            ("bottleneck", fixture(bottleneck, 16, 6, 42, rate_at=falling_rate))]:
        tensors |= {f"{name}.{key}": value for key, value in parts.items()}
    save_file(tensors, FIXTURE)
    print(f"torch {torch.__version__}: {FIXTURE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
