#!/usr/bin/env python3
"""Writes the small checkpoints that Tests/CheckpointsTests reads: one network of a convolution, a
BatchNorm and a linear layer, saved in every way that PyTorch saves tensors.

Needs torch, numpy and safetensors (made with PyTorch 2.13). Run from the root of the project:
    python3 Scripts/make-checkpoint-fixtures.py
"""

import argparse
import collections
import pathlib

import numpy
import safetensors.torch
import torch

folder = pathlib.Path("Tests/Fixtures/Checkpoints")
torch.manual_seed(20)


def network():
    return torch.nn.Sequential(
        collections.OrderedDict(
            conv=torch.nn.Conv2d(3, 4, 3, bias=False),
            bn=torch.nn.BatchNorm2d(4),
            head=torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(4, 2)),
        )
    )


model = network()
model.bn.running_mean.normal_()
model.bn.running_var.uniform_(0.5, 2)
model.bn.num_batches_tracked.fill_(7)
plain = model.state_dict()


def tensors(convert):
    """The state dict with `convert` applied to its floating-point tensors."""
    return {k: convert(v) if v.is_floating_point() else v for k, v in plain.items()}


def strided(tensor):
    """The same values as a transposed view into the middle of a larger storage."""
    axes = tuple(reversed(range(tensor.dim())))
    storage = torch.full((tensor.numel() + 11,), 99.0)
    view = storage[5 : 5 + tensor.numel()].view([tensor.shape[a] for a in axes]).permute(axes)
    return view.copy_(tensor)


def save(name, value, **options):
    torch.save(value, folder / name, **options)


safetensors.torch.save_file(dict(plain), folder / "tiny.safetensors", {"format": "pt"})
save("tiny_zip.pt", plain)
save("tiny_legacy.pt", plain, _use_new_zipfile_serialization=False)
save("tiny_protocol5.pt", plain, pickle_protocol=5)
save("tiny_float16.pt", tensors(torch.Tensor.half))
save("tiny_bfloat16.pt", tensors(torch.Tensor.bfloat16))
save("tiny_float64.pt", tensors(torch.Tensor.double))
save("tiny_strided.pt", tensors(strided))
save("tiny_strided_legacy.pt", tensors(strided), _use_new_zipfile_serialization=False)
save("tiny_parameters.pt", {k: torch.nn.Parameter(v, v.is_floating_point()) for k, v in plain.items()})
save("tiny_whole_module.pt", model)
save(
    "tiny_training.pt",
    {
        "epoch": 3,
        "best_acc": numpy.float64(91.5),
        "args": argparse.Namespace(lr=0.1),
        "state_dict": {"module._orig_mod." + k: v for k, v in plain.items()},
        "state_dict_ema": {"module." + k: v + 1 for k, v in plain.items()},
    },
)
save(
    "tiny_types.pt",
    {
        str(dtype).removeprefix("torch."): torch.tensor([0, 1, 100], dtype=dtype)
        for dtype in (torch.int8, torch.int16, torch.int32, torch.int64, torch.uint8)
        + (torch.uint16, torch.uint32, torch.uint64, torch.bool, torch.float16)
    },
)
shared = torch.arange(12.0)
save("tiny_shared.pt", {"first": shared[:6].view(2, 3), "second": shared[3:9], "wide": shared[:1].expand(4)})
