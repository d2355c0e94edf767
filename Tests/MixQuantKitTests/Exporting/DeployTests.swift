import Checkpoints
import Execution
import Files
import Foundation
import Graphs
import KitSupport
import MixQuantKit
import Quantization
import Tensors
import TestSupport
import Testing

@Suite("Export to ONNX, for deployment")
struct DeployTests {
  static let sketches: [CheckpointSketch] = [
    .tinyWithSubsampling, .tinyWithProjections, .tinyBottlenecks,
  ]

  /// The network of `packed` for deployment, calibrated on pictures.
  private func deployed(_ packed: PackedModel, in folder: URL) throws -> DeployNetwork {
    try packed.deployed(
      calibratedOn: try shapes(24, seed: 6, in: folder), context: Context(threads: 2))
  }

  @Test("Every convolution is computed in integers, the last layer in floating point")
  func forecasts() throws {
    try withTemporaryFolder { folder in
      let packed = try CheckpointSketch.tinyWithProjections.model(in: folder).packedUniform(8)
      let forecasts = try deployed(packed, in: folder).exported.forecasts
      #expect(forecasts.dropLast().allSatisfy { $0.onnxRuntime == .integer })
      #expect(forecasts.last?.onnxRuntime != .integer)
      let faithful = ExportedNetwork(faithful: packed.network).forecasts
      #expect(faithful.count { $0.onnxRuntime == .integer } < forecasts.count - 1)
    }
  }

  @Test("Its logits are near those of the quantized network", arguments: sketches.indices)
  func nearness(index: Int) throws {
    try withTemporaryFolder { folder in
      let packed = try Self.sketches[index].model(in: folder).packedUniform(6)
      let network = try deployed(packed, in: folder)
      let images = randomTensor([8, 3, 32, 32], seed: 7)
      let difference = network.logits(images).relativeDifference(from: packed.network(images))
      #expect(difference < 0.3)
    }
  }

  @Test("The threads change nothing")
  func threads() throws {
    try withTemporaryFolder { folder in
      let packed = try CheckpointSketch.tinyWithProjections.model(in: folder).packedUniform(4)
      let network = try deployed(packed, in: folder)
      let images = randomTensor([19, 3, 32, 32], seed: 7)
      let logits = network.logits(images)
      #expect(network.logits(images, context: Context(threads: 3)) == logits)
    }
  }

  @Test("A network without activation grids is refused with advice")
  func noGrids() throws {
    try withTemporaryFolder { folder in
      let packed = try CheckpointSketch.tinyWithProjections.model(in: folder).packedNearest()
      let pictures = try shapes(24, seed: 6, in: folder)
      let error = inputError {
        _ = try packed.deployed(calibratedOn: pictures, context: .serial)
      }
      #expect(error?.kind == .usage && error?.remedy.contains("--activation-bits 8") == true)
    }
  }

  /// Prints the codes of every rounded value at the highest level of optimization.
  private static let codes = """
    import sys, json, numpy as np, onnx, onnxruntime as ort
    path, shape, images = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
    onnx.checker.check_model(path, full_check=True)
    x = np.fromfile(images, "<f4").reshape(shape)
    ort.set_default_logger_severity(3)
    options = ort.SessionOptions()
    options.optimized_model_filepath = path + ".optimized"
    session = ort.InferenceSession(path, options, ["CPUExecutionProvider"])
    logits = session.run(None, {session.get_inputs()[0].name: x})[0]
    nodes = onnx.load(path + ".optimized").graph.node
    counts = {}
    for node in nodes:
        counts[node.op_type] = counts.get(node.op_type, 0) + 1
    print(json.dumps({"logits": logits.tolist(), "operations": counts}))
    """

  private struct Result: Decodable {
    let logits: [[Float]]
    let operations: [String: Int]
  }

  @Test(
    "ONNX Runtime fuses all convolutions but the last layer and computes the same logits",
    .needsPython(.onnx), arguments: sketches.indices, [BitWidth(8), BitWidth(4), BitWidth(2)])
  func onnxRuntime(index: Int, bits: BitWidth?) throws {
    try withTemporaryFolder { folder in
      let packed = try Self.sketches[index].model(in: folder)
        .packedUniform(try #require(bits), activationBits: 4)
      let network = try deployed(packed, in: folder)
      let images = randomTensor([8, 3, 32, 32], seed: 7)
      let url = folder.appending(path: "deploy.onnx")
      try network.exported.model(of: packed).write(to: url, overwriting: false)
      let pixels = folder.appending(path: "images.bin")
      try images.scalars.map(\.bitPattern.littleEndian).withUnsafeBytes { Data($0) }
        .write(to: pixels)
      let run = try Python.run(
        Self.codes, [url.path, "\(images.shape.dimensions)", pixels.path])
      try #require(run.code == 0, "\(run.output)")
      let line = try #require(run.output.split(separator: "\n").last)
      let result = try JSONDecoder().decode(Result.self, from: Data(line.utf8))
      let layers = packed.network.network.layers.count
      #expect(result.operations["QLinearConv"] == layers - 1, "\(result.operations)")
      #expect(result.operations["Conv"] == nil && result.operations["FusedConv"] == nil)
      let found = Tensor(
        shape: [result.logits.count, result.logits[0].count],
        scalars: result.logits.flatMap { $0 })
      // Codes are equal; the last layer sums in another order.
      #expect(found.relativeDifference(from: network.logits(images)) < 1e-5)
    }
  }
}
