#!/usr/bin/env python3
"""Writes the small ONNX files that the tests read, in Tests/Fixtures/ONNX.

Needs onnx, numpy and ml_dtypes (made with onnx 1.22). Run from the root of the project:
    python3 Scripts/make-onnx-fixtures.py
"""

import pathlib

import numpy
import onnx
from onnx import TensorProto, helper

folder = pathlib.Path("Tests/Fixtures/ONNX")
folder.mkdir(parents=True, exist_ok=True)


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
        raw = onnx.numpy_helper.from_array(
            numpy.array(values, helper.tensor_dtype_to_np_dtype(type)), f"{name}_raw"
        )
        assert raw.HasField("raw_data") and not typed.HasField("raw_data")
        made += [raw, typed]
    return made


def save(name, nodes, initializers, inputs, outputs, opset=17, ir=8, metadata=()):
    graph = helper.make_graph(nodes, "graph", inputs, outputs, initializers)
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", opset)],
        ir_version=ir,
        producer_name="fixture",
    )
    helper.set_model_props(model, dict(metadata)) if metadata else None
    data = model.SerializeToString(deterministic=True)
    (folder / name).write_bytes(data)


def image(*shape):
    return helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)


def quantized():
    """A quantized convolution, in the order and with the fields that exporters write."""
    raw = onnx.numpy_helper.from_array
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
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 4, 8, 8])
    save(
        "quantized.onnx", nodes, initializers, [image("batch", 3, 8, 8)], [output],
        metadata={"mixq.note": "a pair"},
    )


quantized()
save("tensors.onnx", [], tensors(), [], [], opset=21, ir=10)
