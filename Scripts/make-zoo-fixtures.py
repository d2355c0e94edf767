#!/usr/bin/env python3
"""Writes checkpoints in the forms that people use, and PyTorch's logits, to Tests/Fixtures/Zoo.

    Scripts/make-zoo-fixtures.py      needs torch, torchvision, timm, transformers and safetensors

Every file holds a small random network with random statistics of batch normalisation. The tests themselves make
the files that differ only in the names of tensors.

NAME.*, NAME/           A checkpoint in one container or with one kind of wrapping.
Families/NAME.safetensors
                        Some tensors of a network of another family, of one element each.
logits.safetensors      images (2, 3, 32, 32): inputs, already normalised; NAME (2, 5): logits in evaluation
                        mode, computed in float64.
"""

import argparse
import collections
import copy
import inspect
import io
import itertools
import json
import pathlib
import shutil
import struct
import zipfile

import timm
import torch
import torchvision
from safetensors.torch import save_file
from torch import nn
from torch.nn.utils import prune
from transformers import ResNetConfig, ResNetForImageClassification

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "Tests/Fixtures/Zoo"
CLASSES = 5


class Block(nn.Module):
    """A basic block, or a bottleneck with its stride on the first convolution."""

    def __init__(self, channels, out, stride, bottleneck=False):
        super().__init__()
        if bottleneck:
            self.conv1 = nn.Conv2d(channels, out // 4, 1, stride, bias=False)
            self.bn1 = nn.BatchNorm2d(out // 4)
            self.conv2 = nn.Conv2d(out // 4, out // 4, 3, 1, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(out // 4)
            self.conv3 = nn.Conv2d(out // 4, out, 1, bias=False)
            self.bn3 = nn.BatchNorm2d(out)
        else:
            self.conv1 = nn.Conv2d(channels, out, 3, stride, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(out)
            self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(out)
        self.relu = nn.ReLU()
        self.downsample = None
        if stride != 1 or channels != out:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if hasattr(self, "conv3"):
            y = self.bn3(self.conv3(self.relu(y)))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


class Net(nn.Module):
    """A small ResNet with torchvision's names: 3×3 or 7×7 stem, three stages of one block."""

    def __init__(self, kernel=3, stride=1, pool=None, bottleneck=False, channels=3):
        super().__init__()
        widths = [8, 16, 16] if bottleneck else [4, 8, 8]
        self.conv1 = nn.Conv2d(channels, 4, kernel, stride, kernel // 2, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.relu = nn.ReLU()
        self.maxpool = pool or nn.Identity()
        for stage, (before, out) in enumerate(zip([4] + widths, widths)):
            setattr(self, f"layer{stage + 1}",
                    nn.Sequential(Block(before, out, 1 if stage == 0 else 2, bottleneck)))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(widths[-1], CLASSES)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(torch.flatten(self.avgpool(x), 1))


def randomized(network, seed=0):
    generator = torch.Generator().manual_seed(seed)
    for value in network.parameters():
        value.data = torch.randn(value.shape, generator=generator) * 0.3
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            shape = module.running_mean.shape
            module.running_mean = 0.2 * torch.randn(shape, generator=generator)
            module.running_var = 0.5 + torch.rand(shape, generator=generator)
            module.weight.data = 1 + 0.2 * torch.randn(shape, generator=generator)
    return network.eval()


class Normalize(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor([0.5, 0.4, 0.3]).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor([0.2, 0.3, 0.4]).view(1, 3, 1, 1))

    def forward(self, x):
        return (x - self.mean) / self.std


def state(network):
    return {name: value.detach().clone() for name, value in network.state_dict().items()}


def prefixed(prefix, tensors):
    return {prefix + name: value for name, value in tensors.items()}


LOGITS = {}


def record(name, network):
    with torch.no_grad():
        LOGITS[name] = network.double()(IMAGES.double()).float().contiguous()
    network.float()


def make_legacy_files_equal():
    """Has torch.save write equal old files in every run, without paths of this machine.

    It names storages by their addresses, and a module's class by the file of its source.
    """
    module = torch.serialization
    source = inspect.getsource(module._legacy_save)
    address = "str(storage._cdata)"
    assert source.count(address) == 2
    exec(source.replace(address, "storage_number(storage._cdata)"), module.__dict__)
    lines = module.get_source_lines_and_file

    def named(container):
        text, line, file = lines(container)
        return text, line, pathlib.Path(file).name

    module.get_source_lines_and_file = named


def start_numbers():
    """Numbers the storages of the next file in the order in which they are saved."""
    numbers = {}
    torch.serialization.storage_number = (
        lambda address: f"{numbers.setdefault(address, len(numbers)):04d}")


def save(name, content, network=None, zipped=False):
    start_numbers()
    torch.save(content, FOLDER / name, _use_new_zipfile_serialization=zipped)
    if network is not None:
        record(name.split(".")[0], network)


def whole_modules():
    save("whole.pth", randomized(Net(3, 2, nn.MaxPool2d(3, 2, 1), bottleneck=True), 1),
         randomized(Net(3, 2, nn.MaxPool2d(3, 2, 1), bottleneck=True), 1), zipped=True)
    network = randomized(Net(), 2)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps = 0.01
    save("epsilon.pth", {"epoch": 3, "model": network}, network)
    for name, change in {
        "silu": lambda n: setattr(n, "relu", nn.SiLU()),
        "max_head": lambda n: setattr(n, "avgpool", nn.AdaptiveMaxPool2d(1)),
    }.items():
        network = randomized(Net(), 3)
        change(network)
        save(f"refused_{name}.pth", network, zipped=True)


def containers():
    network = randomized(Net(), 4)
    save_script("script.pt", torch.jit.script(network))
    record("script", network)
    for name, make in {"scripted": torch.jit.script,
                       "traced": lambda n: torch.jit.trace(n, IMAGES)}.items():
        strided = randomized(Net(3, 2, nn.MaxPool2d(3, 2, 1), bottleneck=True), 13)
        for module in strided.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eps = 0.01
        save_script(f"{name}.pt", make(strided))
        record(name, strided)
    python2(network)
    shards(network)


def save_script(name, network):
    """Writes a TorchScript archive that is equal in every run.

    It leaves out the places of its source, which name files of this machine, and the archive's id. The
    constants of a class come from a set of Python, and are sorted.
    """
    buffer = io.BytesIO()
    torch.jit.save(network, buffer)
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(FOLDER / name, "w") as target:
        for entry in source.namelist():
            if entry.endswith((".debug_pkl", "/serialization_id")):
                continue
            content = source.read(entry)
            if entry.endswith(".py"):
                groups = itertools.groupby(content.splitlines(True), lambda l: b" : Final[" in l)
                content = b"".join(
                    b"".join(sorted(lines) if constant else lines) for constant, lines in groups)
            # As PyTorch does, which compresses code of more than 200 bytes.
            is_long = entry.endswith(".py") and len(content) > 200
            target.writestr(zipfile.ZipInfo(entry), content,
                            zipfile.ZIP_DEFLATED if is_long else zipfile.ZIP_STORED)


def python2(network):
    """Rewrites a legacy file as Python 2.7 does: integers over 31 bits stand as text."""
    buffer = io.BytesIO()
    start_numbers()
    torch.save({"state_dict": state(network), "seed": 5_000_000_000}, buffer,
               _use_new_zipfile_serialization=False, pickle_protocol=2)
    long = b"\x8a\x05" + struct.pack("<q", 5_000_000_000)[:5]
    content = buffer.getvalue()
    assert content.count(long) == 1
    (FOLDER / "python2.pth.tar").write_bytes(content.replace(long, b"I5000000000\n"))
    record("python2", network)


def shards(network):
    folder = FOLDER / "shards"
    folder.mkdir()
    tensors = list(state(network).items())
    half = len(tensors) // 2
    names = {}
    for number, part in enumerate([tensors[:half], tensors[half:]], 1):
        file = f"model-0000{number}-of-00002.safetensors"
        save_file(dict(part), folder / file)
        names.update({name: file for name, _ in part})
    index = {"metadata": {"total_size": 0}, "weight_map": names}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    record("shards", network)


def averages():
    network = randomized(Net(), 5)
    average = copy.deepcopy(network)
    for value in average.parameters():
        value.data *= 1.1
    shadow = {name: value.detach().clone() for name, value in average.named_parameters()}
    save("ema_shadow.pth", {"model": state(network), "ema": {"decay": 0.9, "shadow": shadow}},
         average)
    save("ema_list.pth",
         {"model": state(network), "ema": {"shadow_params": list(shadow.values()), "decay": 0.9}},
         average)
    both = prefixed("online_model.", state(network)) | prefixed("ema_model.", state(average))
    save_file(both | {"step": torch.tensor(3)}, FOLDER / "ema_both.safetensors")
    record("ema_both", average)
    record("plain_of_averages", network)


def training():
    arguments = argparse.Namespace(model="resnet18", gp=None, model_kwargs={}, bn_eps=None)
    pruned = randomized(Net(), 7)
    for module in list(pruned.modules()):
        if isinstance(module, nn.Conv2d):
            prune.l1_unstructured(module, "weight", 0.4)
    save("pruned.pth", state(pruned), pruned)
    network = randomized(Net(7, 2, nn.MaxPool2d(3, 2, 1), bottleneck=False), 8)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps = 0.001
    arguments.bn_eps = 0.001
    lightning = {
        "epoch": 9, "best_acc1": torch.tensor(71.5), "args": arguments,
        "state_dict": prefixed("model.", state(network)) | {"criterion.weight": torch.ones(CLASSES)},
    }
    save("training.ckpt", lightning, network)
    parts = state(network)
    arguments.bn_eps = 0.001
    save("parts.pth", {
        "args": arguments,
        "backbone": {k: v for k, v in parts.items() if not k.startswith("fc.")},
        "classifier": {k[3:]: v for k, v in parts.items() if k.startswith("fc.")},
    }, network)
    model = nn.Sequential(collections.OrderedDict(normalize=Normalize(), model=randomized(Net(), 9)))
    save("normalizes.pth", state(model), model[1].eval())
    grey = randomized(Net(channels=1), 10)
    save_file(state(grey), FOLDER / "grey.safetensors")
    with torch.no_grad():
        LOGITS["grey"] = copy.deepcopy(grey).double()(IMAGES[:, :1].double()).float().contiguous()


def hugging_face():
    for name, arguments in {
        "hugging_face": {"layer_type": "bottleneck", "downsample_in_bottleneck": True},
        "refused_gelu": {"layer_type": "basic", "hidden_act": "gelu"},
    }.items():
        config = ResNetConfig(embedding_size=4, hidden_sizes=[8, 16, 16], depths=[1, 1, 1],
                              num_labels=CLASSES, **arguments)
        network = randomized(ResNetForImageClassification(config), 11)
        network.save_pretrained(FOLDER / name)
        processor = {"image_processor_type": "ConvNextImageProcessor", "crop_pct": 0.875,
                     "size": {"shortest_edge": 28}, "resample": 3}
        (FOLDER / name / "preprocessor_config.json").write_text(json.dumps(processor))
        with torch.no_grad():
            LOGITS[name] = network.double()(IMAGES.double()).logits.float().contiguous()
    del LOGITS["refused_gelu"]


def quantized():
    network = torch.ao.quantization.quantize_dynamic(
        randomized(Net(), 12), {nn.Linear}, dtype=torch.qint8)
    save("refused_quantized.pth", network.state_dict())


FAMILIES = {
    "vgg": torchvision.models.vgg11, "alexnet": torchvision.models.alexnet,
    "densenet": torchvision.models.densenet121, "mobilenet": torchvision.models.mobilenet_v2,
    "efficientnet": torchvision.models.efficientnet_b0, "convnext": torchvision.models.convnext_tiny,
    "vit": torchvision.models.vit_b_16, "swin": torchvision.models.swin_t,
    "squeezenet": torchvision.models.squeezenet1_0, "mnasnet": torchvision.models.mnasnet0_5,
    "shufflenet": torchvision.models.shufflenet_v2_x0_5, "inception": torchvision.models.inception_v3,
} | {
    name: (lambda n: lambda: timm.create_model(n))(name) for name in [
        "resnest14d", "res2net50_26w_4s", "skresnet18", "ecaresnet26t", "legacy_seresnet18",
        "regnetx_002", "hrnet_w18_small", "dla34", "resnetv2_50x1_bit", "resnet50_gn", "resnet50_clip",
        "botnet26t_256",
    ]
}


def families():
    folder = FOLDER / "Families"
    folder.mkdir()
    for name, make in FAMILIES.items():
        with torch.device("meta"):
            arguments = {"init_weights": False} if name == "inception" else {}
            tensors = list(make(**arguments).state_dict().items())
        part = tensors[:16] + tensors[16:-6:max(1, len(tensors) // 24)] + tensors[-6:]
        part += [pair for pair in tensors if "rel" in pair[0] or "head.q" in pair[0]][:2]
        sizes = {key: [min(extent, 11 if "features.0.weight" == key else 1) for extent in value.shape]
                 for key, value in part}
        save_file({key: torch.zeros(size, dtype=torch.float16) for key, size in sizes.items()},
                  folder / f"{name}.safetensors")


def main():
    global IMAGES
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    make_legacy_files_equal()
    torch.manual_seed(0)
    IMAGES = torch.randn(2, 3, 32, 32).half().float()
    for make in [whole_modules, containers, averages, training, hugging_face, quantized, families]:
        make()
    save_file({"images": IMAGES} | LOGITS, FOLDER / "logits.safetensors")


if __name__ == "__main__":
    main()
