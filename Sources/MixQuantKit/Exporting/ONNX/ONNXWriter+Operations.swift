import Checkpoints
import Graphs
import Tensors

extension ONNXWriter {
  /// Appends an operation without integer weights and returns its value.
  ///
  /// - Parameters:
  ///   - source: The node that it reads first.
  ///   - inputs: The values that it reads.
  mutating func plain(
    _ name: String, _ operation: Operation, _ source: Int, _ inputs: [String]
  ) -> String {
    switch operation {
    case .input, .convolution: preconditionFailure("\(name) is not a plain operation")
    case .relu: return append("Relu", name, inputs)
    case .sigmoid: return append("Sigmoid", name, inputs)
    case .add: return append("Add", name, inputs)
    case .multiply: return append("Mul", name, inputs)
    case .globalAveragePool: return append("GlobalAveragePool", name, inputs)
    case .maxPool(let window): return append("MaxPool", name, inputs, window.attributes)
    case .averagePool(let window):
      return append(
        "AveragePool", name, inputs,
        [ONNXAttribute("count_include_pad", .integer(0))] + window.attributes)
    case .batchNorm(let batchNorm): return normalization(name, batchNorm, inputs[0])
    case .blur(let blur): return filter(name, blur, channels: channels(of: source), inputs[0])
    case .subsample(let subsample): return self.subsample(name, subsample, inputs[0])
    }
  }

  private mutating func normalization(
    _ name: String, _ batchNorm: BatchNorm, _ input: String
  ) -> String {
    let parameters = NormalizationTensor.allCases.map { tensor in
      let values = tensor.values(of: batchNorm)
      return constant(
        ONNXTensor(name: "\(name).\(tensor.rawValue)", dimensions: [values.count], floats: values))
    }
    return append(
      "BatchNormalization", name, [input] + parameters,
      [ONNXAttribute("epsilon", .float(Float(batchNorm.epsilon)))])
  }

  /// Appends the binomial filter as a mirrored padding and a convolution of every map on its own.
  private mutating func filter(
    _ name: String, _ blur: Blur, channels: Int, _ input: String
  ) -> String {
    let pads = constant(
      ONNXTensor(name: "\(name).pads", dimensions: [8], int64: [0, 0, 1, 1, 0, 0, 1, 1]))
    let padded = append(
      "Pad", "\(name).pad", [input, pads], [ONNXAttribute("mode", text: "reflect")])
    let kernel: [Float] = [1, 2, 1, 2, 4, 2, 1, 2, 1].map { $0 / 16 }
    let weight = constant(
      ONNXTensor(
        name: "\(name).filter", dimensions: [channels, 1, 3, 3],
        floats: [[Float]](repeating: kernel, count: channels).flatMap { $0 }))
    return append(
      "Conv", name, [padded, weight],
      [
        ONNXAttribute("dilations", .integers([1, 1])), ONNXAttribute("group", .integer(channels)),
        ONNXAttribute("kernel_shape", .integers([3, 3])),
        ONNXAttribute("pads", .integers([0, 0, 0, 0])),
        ONNXAttribute("strides", .integers([blur.stride, blur.stride])),
      ])
  }

  /// Appends the selection of pixels and the padding by channels of zeros.
  private mutating func subsample(
    _ name: String, _ subsample: Subsample, _ input: String
  ) -> String {
    var value = input
    if subsample.stride > 1 {
      let bounds = [
        ("starts", [0, 0]), ("ends", [Int(Int32.max), Int(Int32.max)]), ("axes", [2, 3]),
        ("steps", [subsample.stride, subsample.stride]),
      ].map { bound in
        constant(ONNXTensor(name: "\(name).\(bound.0)", dimensions: [2], int64: bound.1))
      }
      value = append(
        "Slice", subsample.padding > 0 ? "\(name).slice" : name, [value] + bounds)
    }
    guard subsample.padding > 0 else { return value }
    let channels = subsample.padding
    let pads = constant(
      ONNXTensor(
        name: "\(name).pads", dimensions: [8], int64: [0, channels, 0, 0, 0, channels, 0, 0]))
    return append("Pad", name, [value, pads], [ONNXAttribute("mode", text: "constant")])
  }

  /// Returns the channels of a node's value.
  private func channels(of index: Int) -> Int {
    let node = network.graph.nodes[index]
    switch node.operation {
    case .input: return network.graph.inputChannels
    case .convolution(let convolution): return convolution.outputChannels
    case .subsample(let subsample):
      return channels(of: node.inputs[0]) + 2 * subsample.padding
    default: return channels(of: node.inputs[0])
    }
  }
}

extension Window {
  fileprivate var attributes: [ONNXAttribute] {
    [
      ONNXAttribute("ceil_mode", .integer(roundsUp ? 1 : 0)),
      ONNXAttribute("kernel_shape", .integers([kernel, kernel])),
      ONNXAttribute("pads", .integers([padding, padding, padding, padding])),
      ONNXAttribute("strides", .integers([stride, stride])),
    ]
  }
}
