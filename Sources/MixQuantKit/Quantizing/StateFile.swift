import Checkpoints
import Files
import Foundation
import Graphs
import Quantization
import Reconstruction
import Tensors

/// The file beside an output with a reconstruction's finished units.
///
/// The same command can resume from it. It is a safetensors file with tensors of codes, scales and
/// zero points per layer. Its metadata hold the job, the reports and a SHA-256 of all tensors.
struct StateFile: Sendable {
  /// All inputs that decide the result; a state is only used for the same job.
  struct Job: Codable, Equatable, Sendable {
    let build: Build
    let model: String
    let recipe: QuantizationRecipe
    let bits: [BitWidth]
    let activations: [PlannedActivations]
    let calibration: String
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
  }

  let url: URL
  let job: Job

  private static let key = "mixq.state"

  /// Writes `state`; throws `cannotWrite` and then leaves no incomplete file.
  func write(_ state: ReconstructionState) throws(InputError) {
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
      tensors: Self.digest(of: entries))
    try SafetensorsFile(entries: entries, metadata: [Self.key: json(content)])
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
  /// - Throws: `badData` if the file is damaged, and `cannotWrite` that names the difference if it
  ///   belongs to another job.
  func read() throws(InputError) -> ReconstructionState? {
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    let file = try SafetensorsFile.read(url)
    guard let text = file.metadata[Self.key] else { throw damaged("it is another kind of file") }
    let content: Content
    do { content = try jsonDecoder.decode(Content.self, from: Data(text.utf8)) } catch {
      throw damaged(decodingReason(error))
    }
    if let difference = job.difference(from: content.job) {
      throw InputError(
        .cannotWrite, "cannot resume", at: url.path, because: "it belongs to \(difference)",
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
      .badData, "cannot resume", at: url.path, because: reason,
      try: "remove the file to start again")
  }
}

extension StateFile.Job {
  /// Returns the first difference of `other` in words, or nil.
  fileprivate func difference(from other: StateFile.Job) -> String? {
    if other.model != model { return "another model" }
    if other.recipe != recipe { return "another recipe" }
    if other.bits != bits || other.activations != activations { return "another plan" }
    if other.calibration != calibration { return "other calibration images" }
    if other.build != build { return "another build, or other kernels: \(other.build.line)" }
    return nil
  }
}
