#!/usr/bin/env python3
"""Writes every operation of the layer graph, forward and backward, by PyTorch, to Tests/Fixtures.

    Scripts/make-operation-fixture.py      needs torch, timm and safetensors

operations.safetensors holds, for each case NAME, in float32 computed in float64:

    NAME.input0, NAME.input1    the inputs (input1 only for add and multiply)
    NAME.output                 the output
    NAME.gradient               a random gradient with respect to the output
    NAME.gradient0, .gradient1  autograd's gradients with respect to the inputs
    NAME.weight, .bias          a convolution's; NAME.mean, .variance too for a batch normalisation
"""
import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from timm.layers import BlurPool2d

torch.manual_seed(7)
tensors = {}


def random(*shape):
    return torch.randn(*shape, dtype=torch.float32).double()


def case(name, function, *inputs, **parameters):
    inputs = [value.clone().requires_grad_() for value in inputs]
    output = function(*inputs)
    gradient = random(*output.shape)
    output.backward(gradient)
    for number, value in enumerate(inputs):
        tensors[f"{name}.input{number}"] = value.detach()
        tensors[f"{name}.gradient{number}"] = value.grad
    tensors[f"{name}.output"] = output.detach()
    tensors[f"{name}.gradient"] = gradient
    for key, value in parameters.items():
        tensors[f"{name}.{key}"] = value


def convolution(name, weight, bias, x, stride, padding, groups=1):
    case(name, lambda x: F.conv2d(x, weight, bias, stride, padding, groups=groups), x,
         weight=weight, bias=bias)


convolution("convolution", random(6, 4, 3, 3), random(6), random(2, 4, 7, 6), 2, 1)
convolution("grouped", random(6, 2, 3, 3), random(6), random(2, 4, 5, 6), 1, 1, groups=2)
convolution("linear", random(5, 8, 1, 1), random(5), random(3, 8, 1, 1), 1, 0)

scale, shift, mean, variance = random(5), random(5), random(5), random(5).abs() + 0.1
case("batch_norm", lambda x: F.batch_norm(x, mean, variance, scale, shift, False, 0, 1e-5),
     random(2, 5, 4, 3), weight=scale, bias=shift, mean=mean, variance=variance)
case("relu", F.relu, random(2, 3, 4, 5))
case("sigmoid", torch.sigmoid, random(2, 3, 4, 5))
case("add", torch.add, random(2, 3, 4, 5), random(2, 3, 4, 5))
case("multiply", torch.mul, random(2, 3, 4, 5), random(2, 3, 1, 1))
case("max_pool", lambda x: F.max_pool2d(x, 3, 2, 1), random(2, 3, 7, 6))
case("average_pool", lambda x: F.avg_pool2d(x, 2, 2), random(2, 3, 7, 6))
case("average_pool_over",
     lambda x: F.avg_pool2d(x, 2, 2, ceil_mode=True, count_include_pad=False), random(2, 3, 7, 5))
case("global_average_pool", lambda x: x.mean((2, 3), keepdim=True), random(2, 3, 5, 4))
for stride in (1, 2):
    blur = BlurPool2d(3, stride=stride).double()
    case(f"blur{stride}", blur, random(2, 3, 7, 6))
case("subsample", lambda x: F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 2, 2)), random(2, 3, 7, 6))

path = pathlib.Path(__file__).parent.parent / "Tests/Fixtures/operations.safetensors"
save_file({key: value.float().contiguous() for key, value in sorted(tensors.items())}, path)
print(f"{path.name}: {path.stat().st_size} bytes")
