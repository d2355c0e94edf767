import Datasets
import Checkpoints
import Files
import Foundation
import Graphs
import KitSupport
import MixQuantKit
import Quantization
import Tensors
import TestSupport
import Testing

@Suite("Export to ONNX, as quantized")
struct ONNXExportTests {
  static let sketches: [CheckpointSketch] = [
    .tinyWithSubsampling, .tinyWithProjections, .tinyBottlenecks,
  ]

  private func faithful(
    _ packed: PackedModel, width: StoredWeights.Width = .int8
  ) -> ONNXModel {
    ExportedNetwork(faithful: packed.network, width: width).model(of: packed)
  }

  @Test("The file has operator set 17, IR version 8, the layers' names and the metadata")
  func head() throws {
    try withTemporaryFolder { folder in
      let packed = try CheckpointSketch.tinyWithProjections.model(in: folder)
        .packedNearest(hasActivations: true)
      let model = faithful(packed)
      #expect(model.irVersion == 8 && model.operatorSets == [ONNXOperatorSet(version: 17)])
      let names = Set(model.graph.nodes.map(\.name))
      #expect(packed.network.network.layers.allSatisfy { names.contains($0.name) })
      #expect(names.count == model.graph.nodes.count, "names are unique")
      #expect(model.metadata["mixq.flavour"] == "faithful")
      #expect(
        model.metadata["mixq.sha256"] == SHA256.hexDigest(of: packed.encoded.encoded))
      #expect(model.metadata.map(\.key) == model.metadata.map(\.key).sorted())
    }
  }

  @Test("Equal models give equal bytes, and reading them gives the model")
  func bytes() throws {
    try withTemporaryFolder { folder in
      let packed = try CheckpointSketch.tinyWithProjections.model(in: folder)
        .packedNearest(hasActivations: true)
      let model = faithful(packed)
      #expect(model.encoded == faithful(packed).encoded)
      #expect(try ONNXModel(model.encoded, place: "tiny") == model)
    }
  }

  @Test(
    "The stored integers times their scales are the weights, exactly", arguments: sketches.indices)
  func weights(index: Int) throws {
    try withTemporaryFolder { folder in
      let packed = try Self.sketches[index].model(in: folder).packedNearest(hasActivations: true)
      let graph = faithful(packed).graph
      for (layer, codes) in zip(packed.network.network.layers, packed.network.weights) {
        let stored = try tensor("\(layer.name).weight_q", graph).integers(place: "tiny")
        let scales = try tensor("\(layer.name).weight_scale", graph).floats(place: "tiny")
        let zeroPoints = try tensor("\(layer.name).weight_zp", graph).integers(place: "tiny")
        let stretch = stored.count / scales.count
        let values = stored.indices.map { place in
          Float(stored[place] - zeroPoints[place / stretch]) * scales[place / stretch]
        }
        #expect(values == codes.dequantized().scalars, "\(layer.name)")
        #expect(stored.allSatisfy { (-128...255).contains($0) })
      }
    }
  }

  private func tensor(_ name: String, _ graph: ONNXGraph) throws -> ONNXTensor {
    try #require(graph.initializers.first { $0.name == name }, "\(name)")
  }

  @Test("c − z is stored in int8 with zero point 0 where it fits, and shifted up to 64")
  func containers() throws {
    try withTemporaryFolder { folder in
      let model = try CheckpointSketch.tinyWithProjections.model(in: folder)
      for bits in BitWidth.all {
        let graph = faithful(try model.packedUniform(bits)).graph
        let stored = try tensor("layer1.0.conv1.weight_q", graph)
        #expect(stored.elementType == (bits == 8 ? .uint8 : .int8))
        guard bits < 8 else { continue }
        let zeroPoints = try tensor("layer1.0.conv1.weight_zp", graph).integers(place: "tiny")
        #expect(zeroPoints.allSatisfy { $0 == 0 })
        let largest = try stored.integers(place: "tiny").map(abs).max() ?? 0
        #expect(
          bits == 7 ? largest <= 127 : (33...64).contains(largest), "\(bits) bits: \(largest)")
      }
      let symmetric = faithful(try model.packedUniform(8, symmetry: .symmetric)).graph
      #expect(try tensor("layer1.0.conv1.weight_q", symmetric).elementType == .int8)
    }
  }

  @Test("Weights of at most 4 bits fit half a byte on request")
  func narrow() throws {
    try withTemporaryFolder { folder in
      let packed = try CheckpointSketch.tinyWithProjections.model(in: folder).packedUniform(4)
      let model = faithful(packed, width: .int4)
      #expect(model.irVersion == 10 && model.operatorSets == [ONNXOperatorSet(version: 21)])
      #expect(try tensor("layer1.0.conv1.weight_q", model.graph).elementType == .uint4)
      #expect(model.encoded.count < faithful(packed).encoded.count)
    }
  }

  @Test("Narrow grids are clipped after the rounding, grids of 8 bits are not")
  func clips() throws {
    try withTemporaryFolder { folder in
      let model = try CheckpointSketch.tinyWithProjections.model(in: folder)
      let sites = model.network.sites.count
      for (bits, count) in [(8, 0), (4, sites)] {
        let width = try #require(BitWidth(bits))
        let graph = faithful(try model.packedUniform(4, activationBits: width)).graph
        #expect(graph.nodes.count { $0.operation == "Clip" } == count)
      }
    }
  }

  /// Checks the model, runs it at every level of optimization, and prints the logits of each level.
  private static let runs = """
    import sys, json, numpy as np, onnx, onnxruntime as ort
    path, shape, images = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
    onnx.checker.check_model(path, full_check=True)
    x = np.fromfile(images, "<f4").reshape(shape)
    ort.set_default_logger_severity(3)
    levels = ["DISABLE_ALL", "ENABLE_BASIC", "ENABLE_EXTENDED", "ENABLE_ALL"]
    logits = []
    for level in levels:
        options = ort.SessionOptions()
        options.graph_optimization_level = getattr(ort.GraphOptimizationLevel, "ORT_" + level)
        session = ort.InferenceSession(path, options, ["CPUExecutionProvider"])
        logits.append(session.run(None, {session.get_inputs()[0].name: x})[0].tolist())
    print(json.dumps(logits))
    """

  private func logits(
    _ model: ONNXModel, of images: Tensor, script: String, in folder: URL
  ) throws -> [Tensor] {
    let url = folder.appending(path: "\(UUID().uuidString).onnx")
    try model.write(to: url, overwriting: false)
    let pixels = folder.appending(path: "images.bin")
    try images.scalars.map(\.bitPattern.littleEndian).withUnsafeBytes { Data($0) }.write(to: pixels)
    let run = try Python.run(
      script, [url.path, "\(images.shape.dimensions)", pixels.path])
    try #require(run.code == 0, "\(run.output)")
    let line = try #require(run.output.split(separator: "\n").last)
    let rows = try JSONDecoder().decode([[[Float]]].self, from: Data(line.utf8))
    return rows.map { Tensor(shape: [$0.count, $0[0].count], scalars: $0.flatMap { $0 }) }
  }

  @Test(
    "ONNX Runtime computes the same classes at every level of optimization", .needsPython(.onnx),
    arguments: sketches.indices, [BitWidth(8), BitWidth(4)])
  func onnxRuntime(index: Int, bits: BitWidth?) throws {
    try withTemporaryFolder { folder in
      let packed = try Self.sketches[index].model(in: folder)
        .packedUniform(try #require(bits), activationBits: 8, symmetry: .symmetric)
      let images = randomTensor([4, 3, 32, 32], seed: 4)
      let expected = packed.network(images)
      let levels = try logits(faithful(packed), of: images, script: Self.runs, in: folder)
      #expect(levels.count == 4)
      // Codes at a tie may differ by one; a bias in 32 bits differs by half a unit.
      for (level, found) in levels.enumerated() {
        #expect(found.relativeDifference(from: expected) < 0.05, "level \(level)")
      }
    }
  }

  @Test("Every operation of every family is exported", .needsPython(.onnx))
  func families() throws {
    try withTemporaryFolder { folder in
      let networks = SharedFiles.projectRoot.appending(path: "Tests/Fixtures/Networks")
      let files = try FileManager.default.contentsOfDirectory(
        at: networks, includingPropertiesForKeys: nil
      ).filter { $0.pathExtension == "safetensors" }
        .sorted { $0.path < $1.path }
      var exported = 0
      for file in files {
        guard let model = try? CheckpointModel(contentsOf: file) else { continue }
        let packed = try model.packedUniform(6, symmetry: .symmetric)
        let size = packed.transform.usualInputSize
        let images = randomTensor([2, 3, size.height, size.width], seed: 4)
        let expected = packed.network(images)
        let levels = try logits(faithful(packed), of: images, script: Self.runs, in: folder)
        for (level, found) in levels.enumerated() {
          #expect(
            found.relativeDifference(from: expected) < 0.1,
            "\(file.lastPathComponent), level \(level)")
        }
        exported += 1
      }
      #expect(exported > 5)
    }
  }

  @Test("OpenVINO loads the file and computes the same", .needsPython(.openVINO))
  func openVINO() throws {
    try withTemporaryFolder { folder in
      let packed = try CheckpointSketch.tinyWithProjections.model(in: folder)
        .packedUniform(6, symmetry: .symmetric)
      let images = randomTensor([4, 3, 32, 32], seed: 4)
      let script = """
        import sys, json, numpy as np, openvino as ov
        x = np.fromfile(sys.argv[3], "<f4").reshape(json.loads(sys.argv[2]))
        core = ov.Core()
        model = core.compile_model(sys.argv[1], "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
        print(json.dumps([model(x)[0].tolist()]))
        """
      let found = try logits(faithful(packed), of: images, script: script, in: folder)
      #expect(found[0].relativeDifference(from: packed.network(images)) < 0.05)
    }
  }
}
