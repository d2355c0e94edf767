#!/usr/bin/env python3
"""Writes the small ONNX files that the tests read, in Tests/Fixtures/ONNX, and the logits that ONNX
Runtime computes for them, in logits.safetensors beside them.

Some files come from exporters. The others are made by hand in the style of a program that cannot be
installed beside them: MXNet and Caffe2 (as in the ONNX Model Zoo), Keras with tf2onnx, PaddlePaddle.

Needs torch, timm, transformers, onnx, onnxruntime, safetensors and numpy (made with PyTorch 2.13, timm
1.0.31, transformers 5.24, onnx 1.23 and ONNX Runtime 1.32). Run from the root of the project:
    python3 Scripts/make-onnx-fixtures.py
"""

import warnings

import numpy
import onnx
import safetensors.numpy
import torch
from onnx import TensorProto, helper, numpy_helper
from onnx_fixture import folder, images, info, logits, make, run, write
from onnx_styles import caffe2, keras, mxnet, paddle

warnings.filterwarnings("ignore")


# Files for the codec


def tensors():
    """One tensor of every type in each field that may hold its elements."""
    signed = [1, -2, 100]
    unsigned = [1, 0, 100]
    cases = {
        "float": (TensorProto.FLOAT, signed),
        "double": (TensorProto.DOUBLE, signed),
        "float16": (TensorProto.FLOAT16, signed),
        "bfloat16": (TensorProto.BFLOAT16, signed),
        "int8": (TensorProto.INT8, signed),
        "int16": (TensorProto.INT16, signed),
        "int32": (TensorProto.INT32, signed),
        "int64": (TensorProto.INT64, signed),
        "uint8": (TensorProto.UINT8, unsigned),
        "uint16": (TensorProto.UINT16, unsigned),
        "uint32": (TensorProto.UINT32, unsigned),
        "uint64": (TensorProto.UINT64, unsigned),
        "bool": (TensorProto.BOOL, [True, False, True]),
        "int4": (TensorProto.INT4, [-8, 7, -1]),
        "uint4": (TensorProto.UINT4, [15, 0, 9]),
    }
    made = []
    for name, (type, values) in cases.items():
        typed = helper.make_tensor(f"{name}_typed", type, [3], values)
        raw = numpy_helper.from_array(
            numpy.array(values, helper.tensor_dtype_to_np_dtype(type)), f"{name}_raw"
        )
        assert raw.HasField("raw_data") and not typed.HasField("raw_data")
        made += [raw, typed]
    return made


def quantized():
    """A quantized convolution, in the order and with the fields that exporters write."""
    raw = numpy_helper.from_array
    nodes = [
        helper.make_node("QuantizeLinear", ["image", "s", "z"], ["q"], name="input_q"),
        helper.make_node("DequantizeLinear", ["q", "s", "z"], ["x"], name="input_dq"),
        helper.make_node("DequantizeLinear", ["w", "ws"], ["wf"], name="w_dq", axis=0),
        helper.make_node(
            "Conv", ["x", "wf", "b"], ["y"], name="conv1", pads=[1, 1, 1, 1], kernel_shape=[3, 3]
        ),
    ]
    initializers = [
        raw(numpy.float32(0.02), "s"),
        raw(numpy.uint8(0), "z"),
        raw(numpy.arange(-54, 54).astype(numpy.int8).reshape(4, 3, 3, 3), "w"),
        raw(numpy.linspace(0.01, 0.04, 4, dtype=numpy.float32), "ws"),
        raw(numpy.zeros(4, numpy.float32), "b"),
    ]
    return make(
        nodes,
        initializers,
        [info("image", "batch", 3, 8, 8)],
        [info("y", "batch", 4, 8, 8)],
        metadata={"mixq.note": "a pair"},
    )


# Exporters


def settled(model):
    """The network with statistics and scales as after training, in evaluation mode."""
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, 0, 0.3)
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
        elif isinstance(module, torch.nn.Linear):
            torch.nn.init.normal_(module.weight, 0, 0.5)
            torch.nn.init.normal_(module.bias)
    return model.eval()


def strip(path):
    """Removes the metadata of nodes that hold paths and source lines of the exporting program."""
    model = onnx.load(path, load_external_data=False)
    for node in list(model.graph.node) + [model.graph]:
        kept = [p for p in node.metadata_props if p.key == "pkg.torch.onnx.name_scopes"]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
    del model.graph.value_info[:]
    for value in list(model.graph.initializer) + list(model.graph.input) + list(model.graph.output):
        del value.metadata_props[:]
    path.write_bytes(model.SerializeToString(deterministic=True))


def export(name, make, **options):
    path = folder / name
    torch.manual_seed(16)
    model = settled(make())
    torch.onnx.export(
        model, (torch.from_numpy(images),), str(path), verbose=False, **options
    )
    if options["dynamo"]:
        strip(path)
    logits[path.stem] = run(str(path))
    with torch.no_grad():
        output = model(torch.from_numpy(images))
    expected = getattr(output, "logits", output).numpy()
    assert numpy.abs(logits[path.stem] - expected).max() < 1e-4 * numpy.abs(expected).max()


class Block(torch.nn.Module):
    """A residual block with the names of torchvision: of two 3×3 layers, or a bottleneck."""

    def __init__(self, channels, width, stride, is_bottleneck):
        super().__init__()
        sizes = [(1, 1), (3, stride), (1, 1)] if is_bottleneck else [(3, stride), (3, 1)]
        widths = [channels] + [4] * (len(sizes) - 1) + [width]
        self.count = len(sizes)
        for i, (kernel, step) in enumerate(sizes):
            conv = torch.nn.Conv2d(widths[i], widths[i + 1], kernel, step, kernel // 2, bias=False)
            setattr(self, f"conv{i + 1}", conv)
            setattr(self, f"bn{i + 1}", torch.nn.BatchNorm2d(widths[i + 1]))
        self.relu = torch.nn.ReLU()
        self.downsample = None
        if stride > 1 or channels != width:
            self.downsample = torch.nn.Sequential(
                torch.nn.Conv2d(channels, width, 1, stride, bias=False),
                torch.nn.BatchNorm2d(width),
            )

    def forward(self, x):
        out = x
        for i in range(1, self.count + 1):
            out = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(out))
            if i < self.count:
                out = self.relu(out)
        return self.relu(out + (x if self.downsample is None else self.downsample(x)))


class Network(torch.nn.Module):
    """A small ResNet with the names of torchvision."""

    def __init__(self, is_bottleneck=False, widths=(4, 8, 12)):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(3, 4, 7, 2, 3, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(4)
        self.relu = torch.nn.ReLU()
        self.maxpool = torch.nn.MaxPool2d(3, 2, 1)
        channels = 4
        for i, width in enumerate(widths):
            blocks = [Block(channels, width, 2 if i else 1, is_bottleneck)]
            blocks += [Block(width, width, 1, is_bottleneck)] if i == 0 else []
            setattr(self, f"layer{i + 1}", torch.nn.Sequential(*blocks))
            channels = width
        self.stages = len(widths)
        self.avgpool = torch.nn.AdaptiveAvgPool2d(1)
        self.fc = torch.nn.Linear(channels, 5)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for i in range(self.stages):
            x = getattr(self, f"layer{i + 1}")(x)
        return self.fc(torch.flatten(self.avgpool(x), 1))


def timm_se():
    """A squeeze-and-excitation network with a deep stem and pooled shortcuts."""
    from timm.models import resnet

    return resnet.ResNet(
        resnet.Bottleneck, [1, 1, 1, 1], num_classes=5, stem_width=2, stem_type="deep",
        avg_down=True, channels=(4, 4, 4, 4), block_args=dict(attn_layer="se"),
    )


def timm_blur():
    """An anti-aliased network: fixed filters on mirrored maps before every stride."""
    from timm.layers import BlurPool2d
    from timm.models import resnet

    return resnet.ResNet(
        resnet.BasicBlock, [1, 1, 1, 1], num_classes=5, stem_width=2, stem_type="deep",
        aa_layer=BlurPool2d, channels=(4, 4, 4, 4),
    )


def timm_v2():
    from timm.models import resnetv2
    from timm.layers import BatchNormAct2d

    return resnetv2.ResNetV2(
        layers=[1, 1], channels=(8, 12), num_classes=5, stem_chs=4, stem_type="",
        preact=True, norm_layer=BatchNormAct2d, conv_layer=resnetv2.create_conv2d,
    )


def hugging_face():
    import transformers

    class Logits(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = transformers.ResNetForImageClassification(
                transformers.ResNetConfig(
                    embedding_size=4, hidden_sizes=[8, 12], depths=[1, 2], num_labels=5,
                    layer_type="bottleneck",
                )
            )

        def forward(self, pixel_values):
            return self.model(pixel_values).logits

    return Logits()


class Shortcut(torch.nn.Module):
    """CIFAR's shortcut without weights: every second pixel, with channels of zeros."""

    def forward(self, x):
        return torch.nn.functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 2, 2))


class CifarBlock(torch.nn.Module):
    def __init__(self, channels, width, stride):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(channels, width, 3, stride, 1, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(width)
        self.conv2 = torch.nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = torch.nn.BatchNorm2d(width)
        self.shortcut = Shortcut() if stride > 1 else torch.nn.Identity()

    def forward(self, x):
        out = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(out)) + self.shortcut(x))


class CifarNetwork(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(3, 4, 3, 1, 1, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(4)
        self.layer1 = torch.nn.Sequential(CifarBlock(4, 4, 1), CifarBlock(4, 4, 1))
        self.layer2 = torch.nn.Sequential(CifarBlock(4, 8, 2))
        self.linear = torch.nn.Linear(8, 5)

    def forward(self, x):
        out = self.layer2(self.layer1(torch.relu(self.bn1(self.conv1(x)))))
        out = torch.nn.functional.avg_pool2d(out, out.shape[3])
        return self.linear(out.view(out.size(0), -1))


def exporters():
    script = dict(dynamo=False, opset_version=17)
    batch = torch.export.Dim("batch")
    export(
        "torchscript.onnx", Network, input_names=["image"], output_names=["logits"],
        dynamic_axes={"image": {0: "batch"}}, **script,
    )
    export(
        "torchscript_inputs.onnx", lambda: Network(is_bottleneck=True), dynamo=False,
        opset_version=13, do_constant_folding=False, keep_initializers_as_inputs=True,
        training=torch.onnx.TrainingMode.PRESERVE,
    )
    export("dynamo.onnx", Network, dynamo=True)
    export(
        "dynamo_plain.onnx", lambda: Network(widths=(4, 8)), dynamo=True, optimize=False,
        external_data=False, dynamic_shapes=({0: batch},),
    )
    export("timm_se.onnx", timm_se, **script)
    export("timm_blur.onnx", timm_blur, **script)
    export("timm_v2.onnx", timm_v2, dynamo=True, external_data=False)
    export(
        "optimum.onnx", hugging_face, input_names=["pixel_values"], output_names=["logits"],
        dynamic_axes={"pixel_values": {0: "batch", 2: "height", 3: "width"}}, **script,
    )
    export("cifar.onnx", CifarNetwork, **script)


write("quantized.onnx", quantized())
write("tensors.onnx", make([], tensors(), [], [], opset=21, ir=10))
mxnet(1)
mxnet(2)
caffe2()
keras()
paddle()
exporters()
safetensors.numpy.save_file(logits, folder / "logits.safetensors")
