"""Small ONNX files in the style of programs that cannot be installed beside PyTorch: MXNet and Caffe2, as in
the ONNX Model Zoo, Keras with tf2onnx, and PaddlePaddle."""

import numpy
from onnx import helper, numpy_helper
from onnx_fixture import generator, images, info, logits, make, run, write


class Drawing:
    """A graph under construction with random weights."""

    def __init__(self):
        self.nodes, self.weights = [], []

    def constant(self, name, array):
        self.weights.append(numpy_helper.from_array(numpy.asarray(array), name))
        return name

    def random(self, name, *shape, low=None, high=None):
        if low is None:
            values = generator.standard_normal(shape) / numpy.sqrt(max(numpy.prod(shape[1:]), 1))
        else:
            values = generator.uniform(low, high, shape)
        return self.constant(name, values.astype(numpy.float32))

    def node(self, operation, inputs, output, name="", **attributes):
        self.nodes.append(helper.make_node(operation, inputs, [output], name=name, **attributes))
        return output

    def model(self, inputs, output, lists_weights=False, **options):
        if lists_weights:
            inputs = inputs + [
                helper.make_tensor_value_info(w.name, w.data_type, w.dims) for w in self.weights
            ]
        return make(self.nodes, self.weights, inputs, [output], **options)


def window(kernel, stride, pad):
    return dict(kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[pad] * 4)


def mxnet(version):
    """A network of the Model Zoo as MXNet exports it: v1, and v2 with pre-activation."""
    drawing = Drawing()
    prefix = f"resnetv{version}0_"

    def conv(x, name, channels, width, kernel, stride, pad, bias=False):
        inputs = [x, drawing.random(f"{prefix}{name}_weight", width, channels, kernel, kernel)]
        if bias:
            inputs.append(drawing.random(f"{prefix}{name}_bias", width))
        return drawing.node(
            "Conv", inputs, f"{prefix}{name}_fwd", f"{prefix}{name}_fwd",
            dilations=[1, 1], group=1, **window(kernel, stride, pad),
        )

    def norm(x, name, channels):
        inputs = [
            x,
            drawing.random(f"{prefix}{name}_gamma", channels, low=0.5, high=1.5),
            drawing.random(f"{prefix}{name}_beta", channels),
            drawing.random(f"{prefix}{name}_running_mean", channels),
            drawing.random(f"{prefix}{name}_running_var", channels, low=0.5, high=2),
        ]
        return drawing.node(
            "BatchNormalization", inputs, f"{prefix}{name}_fwd", f"{prefix}{name}_fwd",
            epsilon=1e-5, momentum=0.9, spatial=1,
        )

    def relu(x, name):
        return drawing.node("Relu", [x], f"{prefix}{name}_fwd", f"{prefix}{name}_fwd")

    def add(x, y, name):
        return drawing.node("Add", [x, y], f"{prefix}{name}", f"{prefix}{name}")

    x = "data"
    if version == 2:
        x = norm(x, "batchnorm0", 3)
    x = conv(x, "conv0", 3, 4, 7, 2, 3)
    x = relu(norm(x, "batchnorm1", 4), "relu0")
    x = drawing.node("MaxPool", [x], f"{prefix}pool0_fwd", f"{prefix}pool0_fwd", **window(3, 2, 1))
    channels = 4
    for stage, (width, stride) in enumerate([(4, 1), (8, 2)], 1):
        for block in range(2):
            at = f"stage{stage}_{block}_"
            step = stride if block == 0 else 1
            if version == 1:
                y = relu(norm(conv(x, f"{at}conv0", channels, width, 3, step, 1), f"{at}bn0", width), f"{at}relu0")
                y = norm(conv(y, f"{at}conv1", width, width, 1, 1, 0, bias=True), f"{at}bn1", width)
                if channels != width:
                    x = norm(conv(x, f"{at}conv2", channels, width, 1, step, 0), f"{at}bn2", width)
                x = relu(add(y, x, f"{at}plus0"), f"{at}activation0")
            else:
                z = relu(norm(x, f"{at}bn0", channels), f"{at}relu0")
                y = conv(z, f"{at}conv0", channels, width, 3, step, 1)
                y = conv(relu(norm(y, f"{at}bn1", width), f"{at}relu1"), f"{at}conv1", width, width, 3, 1, 1)
                if channels != width:
                    x = conv(z, f"{at}conv2", channels, width, 1, step, 0)
                x = add(y, x, f"{at}plus0")
            channels = width
    if version == 2:
        x = relu(norm(x, "batchnorm2", channels), "relu1")
    x = drawing.node("GlobalAveragePool", [x], f"{prefix}pool1_fwd", f"{prefix}pool1_fwd")
    x = drawing.node("Flatten", [x], "flatten_170", "flatten_170")
    drawing.node(
        "Gemm",
        [x, drawing.random(f"{prefix}dense0_weight", 5, channels), drawing.random(f"{prefix}dense0_bias", 5)],
        f"{prefix}dense0_fwd", f"{prefix}dense0_fwd", alpha=1.0, beta=1.0, transA=0, transB=1,
    )
    model = drawing.model(
        [info("data", "N", 3, 32, 32)], info(f"{prefix}dense0_fwd", "N", 5), lists_weights=True,
        opset=7, ir=3,
    )
    logits[f"zoo_v{version}"] = run(model)
    if version == 1:  # a fault of MXNet's exporter, which runtimes no longer accept
        for node in model.graph.node:
            for attribute in node.attribute:
                if attribute.name == "spatial":
                    attribute.i = 0
    write(f"zoo_v{version}.onnx", model)


def caffe2():
    drawing = Drawing()
    at = "gpu_0/"

    def conv(x, name, channels, width, kernel, stride, pad):
        y = drawing.node(
            "Conv", [x, drawing.random(f"{at}{name}_w_0", width, channels, kernel, kernel)],
            f"{at}{name}_1", **window(kernel, stride, pad),
        )
        return drawing.node(
            "BatchNormalization",
            [
                y,
                drawing.random(f"{at}{name}_bn_s_0", width, low=0.5, high=1.5),
                drawing.random(f"{at}{name}_bn_b_0", width),
                drawing.random(f"{at}{name}_bn_rm_0", width),
                drawing.random(f"{at}{name}_bn_riv_0", width, low=0.5, high=2),
            ],
            f"{at}{name}_bn_1", epsilon=1e-5,
        )

    def relu(x, name):
        return drawing.node("Relu", [x], f"{at}{name}")

    x = relu(conv(f"{at}data_0", "conv1", 3, 4, 7, 2, 3), "res_conv1_bn_2")
    x = drawing.node("MaxPool", [x], f"{at}pool1_1", **window(3, 2, 1))
    channels = 4
    for block, (width, stride) in enumerate([(8, 1), (12, 2)]):
        name = f"res{block + 2}_0_branch2"
        y = relu(conv(x, f"{name}a", channels, 4, 1, stride, 0), f"{name}a_bn_2")
        y = relu(conv(y, f"{name}b", 4, 4, 3, 1, 1), f"{name}b_bn_2")
        y = conv(y, f"{name}c", 4, width, 1, 1, 0)
        z = conv(x, f"res{block + 2}_0_branch1", channels, width, 1, stride, 0)
        x = drawing.node("Sum", [y, z], f"{at}{name}c_bn_3")
        x = relu(x, f"{at}{name}c_bn_4")
        channels = width
    x = drawing.node("AveragePool", [x], f"{at}pool5_1", kernel_shape=[4, 4], strides=[1, 1], pads=[0] * 4)
    shape = drawing.constant("OC2_DUMMY_1", numpy.array([1, channels], numpy.int64))
    x = drawing.node("Reshape", [x, shape], f"{at}pool5_reshaped")
    drawing.node(
        "Gemm", [x, drawing.random(f"{at}pred_w_0", 5, channels), drawing.random(f"{at}pred_b_0", 5)],
        f"{at}pred_1", transB=1,
    )
    single = [info(f"{at}data_0", 1, 3, 32, 32)]
    plain = drawing.model(single, info(f"{at}pred_1", 1, 5), opset=8, ir=3, lists_weights=True)
    logits["caffe2"] = run(plain)
    drawing.node("Softmax", [f"{at}pred_1"], f"{at}softmax_1")
    write(
        "caffe2.onnx",
        drawing.model(single, info(f"{at}softmax_1", 1, 5), opset=8, ir=3, lists_weights=True),
    )


def keras():
    """tf2onnx: images with channels last, explicit borders, a linear layer of two nodes."""
    drawing = Drawing()
    root = "resnet50/"

    def conv(x, name, channels, width, kernel, stride, bias=True):
        inputs = [
            x, drawing.random(f"{root}{name}_conv/Conv2D/ReadVariableOp:0", width, channels, kernel, kernel)
        ]
        if bias:
            inputs.append(drawing.random(f"{root}{name}_conv/BiasAdd/ReadVariableOp:0", width))
        same = dict(auto_pad="SAME_UPPER") if kernel == 3 else dict(auto_pad="VALID")
        y = drawing.node(
            "Conv", inputs, f"{root}{name}_conv/BiasAdd:0", f"{root}{name}_conv/Conv2D",
            kernel_shape=[kernel] * 2, strides=[stride] * 2, dilations=[1, 1], group=1, **same,
        )
        return drawing.node(
            "BatchNormalization",
            [
                y,
                drawing.random(f"{root}{name}_bn/ReadVariableOp:0", width, low=0.5, high=1.5),
                drawing.random(f"{root}{name}_bn/ReadVariableOp_1:0", width),
                drawing.random(f"{root}{name}_bn/FusedBatchNormV3/ReadVariableOp:0", width),
                drawing.random(
                    f"{root}{name}_bn/FusedBatchNormV3/ReadVariableOp_1:0", width, low=0.5, high=2
                ),
            ],
            f"{root}{name}_bn/FusedBatchNormV3:0", f"{root}{name}_bn/FusedBatchNormV3",
            epsilon=1.001e-5,
        )

    def relu(x, name):
        return drawing.node("Relu", [x], f"{root}{name}/Relu:0", f"{root}{name}/Relu")

    def border(x, name, pixels):
        pads = drawing.constant(
            f"{name}_pads", numpy.array([0, 0, pixels, pixels] * 2, numpy.int64)
        )
        return drawing.node("Pad", [x, pads], f"{root}{name}/Pad:0", f"{root}{name}/Pad")

    x = drawing.node("Transpose", ["input_1"], "transposed", "transpose_1", perm=[0, 3, 1, 2])
    x = conv(border(x, "conv1_pad", 3), "conv1", 3, 4, 7, 2)
    x = border(relu(x, "conv1_relu"), "pool1_pad", 1)
    x = drawing.node(
        "MaxPool", [x], f"{root}pool1_pool/MaxPool:0", f"{root}pool1_pool/MaxPool",
        kernel_shape=[3, 3], strides=[2, 2], auto_pad="VALID",
    )
    channels = 4
    for block, (width, stride) in enumerate([(8, 1), (12, 2)], 2):
        name = f"conv{block}_block1_"
        z = conv(x, f"{name}0", channels, width, 1, stride)
        y = relu(conv(x, f"{name}1", channels, 4, 1, stride), f"{name}1_relu")
        y = relu(conv(y, f"{name}2", 4, 4, 3, 1), f"{name}2_relu")
        y = conv(y, f"{name}3", 4, width, 1, 1)
        x = drawing.node("Add", [z, y], f"{root}{name}add/add:0", f"{root}{name}add/add")
        x = relu(x, f"{name}out")
        channels = width
    x = drawing.node("Transpose", [x], "back", "transpose_2", perm=[0, 2, 3, 1])
    x = drawing.node(
        "ReduceMean", [x], f"{root}avg_pool/Mean:0", f"{root}avg_pool/Mean", axes=[1, 2], keepdims=0
    )
    x = drawing.node(
        "MatMul", [x, drawing.random(f"{root}predictions/MatMul/ReadVariableOp:0", channels, 5)],
        f"{root}predictions/MatMul:0", f"{root}predictions/MatMul",
    )
    x = drawing.node(
        "Add", [x, drawing.random(f"{root}predictions/BiasAdd/ReadVariableOp:0", 5)], "scores",
        f"{root}predictions/BiasAdd",
    )
    inputs = [info("input_1", "unk__1", 32, 32, 3)]
    plain = drawing.model(inputs, info("scores", "unk__2", 5), opset=13)
    logits["keras"] = run(plain, numpy.ascontiguousarray(images.transpose(0, 2, 3, 1)))
    drawing.node("Softmax", [x], "predictions", f"{root}predictions/Softmax", axis=1)
    write("keras.onnx", drawing.model(inputs, info("predictions", "unk__2", 5), opset=13))


def paddle():
    """PaddleClas's ResNet_vd: a deep stem, and shortcuts with an average pooling."""
    drawing = Drawing()
    count = iter(range(100))

    def conv(x, channels, width, kernel, stride, act=True):
        index = next(count)
        y = drawing.node(
            "Conv", [x, drawing.random(f"conv2d_{index}.w_0", width, channels, kernel, kernel)],
            f"conv2d_{index}.tmp_0", f"Conv_{index}", dilations=[1, 1], group=1,
            **window(kernel, stride, kernel // 2),
        )
        y = drawing.node(
            "BatchNormalization",
            [
                y,
                drawing.random(f"batch_norm_{index}.w_0", width, low=0.5, high=1.5),
                drawing.random(f"batch_norm_{index}.b_0", width),
                drawing.random(f"batch_norm_{index}.w_1", width),
                drawing.random(f"batch_norm_{index}.w_2", width, low=0.5, high=2),
            ],
            f"batch_norm_{index}.tmp_3", f"BatchNormalization_{index}", epsilon=1e-5, momentum=0.9,
        )
        return drawing.node("Relu", [y], f"relu_{index}.tmp_0", f"Relu_{index}") if act else y

    x = conv(conv("x", 3, 4, 3, 2), 4, 4, 3, 1)
    x = drawing.node("MaxPool", [x], "pool2d_0.tmp_0", "MaxPool_0", **window(3, 2, 1))
    channels = 4
    for block, (width, stride) in enumerate([(6, 1), (8, 2)]):
        y = conv(conv(x, channels, width, 3, stride), width, width, 3, 1, act=False)
        if stride > 1:
            x = drawing.node(
                "AveragePool", [x], f"pool2d_{block}.tmp_0", f"AveragePool_{block}", ceil_mode=1,
                kernel_shape=[2, 2], strides=[2, 2], pads=[0] * 4,
            )
        z = conv(x, channels, width, 1, 1, act=False)
        x = drawing.node("Add", [y, z], f"sum_{block}.tmp_0", f"Add_{block}")
        x = drawing.node("Relu", [x], f"sum_{block}.tmp_1", f"Relu_sum_{block}")
        channels = width
    x = drawing.node("GlobalAveragePool", [x], "pool2d_9.tmp_0", "GlobalAveragePool_0")
    x = drawing.node("Flatten", [x], "flatten_0.tmp_0", "Flatten_0", axis=1)
    x = drawing.node("MatMul", [x, drawing.random("linear_0.w_0", channels, 5)], "linear_0.tmp_0", "MatMul_0")
    drawing.node("Add", [x, drawing.random("linear_0.b_0", 5)], "linear_0.tmp_1", "Add_bias")
    model = drawing.model(
        [info("x", "p2o.DynamicDimension.0", 3, 32, 32)],
        info("linear_0.tmp_1", "p2o.DynamicDimension.0", 5), opset=11, ir=7,
    )
    logits["paddle"] = run(model)
    write("paddle.onnx", model)
