import Checkpoints
import Files

extension ONNXConverter {
  /// Throws if the model is quantized already.
  static func refuseQuantized(_ nodes: [ONNXNodeReader]) throws(InputError) {
    guard let node = nodes.first(where: { quantizers.contains($0.operation) }) else { return }
    throw node.refused(
      "the model is quantized already",
      try: "give the full-precision model from which it was made")
  }

  private static let quantizers: Set = [
    "QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "QLinearConv", "QLinearMatMul",
    "QLinearAdd", "QLinearGlobalAveragePool", "QGemm", "ConvInteger", "MatMulInteger",
  ]

  /// Returns the error that an operation is not supported.
  func unsupported(_ node: ONNXNodeReader) -> InputError {
    if !["", "ai.onnx"].contains(node.node.domain) {
      return node.refused(
        "the operation belongs to \(node.node.domain.printable(limit: 60)) and not to ONNX",
        try: "save the model without a runtime's graph optimization")
    }
    let reason = Self.reasons[node.operation] ?? "the operation is not supported"
    return node.refused(reason)
  }

  private static let reasons = [
    "Clip": "activations other than ReLU are not supported",
    "LeakyRelu": "activations other than ReLU are not supported",
    "PRelu": "activations other than ReLU are not supported",
    "Elu": "activations other than ReLU are not supported",
    "HardSwish": "activations other than ReLU are not supported",
    "HardSigmoid": "activations other than ReLU and sigmoid are not supported",
    "Gelu": "activations other than ReLU are not supported",
    "Erf": "activations other than ReLU are not supported",
    "LRN": "networks with local response normalisation are not supported",
    "InstanceNormalization": "normalisations other than batch normalisation are not supported",
    "LayerNormalization": "normalisations other than batch normalisation are not supported",
    "GroupNormalization": "normalisations other than batch normalisation are not supported",
    "Concat": "maps that are joined are not supported, only sums",
    "Split": "maps that are split are not supported",
    "GlobalMaxPool": "a global pooling by the maximum is not supported, only by the mean",
    "ConvTranspose": "transposed convolutions are not supported",
    "If": "branches of a program are not supported",
    "Loop": "loops of a program are not supported",
    "Scan": "loops of a program are not supported",
  ]
}
