import Checkpoints
import Datasets
import Files
package import Foundation
import Graphs
import MixQuantKit
import Quantization
import Reconstruction
import Tensors
import TestSupport

/// The folder of the package.
package let projectRoot = URL(filePath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

extension FuzzTarget {
  private static let pickleMutators = PickleProgram.mutators + Opcodes.mutators

  /// One target per reader; a new reader needs one line.
  package static let all: [FuzzTarget] = [
    FuzzTarget(
      "pytorch-zip", seeds: { try checkpoints([".pt", ".pth"], isZip: true) },
      mutators: ZipArchive.mutators(pickleMutators), read: readCheckpoint),
    FuzzTarget(
      "pytorch-legacy", seeds: { try checkpoints([".pt", ".pth", ".tar"], isZip: false) },
      mutators: pickleMutators, read: readCheckpoint),
    FuzzTarget(
      "safetensors", seeds: { try checkpoints([".safetensors"]) },
      mutators: HeaderedFile.mutators, read: readCheckpoint),
    FuzzTarget(
      "onnx", seeds: { try fixtures("Tests/Fixtures/ONNX", [".onnx"]) },
      mutators: WireFields.mutators, read: readModel),
    FuzzTarget(
      "packed", seeds: packedFiles,
      mutators: SealedFile.mutators, read: readModel),
    FuzzTarget(
      "png", seeds: { try images([".png"]) }, mutators: PNGChunks.mutators, read: readImage),
    FuzzTarget("jpeg", seeds: { try images([".jpg"]) }, mutators: Bytes.mutators, read: readImage),
    FuzzTarget(
      "images", seeds: { try images([".webp", ".bmp", ".tif", ".tiff", ".ppm"]) },
      mutators: Bytes.mutators, read: readImage),
    FuzzTarget("plan", seeds: plans, mutators: Tokens.mutators, read: readPlan),
    FuzzTarget("config", seeds: configurations, mutators: Tokens.mutators, read: readConfiguration),
    FuzzTarget("labels", seeds: labelLists, mutators: Lines.mutators, read: readLabels),
  ]
}

// The readers. Those that take a path get a file in memory.

@Sendable private func readCheckpoint(_ bytes: [UInt8]) throws {
  try withFile(bytes) { _ = try Checkpoint.read($0) }
}

@Sendable private func readModel(_ bytes: [UInt8]) throws {
  try withFile(bytes) { _ = try Model(contentsOf: $0) }
}

@Sendable private func readImage(_ bytes: [UInt8]) throws {
  _ = try ImageFile.decode(Data(bytes), name: "image")
}

private let plannedNetwork = Result { try smallModel.get().network }

@Sendable private func readPlan(_ bytes: [UInt8]) throws {
  _ = try BitPlan(json: Data(bytes), network: plannedNetwork.get(), at: "plan")
}

@Sendable private func readConfiguration(_ bytes: [UInt8]) throws {
  var refusal: InputError?
  do { _ = try TransformConfiguration(Data(bytes), name: "config") } catch { refusal = error }
  try withFile(bytes) { _ = try ModelConfiguration(contentsOf: $0) }
  if let refusal { throw refusal }
}

@Sendable private func readLabels(_ bytes: [UInt8]) throws {
  try withFile(bytes) { url in
    _ = try ImageSet.open(pictures, purpose: .evaluation, labels: url)
  }
}

/// A folder with three pictures without labels.
private let pictures: URL = {
  let folder = scratch.appending(path: "pictures")
  try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  for name in ["a", "b", "c"] {
    _ = FileManager.default.createFile(
      atPath: folder.appending(path: "\(name).png").path, contents: Data([0x89, 0x50, 0x4E, 0x47]))
  }
  return folder
}()

/// The folder for files in memory; one per process.
private let scratch: URL = {
  let place =
    FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
  let folder = URL(filePath: place)
    .appending(path: "mixq-fuzz-\(ProcessInfo.processInfo.processIdentifier)")
  try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  return folder
}()

/// Removes the files that reading made.
package func removeScratch() { try? FileManager.default.removeItem(at: scratch) }

private func withFile(_ bytes: [UInt8], _ body: (URL) throws -> Void) throws {
  let url = scratch.appending(path: "input-\(pthread_self())")
  let file = open(url.path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  precondition(file >= 0 && write(file, bytes, bytes.count) == bytes.count, "no room in memory")
  close(file)
  try body(url)
}

// The sound files.

private func fixtures(_ folder: String, _ endings: [String]) throws -> [[UInt8]] {
  let folder = projectRoot.appending(path: folder)
  let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
  return try names.sorted().filter { name in endings.contains { name.hasSuffix($0) } }
    .map { [UInt8](try Data(contentsOf: folder.appending(path: $0))) }
    .filter { $0.count <= 1 << 15 }
}

private func checkpoints(_ endings: [String], isZip: Bool? = nil) throws -> [[UInt8]] {
  let all = try fixtures("Tests/Fixtures/Checkpoints", endings)
  return all.filter { isZip == nil || $0.starts(with: [0x50, 0x4B]) == isZip }
}

private func images(_ endings: [String]) throws -> [[UInt8]] {
  try fixtures("Tests/DatasetsTests/Fixtures", endings)
}

/// A network of eight layers with two channels, so that most of a packed file is structure.
private let smallModel = Result {
  let tensors = CheckpointSketch.cifar(8, channels: 2).randomStateDict(seed: 1)
  let entries = tensors.names.compactMap { name in
    tensors[name].map { SafetensorsEntry(name: name, shape: $0.shape, float32: $0.scalars) }
  }
  let url = scratch.appending(path: "small.safetensors")
  try SafetensorsFile(entries: entries).write(to: url, overwriting: true)
  return try CheckpointModel(contentsOf: url)
}

@Sendable private func packedFiles() throws -> [[UInt8]] {
  let model = try smallModel.get()
  return [Granularity.perChannel, .perTensor].map { granularity in
    let quantizer = WeightQuantizer(
      granularity: granularity, symmetry: .asymmetric, range: .minMax)
    let plan = BitPlan.uniform(2, network: model.network)
    var network = QuantizedNetwork.quantizing(model.network, plan: plan, quantizer: quantizer)
    for site in model.network.sites {
      network.activationGrids[site] = UniformAffine(scale: 0.1, zeroPoint: 0, bitWidth: 4)
    }
    let recipe = QuantizationRecipe(method: .nearest, weights: quantizer, activationBits: 4)
    let packed = PackedModel(
      network, plan: plan, of: model, transform: .cifar, recipe: recipe, calibration: nil)
    return [UInt8](packed.encoded.encoded)
  }
}

@Sendable private func plans() throws -> [[UInt8]] {
  let network = try smallModel.get().network
  return [2, 8].map { Array(BitPlan.uniform($0, network: network).json.utf8) }
}

@Sendable private func configurations() -> [[UInt8]] {
  [
    #"{"architecture":"resnet18","num_classes":10,"pretrained_cfg":{"input_size":[3,224,224],"crop_pct":0.95,"interpolation":"bicubic","mean":[0.5,0.5,0.5],"std":[0.5,0.5,0.5],"test_input_size":[3,288,288]},"model_args":{"stem_type":"deep"}}"#,
    #"{"model_type":"resnet","layer_type":"basic","depths":[2,2,2,2],"hidden_sizes":[64,128,256,512],"id2label":{"0":"cat","1":"dog"},"hidden_act":"relu","downsample_in_first_stage":false}"#,
    #"{"do_center_crop":true,"size":{"shortest_edge":256},"crop_size":224,"resample":3,"image_mean":[0.5,0.5,0.5],"image_std":[0.5,0.5,0.5]}"#,
  ].map { Array($0.utf8) }
}

@Sendable private func labelLists() -> [[UInt8]] {
  [
    "a.png 0\nb.png 1\nc.png 999\n", "a.png,n01440764\nb.png,n01443537\nc.png,n01484850\n",
    "1\n2\n3\n", "ImageId,PredictionString\na,n01440764 1 2 3 4\nb,n01443537 1 2 3 4\n",
    "a.png\tn01440764\t0\t0\t62\t62\nb.png\tn01443537\t1\t1\t2\t2\n",
  ].map { Array($0.utf8) }
}
