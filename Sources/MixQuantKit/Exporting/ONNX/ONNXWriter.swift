import Checkpoints
import Graphs
import Quantization
import Tensors

/// A writer of a network as an ONNX graph of operator set 17.
///
/// Rounded values pass through QuantizeLinear and DequantizeLinear, which runtimes fuse with the
/// operations around them.
struct ONNXWriter {
  let network: ExportedNetwork
  private(set) var nodes: [ONNXNode] = []
  private(set) var initializers: [ONNXTensor] = []
  /// The value of each node as its readers see it.
  private var values: [String] = []
  private var names: Set<String> = []

  init(_ network: ExportedNetwork) { self.network = network }

  /// The name of the image in the graph.
  static let input = "input"
  /// The name of the logits in the graph.
  static let output = "logits"

  /// Returns the graph for images of `inputSize` pixels and batches of any size.
  static func graph(
    _ network: ExportedNetwork, inputSize: (height: Int, width: Int)
  ) -> ONNXGraph {
    var writer = ONNXWriter(network)
    for index in network.graph.nodes.indices { writer.write(index) }
    return ONNXGraph(
      name: network.graph.name, nodes: writer.nodes, initializers: writer.initializers,
      inputs: [
        ONNXValueInfo(
          name: input, elementType: .float32,
          dimensions: [
            .named("batch"), .fixed(network.graph.inputChannels), .fixed(inputSize.height),
            .fixed(inputSize.width),
          ])
      ],
      outputs: [
        ONNXValueInfo(
          name: output, elementType: .float32,
          dimensions: [.named("batch"), .fixed(network.graph.classCount)])
      ])
  }

  private mutating func write(_ index: Int) {
    let node = network.graph.nodes[index]
    let isLast = index == network.graph.nodes.count - 1
    let name = unused(node.operation == .input ? Self.input : node.name, node.operation.name)
    let inputs = node.inputs.map { values[$0] }
    let value: String
    switch node.operation {
    case .input: value = name
    case .convolution(let convolution) where isLast:
      value = head(name, convolution, index, inputs[0])
    case .convolution(let convolution):
      value = layer(name, convolution, index, inputs[0])
    case let operation: value = plain(name, operation, node.inputs[0], inputs)
    }
    values.append(
      network.codeGrids[index].map { grid in
        rounding(value, named: name, to: grid, clips: network.grids[index] != nil)
      } ?? value)
  }

  /// Returns `name`, or if an earlier node has it, `name` with the operation appended.
  private mutating func unused(_ name: String, _ operation: String) -> String {
    var candidate = name
    var number = 1
    while !names.insert(candidate).inserted {
      candidate = number == 1 ? "\(name).\(operation)" : "\(name).\(operation)\(number)"
      number += 1
    }
    return candidate
  }
}

extension ONNXWriter {
  /// Appends an operation with one output, whose name it returns.
  @discardableResult
  mutating func append(
    _ operation: String, _ name: String, _ inputs: [String], to output: String? = nil,
    _ attributes: [ONNXAttribute] = []
  ) -> String {
    let output = output ?? name
    nodes.append(
      ONNXNode(operation, name: name, inputs: inputs, outputs: [output], attributes: attributes))
    return output
  }

  /// Appends a constant and returns its name.
  mutating func constant(_ tensor: ONNXTensor) -> String {
    initializers.append(tensor)
    return tensor.name
  }

  /// Appends the rounding of `value` to `grid` and returns the rounded value.
  ///
  /// - Parameter clips: True to limit codes to a grid of less than 8 bits. A clip of integers does not
  ///   keep runtimes from fusing, as a clip of floating point before the rounding would.
  mutating func rounding(
    _ value: String, named name: String, to grid: UniformAffine, clips: Bool
  ) -> String {
    let scale = constant(ONNXTensor(name: "\(name).scale", dimensions: [], floats: [grid.scale]))
    let zeroPoint = constant(
      ONNXTensor(name: "\(name).zero_point", dimensions: [], uint8: [UInt8(grid.zeroPoint)]))
    var codes = append(
      "QuantizeLinear", "\(name).quantize", [value, scale, zeroPoint], to: "\(name).codes")
    if clips, grid.bitWidth < 8 {
      let low = constant(ONNXTensor(name: "\(name).lowest", dimensions: [], uint8: [0]))
      let high = constant(
        ONNXTensor(
          name: "\(name).highest", dimensions: [], uint8: [UInt8(grid.bitWidth.levels - 1)]))
      codes = append("Clip", "\(name).clip", [codes, low, high], to: "\(name).clipped")
    }
    return append(
      "DequantizeLinear", "\(name).dequantize", [codes, scale, zeroPoint], to: "\(name).rounded")
  }
}
