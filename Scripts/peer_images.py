#!/usr/bin/env python3
"""Measures the images per second of Pillow and NumPy from JPEG bytes to normalised tensors, on one core.

The reference for `mixq bench images --threads 1`: run both in the same minute and compare the ratio. Both compute
the same pixels: short side resized, centre crop, (value / 255 - mean) / std in float32, one channel after another.
Needs: pip install pillow numpy

    python3 Scripts/peer_images.py --data DIR --resize 256 --crop 224

Prints one JSON object: images per second of reading and decoding, of resizing and normalising, and of the
whole path; each is the best of --runs passes over the images.
"""
import argparse
import io
import json
import time
from pathlib import Path

import numpy as np
from PIL import Image

MEAN = np.array([0.485, 0.456, 0.406], np.float32)
STD = np.array([0.229, 0.224, 0.225], np.float32)
SUFFIXES = {".jpg", ".jpeg", ".png"}


def decode(path):
    image = Image.open(io.BytesIO(path.read_bytes()))
    return image.convert("RGB") if image.mode != "RGB" else (image.load(), image)[1]


def transform(image, resize, crop, filter_):
    width, height = image.size
    if resize and min(width, height) != resize:
        size = (resize, resize * height // width) if width <= height else (
            resize * width // height, resize)
        image = image.resize(size, filter_)
    if crop and image.size != (crop, crop):
        left, top = (round((side - crop) / 2) for side in image.size)
        image = image.crop((left, top, left + crop, top + crop))
    values = np.asarray(image, np.float32)
    values /= 255
    values -= MEAN
    values /= STD
    return np.ascontiguousarray(values.transpose(2, 0, 1))


def listed(root, limit):
    paths = sorted(path for path in root.rglob("*") if path.suffix.lower() in SUFFIXES)
    if limit and limit < len(paths):
        paths = [paths[i * len(paths) // limit] for i in range(limit)]
    return paths


def rate(runs, items, work):
    best = float("inf")
    for _ in range(runs):
        start = time.perf_counter()
        for item in items:
            work(item)
        best = min(best, time.perf_counter() - start)
    return round(len(items) / best, 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=256)
    parser.add_argument("--resize", type=int, default=256, help="0 for no resizing")
    parser.add_argument("--crop", type=int, default=224, help="0 for no crop")
    parser.add_argument("--interpolation", choices=["bilinear", "bicubic"], default="bilinear")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()

    filter_ = getattr(Image.Resampling, options.interpolation.upper())
    paths = listed(options.data, options.limit)
    images = [decode(path) for path in paths]

    def transformed(image):
        return transform(image, options.resize, options.crop, filter_)

    print(json.dumps({
        "images": len(paths),
        "decode_images_per_second": rate(options.runs, paths, decode),
        "transform_images_per_second": rate(options.runs, images, transformed),
        "whole_images_per_second": rate(
            options.runs, paths, lambda path: transformed(decode(path))),
    }, indent=2))


if __name__ == "__main__":
    main()
