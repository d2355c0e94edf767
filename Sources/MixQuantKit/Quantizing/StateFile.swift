import Checkpoints
package import Datasets
package import Execution
package import Files
package import Foundation
import Graphs
package import Quantization
package import Reconstruction
import Tensors

/// The file beside an output with a reconstruction's finished units.
///
/// The same command can resume from it. It is a safetensors file with tensors of codes, scales and
/// zero points per layer. Its metadata hold the job, the reports and a SHA-256 of all tensors.
package struct StateFile: Sendable {
  /// All inputs that decide the result; a state is only used for the same job.
  fileprivate struct Job: Codable, Equatable {
    let build: Build
    /// The SHA-256 of the folded network, which the checkpoint and the options about it decide.
    let network: String
    let recipe: QuantizationRecipe
    let bits: [BitWidth]
    let activations: [PlannedActivations]
    let transform: Transform
    /// The SHA-256 of the calibration images' list and of their contents.
    let calibration: [String]
  }

  private struct Layer: Codable {
    let shape: [Int]
    let bits: BitWidth
    let granularity: Granularity
  }

  private struct Content: Codable {
    let job: Job
    let layers: [[Layer]]
    let reports: [UnitReport]
    let activations: [ReconstructionState.FinishedActivations]
    let tensors: String
    /// The SHA-256 of the packed file, once it is being written.
    let output: String?
  }

  private let url: URL
  fileprivate let job: Job

  private static let key = "mixq.state"
  private static let formatKey = "mixq.state.format"
  private static let format = "2"

  /// Creates the file at `url` for a job; throws if a calibration image cannot be read.
  package init(
    _ url: URL, model: CheckpointModel, recipe: QuantizationRecipe, plan: BitPlan,
    images: CalibrationSet, transform: Transform
  ) throws(InputError) {
    self.url = url
    job = Job(
      build: .current, network: model.network.digest, recipe: recipe.settled(by: plan),
      bits: plan.bitWidths, activations: plan.activations, transform: transform,
      calibration: recipe.needsImages(for: plan)
        ? [images.digest, try images.contentDigest()] : [])
  }

  /// Removes the state at `url`.
  package static func remove(_ url: URL) { try? FileManager.default.removeItem(at: url) }

  /// Removes the state.
  package func remove() { Self.remove(url) }

  /// Returns the hash of the packed file that a run was writing when it ended, if it was.
  static func output(at url: URL) -> String? {
    guard AtomicFile.type(at: url) != nil, let file = try? SafetensorsFile.read(url),
      let text = file.metadata[key],
      let content = try? jsonDecoder.decode(Content.self, from: Data(text.utf8))
    else { return nil }
    return content.output
  }

  /// Writes `state`; throws `cannotWrite` and then leaves no incomplete file.
  ///
  /// - Parameter output: The SHA-256 of the packed file that will be written next, if one will.
  package func write(
    _ state: ReconstructionState, output: String? = nil
  ) throws(InputError) {
    var entries: [SafetensorsEntry] = []
    for (unit, finished) in state.weights.enumerated() {
      for (layer, codes) in finished.weights.enumerated() {
        entries += Self.entries("\(unit).\(layer)", codes)
      }
    }
    let content = Content(
      job: job,
      layers: state.weights.map { unit in
        unit.weights.map {
          Layer(shape: $0.shape.dimensions, bits: $0.bitWidth, granularity: $0.granularity)
        }
      }, reports: state.weights.map(\.report), activations: state.activations,
      tensors: Self.digest(of: entries), output: output)
    try SafetensorsFile(
      entries: entries, metadata: [Self.key: json(content), Self.formatKey: Self.format]
    )
    .write(to: url, overwriting: true)
  }

  private static func entries(_ name: String, _ codes: QuantizedTensor) -> [SafetensorsEntry] {
    let packed = codes.packedCodes
    return [
      SafetensorsEntry(name: "\(name).codes", shape: [packed.count], uint8: packed),
      SafetensorsEntry(
        name: "\(name).scales", shape: [codes.grids.count], float32: codes.grids.map(\.scale)),
      SafetensorsEntry(
        name: "\(name).zero_points", shape: [codes.grids.count],
        uint8: codes.grids.map { UInt8($0.zeroPoint) }),
    ]
  }

  private static func digest(of entries: [SafetensorsEntry]) -> String {
    var hash = SHA256()
    for entry in entries { hash.update(entry.data) }
    return hash.finalize()
  }

  /// Returns the state that an earlier run of the same job left, or nil if there is none.
  ///
  /// Of several ranks, the first reads the file for all.
  ///
  /// - Throws: `badData` if the file is damaged, and `cannotWrite` that names the difference if it
  ///   belongs to another job.
  package func read(ranks: Ranks = .alone) throws(InputError) -> ReconstructionState? {
    let bytes = try ranks.fromFirst { () throws(InputError) in
      FileManager.default.fileExists(atPath: url.path) ? try InputFile.read(url) : Data()
    }
    guard !bytes.isEmpty else { return nil }
    let file = try SafetensorsFile(bytes, place: url.path)
    guard let text = file.metadata[Self.key] else { throw damaged("it is another kind of file") }
    guard file.metadata[Self.formatKey] == Self.format else {
      throw damaged("another version of mixq wrote it")
    }
    let content: Content
    do { content = try jsonDecoder.decode(Content.self, from: Data(text.utf8)) } catch {
      throw damaged(decodingReason(error))
    }
    if let difference = job.difference(from: content.job) {
      throw InputError(
        .otherWork, "cannot resume", at: url.path, because: "it belongs to \(difference)",
        try: "choose another --output, or remove the file to start again")
    }
    guard content.tensors == Self.digest(of: file.entries),
      content.layers.count == content.reports.count
    else { throw damaged("its tensors do not match their checksum") }
    var units: [ReconstructionState.FinishedUnit] = []
    for (unit, layers) in content.layers.enumerated() {
      var weights: [QuantizedTensor] = []
      for (number, layer) in layers.enumerated() {
        weights.append(try codes("\(unit).\(number)", layer, in: file))
      }
      units.append(.init(weights: weights, report: content.reports[unit]))
    }
    return ReconstructionState(weights: units, activations: content.activations)
  }

  private func codes(
    _ name: String, _ layer: Layer, in file: SafetensorsFile
  ) throws(InputError) -> QuantizedTensor {
    guard let codes = file["\(name).codes"], let scales = file["\(name).scales"],
      let zeroPoints = file["\(name).zero_points"]
    else { throw damaged("layer \(name) is missing") }
    return try QuantizedTensor(
      shape: Shape(layer.shape), packedCodes: [UInt8](codes.data), scales: scales.tensor.scalars,
      zeroPoints: [UInt8](zeroPoints.data), bitWidth: layer.bits, granularity: layer.granularity,
      at: "\(url.path), \(name)")
  }

  private func damaged(_ reason: String) -> InputError {
    InputError(
      .badKeptResult, "cannot resume", at: url.path, because: reason,
      try: "remove the file to start again")
  }
}

extension StateFile.Job {
  /// Returns the first difference of `other` in words, or nil.
  fileprivate func difference(from other: StateFile.Job) -> String? {
    if other.network != network { return "another model, or other options about it" }
    if other.transform != transform { return "another transform" }
    if other.recipe != recipe { return "another recipe" }
    if other.bits != bits || other.activations != activations { return "another plan" }
    if other.calibration != calibration { return "other calibration images, or other contents" }
    if other.build != build { return "another build, or other kernels: \(other.build.line)" }
    return nil
  }
}
