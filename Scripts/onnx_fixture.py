"""Shared parts of the scripts for ONNX fixtures: images, models, and ONNX Runtime's logits."""

import pathlib

import numpy
import onnxruntime
from onnx import TensorProto, helper

folder = pathlib.Path("Tests/Fixtures/ONNX")
folder.mkdir(parents=True, exist_ok=True)
generator = numpy.random.default_rng(16)
images = generator.standard_normal((2, 3, 32, 32)).astype(numpy.float32)
# The images, and the logits of each file by its name.
logits = {"images": images}


def make(nodes, initializers, inputs, outputs, opset=17, ir=8, metadata=None, name="graph"):
    graph = helper.make_graph(nodes, name, inputs, outputs, initializers)
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", opset)],
        ir_version=ir,
        producer_name="fixture",
    )
    if metadata:
        helper.set_model_props(model, metadata)
    return model


def write(name, model):
    (folder / name).write_bytes(model.SerializeToString(deterministic=True))


def info(name, *shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def run(model, feed=images):
    """The logits of ONNX Runtime without any change of the graph."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    data = model if isinstance(model, str) else model.SerializeToString()
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    (name,) = [i.name for i in session.get_inputs() if len(i.shape) == 4 and "weight" not in i.name]
    batch = session.get_inputs()[0].shape[0]
    parts = [feed] if batch != 1 else [feed[i : i + 1] for i in range(len(feed))]
    return numpy.concatenate([session.run(None, {name: part})[0] for part in parts])
