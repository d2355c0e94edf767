import Reconstruction
import KitSupport
import Checkpoints
import Datasets
import Execution
import Files
import Foundation
import Graphs
import Networks
import MixQuantKit
import Quantization
import Tensors
import TestSupport
import Testing

@Suite("Packed model")
struct PackedModelTests {
  static let sketches: [CheckpointSketch] = [
    .tinyWithSubsampling, .tinyWithProjections, .tinyBottlenecks,
  ]

  private func reread(_ packed: PackedModel) throws -> PackedModel {
    try PackedModel(SafetensorsFile(packed.encoded.encoded, place: "tiny"), at: "tiny")
  }

  @Test(
    "A file is read back as it was written, to the bit", arguments: sketches.indices, [false, true])
  func roundTrip(index: Int, hasActivations: Bool) throws {
    try withTemporaryFolder { folder in
      let model = try Self.sketches[index].model(in: folder)
      for granularity in Granularity.allCases {
        let packed = try model.packedNearest(
          granularity: granularity, hasActivations: hasActivations)
        let read = try reread(packed)
        #expect(read.network.network == packed.network.network)
        #expect(read.network.weights == packed.network.weights)
        #expect(read.network.activationGrids == packed.network.activationGrids)
        #expect(read.plan == packed.plan && read.transform == packed.transform)
        #expect(read.provenance == packed.provenance && read.labelNames == packed.labelNames)
        let images = randomTensor([2, 3, 32, 32], seed: 9)
        #expect(read.network(images) == packed.network(images))
      }
    }
  }

  @Test("Equal work gives equal bytes, whatever the checkpoint's folder")
  func equalBytes() throws {
    let bytes = try (0..<2).map { _ in
      try withTemporaryFolder { folder in
        try CheckpointSketch.tinyWithProjections.model(in: folder).packedNearest().encoded.encoded
      }
    }
    #expect(bytes[0] == bytes[1])
  }

  @Test("The logits come from the file: one changed code changes them")
  func flippedCode() throws {
    try withTemporaryFolder { folder in
      let packed = try CheckpointSketch.tinyWithSubsampling.model(in: folder).packedNearest()
      var file = packed.encoded
      var entries = file.entries
      let index = try #require(entries.firstIndex { $0.name == "layer2.0.conv1.codes" })
      var codes = [UInt8](entries[index].data)
      codes[codes.count / 2] ^= 0b100
      entries[index] = SafetensorsEntry(
        name: entries[index].name, shape: [codes.count], uint8: codes)
      file = PackedChecksums.sealing(SafetensorsFile(entries: entries, metadata: file.metadata))
      let flipped = try PackedModel(SafetensorsFile(file.encoded, place: "tiny"), at: "tiny")
      let images = randomTensor([2, 3, 32, 32], seed: 9)
      #expect(flipped.network(images) != packed.network(images))
    }
  }

  @Test(
    "The payload has the size that the plan predicts, for every mix of widths", arguments: 0..<7)
  func payload(shift: Int) throws {
    try withTemporaryFolder { folder in
      for sketch in Self.sketches {
        let model = try sketch.model(in: folder)
        for granularity in Granularity.allCases {
          let plan = model.plan { BitWidth.all[($0 * 3 + shift) % 7] }
          let quantizer = WeightQuantizer(
            granularity: granularity, symmetry: .symmetric, range: .minMax)
          let packed = PackedModel(
            .quantizing(model.network, plan: plan, quantizer: quantizer), plan: plan, of: model,
            transform: .cifar, recipe: QuantizationRecipe(method: .nearest, weights: quantizer),
            calibration: nil)
          let bytes = packed.encoded.entries.reduce(0) { $0 + $1.data.count }
          #expect(packed.payloadBytes == bytes)
          #expect(packed.payloadBytes == plan.payloadBytes(granularity: granularity))
        }
      }
    }
  }

  @Test(
    "Missing metadata are an error that names the key",
    arguments: [
      "mixq.network", "mixq.plan", "mixq.granularities", "mixq.activations", "mixq.transform",
      "mixq.checkpoint", "mixq.provenance",
    ])
  func missingMetadata(key: String) throws {
    try withTemporaryFolder { folder in
      let file = try CheckpointSketch.tinyWithSubsampling.model(in: folder).packedNearest().encoded
      var metadata = file.metadata
      metadata[key] = nil
      let damaged = PackedChecksums.sealing(
        SafetensorsFile(entries: file.entries, metadata: metadata))
      let error = try #require(inputError { _ = try PackedModel(damaged, at: "tiny") })
      #expect(error.kind == .badData && error.place == "tiny" && error.reason.contains(key))
    }
  }

  /// A key of the metadata, a text in its value, and the replacement of that text.
  static let damages: [(key: String, original: String, replacement: String)] = [
    ("mixq.format", "3", "1"), ("mixq.format", "3", "4"),
    // A stride that the other summand does not share, and images of another number of channels.
    ("mixq.network", #""padding":2,"stride":2"#, #""padding":2,"stride":4"#),
    ("mixq.network", #""shape":[4,3,3,3]"#, #""shape":[3,4,3,3]"#),
    ("mixq.network", #""name":"layer1.0""#, #""name":"layer9.0""#),
    ("mixq.transform", #""std":[0.229,"#, #""std":[0,"#),
    ("mixq.transform", #""mean":[0.485,"#, #""mean":["#),
    ("mixq.plan", #""bits":4"#, #""bits":5"#),
    ("mixq.plan", #""bits":4"#, #""bits":9"#),
    ("mixq.plan", #""name":"layer1.0.conv1""#, #""name":"layer9.0.conv1""#),
    ("mixq.granularities", #""per-channel","#, ""),
    ("mixq.granularities", #""per-channel","#, #""per-tensor","#),
    ("mixq.activations", #""layer1.0""#, #""layer9.9""#),
    ("mixq.activations", #""zero_point":0"#, #""zero_point":16"#),
    ("mixq.checkpoint", #""node":"layer1.0.conv1""#, #""node":"layer9.0.conv1""#),
    ("mixq.checkpoint", #""name":"layer1.0.bn1""#, #""name":"layer1.0.bn2""#),
    ("mixq.checkpoint", #""epsilon":1e-05"#, #""epsilon":2"#),
  ]

  @Test("Values that contradict each other are refused", arguments: damages)
  func contradictions(key: String, original: String, replacement: String) throws {
    try withTemporaryFolder { folder in
      let file = try CheckpointSketch.tinyWithSubsampling.model(in: folder)
        .packedNearest(hasActivations: true).encoded
      var metadata = file.metadata
      let text = try #require(metadata[key])
      try #require(text.contains(original), "the metadata have changed: \(text)")
      metadata[key] = text.replacing(original, with: replacement, maxReplacements: 1)
      let damaged = PackedChecksums.sealing(
        SafetensorsFile(entries: file.entries, metadata: metadata))
      #expect(inputError { _ = try PackedModel(damaged, at: "tiny") }?.kind == .badData)
    }
  }

  @Test("A file of an earlier version is refused in one clear line", arguments: ["1", "2"])
  func earlierVersions(version: String) throws {
    try withTemporaryFolder { folder in
      let file = try CheckpointSketch.tinyWithSubsampling.model(in: folder).packedNearest().encoded
      var metadata = file.metadata
      metadata["mixq.format"] = version
      let old = SafetensorsFile(entries: file.entries, metadata: metadata)
      let error = inputError { _ = try PackedModel(old, at: "tiny") }
      #expect(error?.kind == .badData && error?.reason == "its format is \(version), not 3")
    }
  }

  @Test("A grid of another width than the plan's is refused")
  func activationWidths() throws {
    try withTemporaryFolder { folder in
      let model = try CheckpointSketch.tinyWithSubsampling.model(in: folder)
      var plan = BitPlan.uniform(4, network: model.network)
      plan.activations = model.network.siteSizes(inputSize: (32, 32)).map {
        PlannedActivations(site: $0.site, elementCount: $0.elementCount, bitWidth: 5)
      }
      var quantized = QuantizedNetwork.quantizing(model.network, plan: plan, quantizer: .brecq)
      for (site, bitWidth) in plan.activationBitWidths {
        quantized.activationGrids[site] = UniformAffine(
          scale: 0.1, zeroPoint: 0, bitWidth: bitWidth)
      }
      let recipe = QuantizationRecipe(method: .nearest)
      func packed() throws -> PackedModel {
        PackedModel(
          quantized, plan: plan, of: model, transform: .cifar, recipe: recipe, calibration: nil)
      }
      #expect(try reread(packed()).plan == plan)
      quantized.activationGrids["layer1.0"] = UniformAffine(
        scale: 0.1, zeroPoint: 0, bitWidth: 4)
      let error = inputError { _ = try reread(packed()) }
      #expect(error?.kind == .badData && error?.reason.contains("layer1.0") == true)
    }
  }

  @Test("Missing and superfluous tensors are refused")
  func tensors() throws {
    try withTemporaryFolder { folder in
      let file = try CheckpointSketch.tinyWithSubsampling.model(in: folder).packedNearest().encoded
      for index in file.entries.indices {
        var entries = file.entries
        entries.remove(at: index)
        let damaged = PackedChecksums.sealing(
          SafetensorsFile(entries: entries, metadata: file.metadata))
        #expect(inputError { _ = try PackedModel(damaged, at: "tiny") }?.kind == .badData)
      }
      let stray = SafetensorsEntry(name: "stray", shape: [1], float32: [1])
      let damaged = PackedChecksums.sealing(
        SafetensorsFile(entries: file.entries + [stray], metadata: file.metadata))
      #expect(inputError { _ = try PackedModel(damaged, at: "tiny") }?.kind == .badData)
    }
  }

  @Test("Reading a damaged file gives a network that can run, or throws", arguments: 0..<8)
  func damage(seed: UInt64) throws {
    try withTemporaryFolder { folder in
      let bytes = try CheckpointSketch.tinyWithSubsampling.model(in: folder)
        .packedNearest(hasActivations: true).encoded.encoded
      var generator = SplitMix64(seed: seed)
      // Reading a file checks the sizes of all maps for images of this size.
      let images = randomTensor([1, 3, 32, 32], seed: 9)
      for _ in 0..<60 {
        let damaged = mutated(bytes, &generator)
        do {
          let packed = try PackedModel(SafetensorsFile(damaged, place: "tiny"), at: "tiny")
          _ = packed.network(images)
        } catch let error as InputError {
          #expect(error.kind == .badData)
        }
      }
    }
  }

  /// Replaces one to three digits or bytes of the header, or cuts off the end.
  private func mutated(_ bytes: Data, _ generator: inout SplitMix64) -> Data {
    var damaged = [UInt8](bytes)
    let headerCount = damaged[0..<4].reversed().reduce(0) { $0 << 8 | Int($1) }
    let digits = (8..<8 + headerCount).filter { (48...57).contains(damaged[$0]) }
    switch generator.next() % 6 {
    case 0: return Data(damaged.prefix(Int(generator.next() % UInt64(damaged.count))))
    case 1: damaged[8 + Int(generator.next() % UInt64(headerCount))] = UInt8(generator.next() % 128)
    case 2: damaged[Int(generator.next() % UInt64(damaged.count))] = UInt8(generator.next() % 256)
    default:
      for _ in 0...generator.next() % 3 {
        damaged[digits[Int(generator.next() % UInt64(digits.count))]] =
          48 + UInt8(generator.next() % 10)
      }
    }
    return Data(damaged)
  }
}
