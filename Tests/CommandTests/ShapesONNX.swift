import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

/// The ResNet-20 that was trained on Shapes as an ONNX model with the original names.
///
/// Its batch normalisations are nodes, and its shortcuts without weights a slice and a pad.
struct ShapesONNX {
  private var nodes: [ONNXNode] = []
  private var initializers: [ONNXTensor] = []
  private let tensors: StateDict

  /// Returns the model, with the tensors in `external` if it is given.
  static func model() throws -> ONNXModel {
    let url = SharedFiles.projectRoot.appending(path: "Models/resnet20-shapes.safetensors")
    var writer = ShapesONNX(tensors: try Checkpoint.read(url).stateDict)
    return try writer.model()
  }

  private init(tensors: StateDict) { self.tensors = tensors }

  private mutating func model() throws -> ONNXModel {
    for tensor in [
      ONNXTensor(name: "starts", dimensions: [2], int64: [0, 0]),
      ONNXTensor(name: "ends", dimensions: [2], int64: [.max, .max]),
      ONNXTensor(name: "axes", dimensions: [2], int64: [2, 3]),
      ONNXTensor(name: "steps", dimensions: [2], int64: [2, 2]),
    ] { initializers.append(tensor) }
    var x = append("Relu", [try convolution("conv1", "bn1", "image", stride: 1)])
    for stage in 1...3 {
      for block in 0..<3 {
        let name = "layer\(stage).\(block)"
        let stride = stage > 1 && block == 0 ? 2 : 1
        let first = try convolution("\(name).conv1", "\(name).bn1", x, stride: stride)
        let second = try convolution(
          "\(name).conv2", "\(name).bn2", append("Relu", [first]), stride: 1)
        x = append("Relu", [append("Add", [second, shortcut(x, stride: stride, 2 << stage)])])
      }
    }
    let features = append("Flatten", [append("GlobalAveragePool", [x])])
    let head = [features, try add("linear.weight"), try add("linear.bias")]
    let logits = append("Gemm", head, [.init("transB", .integer(1))])
    return ONNXModel(
      irVersion: 8, operatorSets: [.init(version: 17)], producerName: "test",
      graph: ONNXGraph(
        name: "shapes", nodes: nodes, initializers: initializers,
        inputs: [
          .init(
            name: "image", elementType: .float32,
            dimensions: [.named("batch"), .fixed(3), .fixed(32), .fixed(32)])
        ], outputs: [.init(name: logits, elementType: .float32, dimensions: nil)]))
  }

  private mutating func convolution(
    _ name: String, _ norm: String, _ input: String, stride: Int
  ) throws -> String {
    let output = append(
      "Conv", [input, try add("\(name).weight")],
      [
        .init("pads", .integers([1, 1, 1, 1])), .init("strides", .integers([stride, stride])),
      ])
    let parameters = try ["weight", "bias", "running_mean", "running_var"].map {
      try add("\(norm).\($0)")
    }
    return append("BatchNormalization", [output] + parameters, [.init("epsilon", .float(1e-5))])
  }

  /// Appends every second pixel with `channels` of zeros on both sides.
  private mutating func shortcut(_ input: String, stride: Int, _ channels: Int) -> String {
    guard stride > 1 else { return input }
    let pixels = append("Slice", [input, "starts", "ends", "axes", "steps"])
    let pads = "pads\(channels)"
    initializers.append(
      ONNXTensor(name: pads, dimensions: [8], int64: [0, channels, 0, 0, 0, channels, 0, 0]))
    return append("Pad", [pixels, pads])
  }

  private mutating func append(
    _ operation: String, _ inputs: [String], _ attributes: [ONNXAttribute] = []
  ) -> String {
    let output = "value\(nodes.count)"
    nodes.append(
      ONNXNode(
        operation, name: "node\(nodes.count)", inputs: inputs, outputs: [output],
        attributes: attributes))
    return output
  }

  private mutating func add(_ name: String) throws -> String {
    let tensor = try #require(tensors[name])
    initializers.append(
      ONNXTensor(name: name, dimensions: tensor.shape.dimensions, floats: tensor.scalars))
    return name
  }
}

extension Workplace {
  /// Puts the network that was trained on Shapes into the folder as `shapes.onnx`.
  func addONNXModel(metadata: [ONNXEntry] = []) throws {
    var model = try ShapesONNX.model()
    model.metadata = metadata
    try model.write(to: folder.appending(path: "shapes.onnx"), overwriting: true)
  }

  /// Puts the same network into the folder as `far.onnx`, with its weights in `far.bin`.
  func addONNXModelWithExternalData() throws {
    var model = try ShapesONNX.model()
    var data = Data()
    for index in model.graph.initializers.indices
    where model.graph.initializers[index].elementType == .float32 {
      guard case .bytes(let bytes) = model.graph.initializers[index].content else { continue }
      model.graph.initializers[index].content = .external(
        .init(location: "far.bin", offset: data.count, length: bytes.count))
      data += bytes
    }
    try model.write(to: folder.appending(path: "far.onnx"), overwriting: true)
    try data.write(to: folder.appending(path: "far.bin"))
  }
}
