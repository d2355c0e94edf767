#!/usr/bin/env python3
"""Writes small random networks and PyTorch's logits for them to Tests/Fixtures/Networks.

    Scripts/make-network-fixtures.py      needs torch, torchvision, timm and safetensors

The table in Tests/Fixtures/Networks/README.md lists the networks. Each one has the modules and the
tensor names of the published network, but fewer and narrower blocks: (1, 2, 1, 1) blocks in the four
stages, so that stage 2 also has a block with an identity shortcut.

NAME.safetensors      The checkpoint: every floating-point tensor in float16.
NAME.json             The configuration, in timm's form. `model_args` holds all arguments of timm's
                      constructor, and `pretrained_cfg.input_size` names the images of the network.
logits.safetensors    For all networks, computed by PyTorch from the checkpoints in float64:
    images.HxW                  float16 (2, 3, H, W)   inputs, already normalised
    NAME.logits                 float32 (2, 10)        in evaluation mode
    NAME.stem, NAME.stage1 … 4  float32 (2, C)         each output's mean over height and width; the
                                                       stem's is taken after its pooling
"""

import dataclasses
import json
import math
import pathlib
import zlib
from unittest import mock

import timm
import torch
import torchvision
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "Tests/Fixtures/Networks"
LAYERS = (1, 2, 1, 1)
CLASSES = 10

# Stage 2 gets an odd height and width and stage 4 an odd height, so that borders matter.
ODD = (40, 56)
# Anti-aliasing by average pooling drops odd rows, while shortcuts keep them: sizes must be even.
EVEN = (64, 32)
CIFAR = (32, 32)


@dataclasses.dataclass
class Network:
    """A network to write.

    `arguments` narrow the network that the library builds; `stem` narrows timm's 7×7 stem, whose 64
    channels no argument changes; `images` is the size of its inputs.
    """

    architecture: str
    arguments: dict
    images: tuple = ODD
    stem: int | None = None
    name: str | None = None


def basic(channels=(8, 8, 16, 16), **arguments):
    """Arguments of a timm network of basic blocks."""
    return {"channels": channels, **arguments}


def bottleneck(channels=(8, 8, 16, 16), **arguments):
    """Arguments of a timm network of bottlenecks; blocks have four times as many output channels."""
    return {"channels": channels, **arguments}


def preactivated(channels=(32, 32, 64, 64), **arguments):
    """Arguments of a timm ResNetV2 of bottlenecks; `channels` are output channels."""
    return {"channels": channels, "stem_chs": 16, **arguments}


WIDE = (16, 16, 16, 16)  # All multiples of 16, as the fast kernels want them.

NETWORKS = [
    # Deep stems and average-pooled shortcuts.
    Network("resnet18d", basic(WIDE, stem_width=8)),
    Network("resnet50d", bottleneck(WIDE, stem_width=8)),
    Network("resnet50c", bottleneck(stem_width=4)),
    Network("resnet50s", bottleneck(stem_width=8)),
    Network("resnet10t", basic(stem_width=4)),
    Network("resnet26t", bottleneck(stem_width=8)),
    # Squeeze and excitation.
    Network("seresnet18", basic(), stem=8),
    Network("seresnet50", bottleneck(WIDE), stem=16),
    Network("seresnet50t", bottleneck(stem_width=8)),
    # Anti-aliasing by average pooling.
    Network("resnetaa34d", basic(stem_width=4), EVEN),
    Network("resnetaa50", bottleneck(), EVEN, stem=16),
    Network("seresnetaa50d", bottleneck(stem_width=8), EVEN),
    # Anti-aliasing by a fixed blur.
    Network("resnetblur18", basic(), stem=8),
    Network("resnetblur50", bottleneck(), stem=16),
    Network("resnetblur50d", bottleneck(stem_width=8)),
    # Pre-activation.
    Network("PreActResNet18", {"channels": WIDE}, CIFAR),
    Network("PreActResNet50", {"channels": (8, 8, 16, 16)}, CIFAR),
    Network("resnetv2_18", basic(WIDE, stem_chs=16)),
    Network("resnetv2_18d", basic(stem_chs=8)),
    Network("resnetv2_50", preactivated((64, 64, 64, 64))),
    Network("resnetv2_50d", preactivated()),
    Network("resnetv2_50t", preactivated()),
    # 3×3 stems with pooling.
    Network("resnet18", {"channels": (8, 8, 16, 16), "stem_kernel": 3, "stem_stride": 1,
                         "stem_pool": "max"}, CIFAR, name="resnet18_stem3x3_pool"),
    Network("resnet18", {"channels": (8, 8, 16, 16), "stem_kernel": 3, "stem_stride": 2,
                         "stem_pool": "max"}, ODD, name="resnet18_stem3x3_stride2_pool"),
]


# Networks of timm

def timm_network(network):
    """The narrowed network and the arguments that its constructor got."""
    library = timm.models.resnetv2 if "v2" in network.architecture else timm.models.resnet
    with mock.patch.object(
            library, "build_model_with_cfg", wraps=library.build_model_with_cfg) as build:
        model = timm.create_model(
            network.architecture, layers=LAYERS, num_classes=CLASSES, **network.arguments)
    arguments = {
        key: value for key, value in build.call_args.kwargs.items()
        if value is not None and key not in ("feature_cfg", "num_classes")}
    if network.stem:
        narrow_stem(model, network.stem, arguments)
    return model, arguments


def narrow_stem(model, width, arguments):
    """Rebuilds the 7×7 stem of `model`, and the stage that reads it, for `width` channels."""
    blur = arguments.get("aa_layer")
    model.conv1 = nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False)
    model.bn1 = nn.BatchNorm2d(width)
    if blur is timm.layers.BlurPool2d:
        model.maxpool[1] = blur(channels=width, stride=2)
    [(_, model.layer1), _], _ = timm.models.resnet.make_blocks(
        (arguments["block"],) * 2, arguments["channels"][:2], LAYERS[:2], width, aa_layer=blur,
        norm_layer=nn.BatchNorm2d, act_layer=nn.ReLU, **arguments.get("block_args", {}))


# Pre-activation networks for CIFAR, as github.com/kuangliu/pytorch-cifar names their tensors

class PreActivationBlock(nn.Module):
    """A basic block or a bottleneck of "Identity Mappings in Deep Residual Networks" (2016).

    The projection has no batch normalisation and reads the activated input; an identity shortcut
    passes the input before its activation.
    """

    def __init__(self, inputs, planes, stride, is_bottleneck):
        super().__init__()
        kernels = (1, 3, 1) if is_bottleneck else (3, 3)
        outputs = planes * (4 if is_bottleneck else 1)
        widths = [inputs] + [planes] * (len(kernels) - 1) + [outputs]
        strided = kernels.index(3) + 1
        for i, kernel in enumerate(kernels, 1):
            self.add_module(f"bn{i}", nn.BatchNorm2d(widths[i - 1]))
            self.add_module(f"conv{i}", nn.Conv2d(
                widths[i - 1], widths[i], kernel, stride=stride if i == strided else 1,
                padding=kernel // 2, bias=False))
        self.depth = len(kernels)
        self.shortcut = None
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False))

    def forward(self, x):
        activated = F.relu(self.bn1(x))
        shortcut = x if self.shortcut is None else self.shortcut(activated)
        y = self.conv1(activated)
        for i in range(2, self.depth + 1):
            y = getattr(self, f"conv{i}")(F.relu(getattr(self, f"bn{i}")(y)))
        return y + shortcut


class PreActResNet(nn.Module):
    """A 3×3 stem without activation, four stages, average pooling and a linear layer.

    There is no normalisation or activation behind the last block.
    """

    def __init__(self, is_bottleneck, channels):
        super().__init__()
        inputs = channels[0]
        self.conv1 = nn.Conv2d(3, inputs, 3, padding=1, bias=False)
        for stage, (planes, count) in enumerate(zip(channels, LAYERS), 1):
            blocks = []
            for index in range(count):
                stride = 2 if stage > 1 and index == 0 else 1
                blocks.append(PreActivationBlock(inputs, planes, stride, is_bottleneck))
                inputs = planes * (4 if is_bottleneck else 1)
            self.add_module(f"layer{stage}", nn.Sequential(*blocks))
        self.linear = nn.Linear(inputs, CLASSES)

    def forward(self, x):
        x = self.layer4(self.layer3(self.layer2(self.layer1(self.conv1(x)))))
        return self.linear(x.mean((2, 3)))


# Torchvision's ResNet-18 with another stem

class SmallStemResNet(torchvision.models.ResNet):
    """Torchvision's class with narrow stages and a 3×3 stem that keeps its 3×3 max pooling."""

    def __init__(self, channels, stem_stride):
        block = torchvision.models.resnet.BasicBlock
        super().__init__(block, LAYERS, CLASSES)
        self.inplanes = channels[0]
        self.conv1 = nn.Conv2d(3, channels[0], 3, stride=stem_stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels[0])
        for stage, (planes, count) in enumerate(zip(channels, LAYERS), 1):
            layer = self._make_layer(block, planes, count, stride=1 if stage == 1 else 2)
            setattr(self, f"layer{stage}", layer)
        self.fc = nn.Linear(channels[-1], CLASSES)


def built(network):
    """The network with the library's own initial weights, and its `model_args`."""
    arguments = network.arguments
    if network.architecture.startswith("PreAct"):
        is_bottleneck = network.architecture.endswith("50")
        return PreActResNet(is_bottleneck, **arguments), {"layers": LAYERS, **arguments}
    if "stem_kernel" in arguments:
        model = SmallStemResNet(arguments["channels"], arguments["stem_stride"])
        return model, {"layers": LAYERS, **arguments}
    return timm_network(network)


# Random weights and statistics

def images(count, size, seed):
    """Smooth shapes and noise with about the mean and variance of normalised pictures, in float16."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.randn(count, 3, 6, 6, generator=generator)
    smooth = F.interpolate(coarse, size=size, mode="bicubic", align_corners=False)
    noise = torch.randn(count, 3, *size, generator=generator)
    return (smooth + 0.4 * noise).half()


@torch.no_grad()
def randomise(model, size):
    """Draws weights, scales and shifts, then takes statistics near those of random images."""
    for name, module in model.named_modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            gain = 1 if isinstance(module, nn.Linear) or name == "head.fc" else math.sqrt(2)
            nn.init.normal_(module.weight, std=gain / math.sqrt(module.weight[0].numel()))
            if module.bias is not None:
                nn.init.normal_(module.bias, std=0.5)
        elif isinstance(module, nn.BatchNorm2d):
            sign = torch.where(torch.rand_like(module.weight) < 0.1, -1, 1)
            module.weight.copy_(sign * torch.empty_like(module.weight).uniform_(0.6, 1.4))
            nn.init.normal_(module.bias, std=0.3)
            module.momentum = None  # Running statistics become the batch's own.
    model.train()
    model(images(16, size, seed=1).float())
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            deviation = module.running_var.sqrt()
            module.running_mean += 0.2 * deviation * torch.randn_like(deviation)
            module.running_var *= torch.empty_like(deviation).uniform_(0.7, 1.4)
    model.eval()


# What is written

def written_checkpoint(model, path):
    """Saves `model` in float16 and gives it the weights of the file, widened to float64."""
    state = model.state_dict()
    halves = {key: t.half() if t.is_floating_point() else t for key, t in state.items()}
    save_file({key: t.contiguous() for key, t in halves.items()}, path, {"format": "pt"})
    model.double().load_state_dict(load_file(path))


def configuration(network, model, arguments):
    """The configuration that timm would write to a hub, as text."""
    defaults = getattr(model, "default_cfg", {})
    plain = {
        key: value.__name__ if callable(value) else value for key, value in arguments.items()}
    return json.dumps({
        "architecture": network.architecture,
        "num_classes": CLASSES,
        "num_features": list(model.state_dict().values())[-2].shape[1],
        "model_args": plain,
        "pretrained_cfg": {
            "num_classes": CLASSES,
            "input_size": [3, *network.images],
            "first_conv": defaults.get("first_conv", "conv1"),
            "classifier": defaults.get("classifier", list(model.state_dict())[-1][:-5]),
        },
    }, indent=2) + "\n"


@torch.no_grad()
def measured(model, pixels):
    """The logits, and the means of every stage's output over height and width."""
    stages = getattr(model, "stages", None) or [getattr(model, f"layer{i}") for i in range(1, 5)]
    found = {}

    def observe(name, tensor):
        found[name] = tensor.mean((2, 3))

    hooks = [stages[0].register_forward_pre_hook(lambda _, inputs: observe("stem", inputs[0]))]
    for i, stage in enumerate(stages, 1):
        hooks.append(stage.register_forward_hook(
            lambda _, inputs, output, name=f"stage{i}": observe(name, output.clone())))
    found["logits"] = model(pixels)
    for hook in hooks:
        hook.remove()
    return found


def main():
    torch.set_num_threads(1)
    FOLDER.mkdir(parents=True, exist_ok=True)
    inputs = {f"{h}x{w}": images(2, (h, w), seed=2) for h, w in (ODD, EVEN, CIFAR)}
    fixture = {f"images.{size}": pixels for size, pixels in inputs.items()}
    for network in NETWORKS:
        name = network.name or network.architecture
        torch.manual_seed(zlib.crc32(name.encode()))
        model, arguments = built(network)
        randomise(model, network.images)
        path = FOLDER / f"{name}.safetensors"
        written_checkpoint(model, path)
        (FOLDER / f"{name}.json").write_text(configuration(network, model, arguments))
        found = measured(model, inputs["{}x{}".format(*network.images)].double())
        fixture.update({f"{name}.{key}": value.float() for key, value in found.items()})
        logits = found["logits"]
        print(f"{name}: {path.stat().st_size:,} bytes, logits from {logits.min():.2f} to "
              f"{logits.max():.2f}, images differ by {(logits[0] - logits[1]).abs().max():.2f}")
    save_file(fixture, FOLDER / "logits.safetensors")
    total = sum(file.stat().st_size for file in FOLDER.iterdir())
    print(f"timm {timm.__version__}, torch {torch.__version__}: {total:,} bytes in all")


if __name__ == "__main__":
    main()
