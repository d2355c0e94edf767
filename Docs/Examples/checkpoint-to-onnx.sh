#!/usr/bin/env bash
# From a ResNet checkpoint, such as torchvision's resnet50-0676ba61.pth, to a packed file and an ONNX file that
# runtimes execute in integers, with the accuracy of each.
#
#     checkpoint-to-onnx.sh resnet50-0676ba61.pth imagenet/train imagenet/val OUT
#
# mixq must be on the PATH. OUT is a new or empty folder. IMAGES is the number of calibration images, 256 unless
# it is set.
set -euo pipefail
if [[ $# -ne 4 ]]; then
  echo "usage: $0 CHECKPOINT CALIBRATION EVALUATION OUT" >&2
  exit 64
fi
checkpoint=$1 calibration=$2 evaluation=$3 out=$4
images=${IMAGES:-256}
mkdir -p "$out"

# What the file is, and what it does not say: check the assumptions first.
mixq inspect "$checkpoint"

# Weights and activations of 8 bits; GPTQ takes seconds to minutes and no training.
mixq quantize "$checkpoint" --calibration "$calibration" --calibration-images "$images" \
  --method gptq --weight-bits 8 --activation-bits 8 --output "$out/model.mixq"

# The packed file is whole, and its integers give what its floats give.
mixq verify "$out/model.mixq" --against "$checkpoint"

# The same images through full precision and through integers.
mixq evaluate "$checkpoint" --data "$evaluation"
mixq evaluate "$out/model.mixq" --data "$evaluation"

# The flavour that ONNX Runtime and OpenVINO fuse into integer kernels.
mixq export "$out/model.mixq" "$out/model.onnx" --format onnx --flavour deploy \
  --calibration "$calibration" --calibration-images "$images" --data "$evaluation"
