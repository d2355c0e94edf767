// Quantizes a checkpoint for fast inference in integers, writes it, and classifies images with it.
//
//     swift run -c release QuantizeAndClassify resnet50.pth train photo1.jpg photo2.jpg
import Foundation
import MixQuantKit

guard CommandLine.arguments.count > 3 else {
  FileHandle.standardError.write(
    Data("usage: QuantizeAndClassify MODEL CALIBRATION IMAGE...\n".utf8))
  exit(64)
}
let urls = CommandLine.arguments.dropFirst().map { URL(filePath: $0) }
let (checkpoint, folder, photographs) = (urls[0], urls[1], Array(urls[2...]))

do {
  // Check the assumptions about properties that tensors do not show.
  let model = try FullPrecisionModel(contentsOf: checkpoint)
  print("\(model.architecture), \(model.classCount) classes")
  for assumption in model.assumptions { print("assumed: \(assumption)") }

  // Eight bits for weights and activations run in integer arithmetic.
  let images = try CalibrationImages(folder: folder, for: model, count: 64)
  let packed = try model.quantized(
    to: .uniform(8, for: model), with: Recipe(method: .gptq, activationBits: 8), on: images
  ) { progress in
    print("\(progress.task): \(Int(100 * progress.fraction)) %")
    return .proceed
  }

  let file = checkpoint.deletingPathExtension().appendingPathExtension("mixq")
  try packed.write(to: file, overwriting: true)
  print("wrote \(file.lastPathComponent), \(packed.byteCount) bytes")

  for answer in try packed.classified(photographs) {
    guard let best = answer.top.first else { continue }
    let name = best.description ?? best.name ?? "class \(best.class)"
    print("\(answer.image): \(name), \(Int(100 * best.probability)) %")
  }
} catch {
  FileHandle.standardError.write(Data("\(error)\n".utf8))
  exit(1)
}
