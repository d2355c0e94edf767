#!/usr/bin/env python3
"""Checks exported ONNX files against mixq's own predictions. Scripts/check-exports calls it.

For every model and setting it quantizes, exports `faithful` and `deploy`, and requires:

- faithful without optimizations: classes equal on 99.5 % of the images, top-1 within 3;
- deploy with all optimizations: classes equal on 99.3 % (activations of 8 bits) or 97 % (fewer), top-1
  within 5, at least 19 of ResNet-18's 20 convolutions in integer kernels;
- deploy: images per second in ONNX Runtime within 5 % of those of ONNX Runtime's own int8 model.

The classes of faithful are compared with those of `mixq evaluate`, and the classes of deploy with those of
`mixq export --data`, which scores the exported network.
"""
import argparse
import json
import logging
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from PIL import Image
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

SHARED = Path("../shared")
MODELS = {
    "resnet18-imagenette": ("models/resnet18-imagenette.pth", "data/imagenette/calibration",
                            "data/imagenette/evaluation"),
    "resnet20-cifar10": ("models/resnet20-cifar10.th", "data/cifar10/calibration",
                         "data/cifar10/evaluation"),
}
SETTINGS = {
    "W8A8": ["--method", "nearest", "--weight-bits", "8", "--activation-bits", "8"],
    "W4A8": ["--method", "gptq", "--weight-bits", "4", "--activation-bits", "8"],
    "W4A4": ["--method", "gptq", "--weight-bits", "4", "--activation-bits", "4"],
    "mixed": ["--method", "gptq", "--target-bits", "4", "--activation-bits", "8"],
}
# The number of images at levels of optimization without requirements.
OTHERS = 200
LEVELS = {"off": "ORT_DISABLE_ALL", "basic": "ORT_ENABLE_BASIC", "extended": "ORT_ENABLE_EXTENDED",
          "all": "ORT_ENABLE_ALL"}


def run(binary, *arguments):
    """Returns the standard output of one command of mixq."""
    result = subprocess.run([binary, *map(str, arguments)], capture_output=True, text=True)
    if result.returncode:
        raise SystemExit(f"mixq {' '.join(map(str, arguments))}: {result.stderr}")
    return result.stdout


def predictions(path):
    """Returns the label and the predicted class of each image in a file of `mixq evaluate --predictions`."""
    lines = Path(path).read_text().splitlines()
    head = lines[0].split("\t")
    rows = [dict(zip(head, line.split("\t"))) for line in lines[1:]]
    return rows


def pixels(root, names, transform):
    """Returns the network's inputs (N, 3, H, W) for the images with these names below `root`."""
    from peer_images import decode

    resize, crop = transform.get("resize"), transform.get("crop")
    mean, std = (np.array(transform[key], np.float32) for key in ("mean", "std"))
    filter_ = {"bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC}[transform["interpolation"]]
    rows = []
    for name in names:
        image = decode(root / name)
        width, height = image.size
        if resize and min(width, height) != resize:
            size = (resize, resize * height // width) if width <= height else (resize * width // height, resize)
            image = image.resize(size, filter_)
        if crop and image.size != (crop, crop):
            left, top = (round((side - crop) / 2) for side in image.size)
            image = image.crop((left, top, left + crop, top + crop))
        rows.append(((np.asarray(image, np.float32) / 255 - mean) / std).transpose(2, 0, 1))
    return np.ascontiguousarray(np.stack(rows))


def session(path, level="all", threads=2, optimized=None):
    options = ort.SessionOptions()
    options.graph_optimization_level = getattr(ort.GraphOptimizationLevel, LEVELS[level])
    options.intra_op_num_threads = threads
    if optimized:
        options.optimized_model_filepath = str(optimized)
    return ort.InferenceSession(str(path), options, ["CPUExecutionProvider"])


def logits(run_batch, images, batch=32):
    return np.concatenate([run_batch(images[i:i + batch]) for i in range(0, len(images), batch)])


def ort_logits(path, images, level):
    runner = session(path, level)
    name = runner.get_inputs()[0].name
    return logits(lambda x: runner.run(None, {name: x})[0], images)


def openvino_logits(path, images):
    import openvino as ov

    model = ov.Core().compile_model(str(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    precisions = {}
    for operation in model.get_runtime_model().get_ordered_ops():
        information = operation.get_rt_info()
        if information["layerType"].astype(str) == "Convolution":
            precision = information["runtimePrecision"].astype(str)
            precisions[precision] = precisions.get(precision, 0) + 1
    return logits(lambda x: model(x)[0], images), precisions


def operations(path, folder):
    """Returns the number of operations by type after all optimizations."""
    optimized = Path(folder) / "optimized.onnx"
    session(path, "all", optimized=optimized)
    counts = {}
    for node in onnx.load(str(optimized)).graph.node:
        counts[node.op_type] = counts.get(node.op_type, 0) + 1
    return counts


def rates(runners, images, runs=12):
    """Returns the best images per second of each runner by processor time; they are measured in turn.

    The runners have one thread, so that other work on the machine hardly matters.
    """
    best = dict.fromkeys(runners, 0.0)
    for _ in range(runs):
        for name, runner in runners.items():
            start = time.thread_time()
            runner(images)
            best[name] = max(best[name], len(images) / (time.thread_time() - start))
    return best


class Reader(CalibrationDataReader):
    """The first images as calibration data."""

    def __init__(self, name, images):
        self.batches = iter([{name: images[i:i + 8]} for i in range(0, min(64, len(images)), 8)])

    def get_next(self):
        return next(self.batches, None)


def own_int8(float_path, images, folder):
    """Returns the file of ONNX Runtime's own static quantization of a model in full precision."""
    path = Path(folder) / "own-int8.onnx"
    name = session(float_path).get_inputs()[0].name
    logging.disable(logging.WARNING)
    quantize_static(
        str(float_path), str(path), Reader(name, images), quant_format=QuantFormat.QDQ, per_channel=True,
        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)
    return path


def float_model(path, out):
    """Writes the network of an exported file in floating point: without rounding, and with float weights."""
    from onnx import helper, numpy_helper

    model = onnx.load(str(path))
    graph = model.graph
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    renamed, nodes = {}, []
    for node in graph.node:
        inputs = [renamed.get(name, name) for name in node.input]
        if node.op_type in ("QuantizeLinear", "Clip"):
            renamed[node.output[0]] = inputs[0]
        elif node.op_type == "DequantizeLinear" and inputs[0] in constants:
            values, scale = constants[inputs[0]].astype(np.float32), constants[inputs[1]]
            if len(inputs) > 2:
                zero = constants[inputs[2]].astype(np.float32)
                values = values - zero.reshape([-1] + [1] * (values.ndim - 1) if zero.ndim else [])
            if scale.ndim:
                scale = scale.reshape([-1] + [1] * (values.ndim - 1))
            graph.initializer.append(
                numpy_helper.from_array((values * scale).astype(np.float32), node.output[0]))
        elif node.op_type == "DequantizeLinear":
            renamed[node.output[0]] = inputs[0]
        else:
            del node.input[:]
            node.input.extend(inputs)
            nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)
    used = {name for node in nodes for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)
    onnx.save(model, str(out))


def check(a, folder, name, setting):
    """Checks one model at one setting, prints its rows and returns the bars that were missed."""
    checkpoint, calibration, evaluation = MODELS[name]
    packed = folder / f"{name}-{setting}.mixq"
    if not packed.exists():
        run(a.binary, "quantize", SHARED / checkpoint, "--calibration", SHARED / calibration,
            "--calibration-images", a.calibration_images, "--output", packed, "--quiet", "--force",
            *SETTINGS[setting])
    limit = ["--limit", a.limit] if a.limit else []
    tables = {flavour: folder / f"{name}-{setting}-{flavour}.tsv" for flavour in ("faithful", "deploy")}
    files = {flavour: folder / f"{name}-{setting}-{flavour}.onnx" for flavour in ("faithful", "deploy")}
    run(a.binary, "evaluate", packed, "--data", SHARED / evaluation, "--predictions", tables["faithful"],
        "--force", "--quiet", *limit)
    run(a.binary, "export", packed, files["faithful"], "--force", "--quiet")
    run(a.binary, "export", packed, files["deploy"], "--flavour", "deploy", "--calibration",
        SHARED / calibration, "--data", SHARED / evaluation, "--predictions", tables["deploy"], "--force",
        "--quiet", *limit)
    rows = {flavour: predictions(table) for flavour, table in tables.items()}
    model = onnx.load(str(files["deploy"]))
    onnx.checker.check_model(model, full_check=True)
    onnx.checker.check_model(str(files["faithful"]), full_check=True)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    images = pixels(SHARED / evaluation, [row["name"] for row in rows["faithful"]],
                    json.loads(metadata["mixq.transform"]))
    labels = np.array([int(row["label"]) for row in rows["faithful"]])
    wide = '"bits":8' in metadata["mixq.activations"] and all(
        grid["bits"] == 8 for grid in json.loads(metadata["mixq.activations"]).values())
    missed = []
    for flavour, bar, off in (("faithful", 0.995, 3), ("deploy", 0.993 if wide else 0.97, 5)):
        own = np.array([int(row["answer"]) for row in rows[flavour]])
        judged = "off" if flavour == "faithful" else "all"
        some = slice(None, None, max(1, len(images) // OTHERS))
        for level in LEVELS:
            part = slice(None) if level == judged else some
            found = ort_logits(files[flavour], images[part], level).argmax(1)
            missed += show(name, setting, flavour, f"ORT {level}", found, own[part], labels[part],
                           (bar, off) if level == judged else None)
        if a.openvino:
            found, precisions = openvino_logits(files[flavour], images[some])
            missed += show(name, setting, flavour, "OpenVINO", found.argmax(1), own[some], labels[some], None)
            print(f"{'':20} {setting + ' ' + flavour:16} OpenVINO's convolutions by precision: {precisions}")
        counts = operations(files[flavour], folder)
        fused, plain = counts.get("QLinearConv", 0), counts.get("Conv", 0) + counts.get("FusedConv", 0)
        print(f"{'':20} {setting + ' ' + flavour:16} {fused} of {fused + plain} convolutions in integer kernels")
        if flavour == "deploy" and name.startswith("resnet18") and fused < 19:
            missed.append(f"{name} {setting}: {fused} convolutions in integer kernels")
    if a.speed:
        missed += speed(a, name, setting, files, images, folder)
    return missed


def show(name, setting, flavour, runtime, found, own, labels, bar):
    """Prints a row: equal classes and top-1; returns the bars that were missed."""
    equal, top1, ours = (int(np.sum(pair)) for pair in (found == own, found == labels, own == labels))
    print(f"{name:20} {setting + ' ' + flavour:16} {runtime:14} {equal:5}/{len(own)} {100 * equal / len(own):7.2f} %"
          f"  top-1 {top1} (mixq {ours})", flush=True)
    if bar and (equal < bar[0] * len(own) or abs(top1 - ours) > bar[1]):
        return [f"{name} {setting} {flavour} {runtime}: {equal} of {len(own)} equal, top-1 {top1} against {ours}"]
    return []


def speed(a, name, setting, files, images, folder):
    """Prints images per second of the exported files and of ONNX Runtime's own int8 model."""
    plain = Path(folder) / "float.onnx"
    float_model(files["faithful"], plain)
    paths = {"float": plain, "own int8": own_int8(plain, images, folder), **files}
    runners = {}
    for key, path in paths.items():
        runner = session(path, threads=1)
        runners[key] = lambda x, r=runner: r.run(None, {r.get_inputs()[0].name: x})
    best = rates(runners, images[:8])
    print(f"{name:20} {setting:16} images/s a core in ONNX Runtime: "
          + ", ".join(f"{key} {value:.0f}" for key, value in best.items()), flush=True)
    if best["deploy"] < 0.95 * best["own int8"]:
        return [f"{name} {setting}: {best['deploy']:.0f} images/s, own int8 {best['own int8']:.0f}"]
    return []


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", choices=MODELS, action="append")
    parser.add_argument("--setting", choices=SETTINGS, action="append")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--calibration-images", type=int, default=256)
    parser.add_argument("--keep", help="keep the files in this folder, and use the packed files in it")
    parser.add_argument("--openvino", action="store_true", help="compute with OpenVINO too")
    parser.add_argument("--speed", action="store_true", help="measure images per second")
    parser.add_argument("binary", nargs="?", default=".build/release/mixq")
    a = parser.parse_args()
    ort.set_default_logger_severity(3)
    missed = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(a.keep or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for name in a.model or MODELS:
            for setting in a.setting or SETTINGS:
                missed += check(a, folder, name, setting)
    for bar in missed:
        print(f"missed: {bar}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
