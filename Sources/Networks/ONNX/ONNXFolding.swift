import Checkpoints
import Files

/// The computation of constants from constants, as exporters leave them in graphs.
extension ONNXConverter {
  /// Computes the outputs of a node that reads constants only; returns false if it does not.
  mutating func fold(_ node: ONNXNodeReader) throws(InputError) -> Bool {
    let output = try node.output
    switch node.operation {
    case "Constant": try constants.store(literal(node), output, by: node)
    case "Shape": try constants.store(shape(node), output, by: node)
    case _ where !node.node.inputs.allSatisfy({ $0.isEmpty || constants.contains($0) }):
      guard node.operation == "CastLike", let first = node.input(0), constants.contains(first)
      else { return false }
      try constants.store(floats(constants.value(first, for: node), node), output, by: node)
    case "Identity":
      constants.repeats(output, try node.requiredInput(0))
    default:
      var inputs: [ONNXConstant?] = []
      for name in node.node.inputs {
        inputs.append(name.isEmpty ? nil : try constants.value(name, for: node))
      }
      guard let first = inputs.first ?? nil else { throw node.refused("it reads nothing") }
      let folded = try folded(node, first, inputs)
      try constants.store(folded, output, by: node)
    }
    return true
  }

  /// Returns the output of a node whose inputs are constants.
  private func folded(
    _ node: ONNXNodeReader, _ first: ONNXConstant, _ inputs: [ONNXConstant?]
  ) throws(InputError) -> ONNXConstant {
    let second = inputs.count > 1 ? inputs[1] : nil
    switch node.operation {
    case "Cast", "CastLike": return try cast(node, first, like: second)
    case "Add", "Sub", "Mul", "Div": return try arithmetic(node, first, second)
    case "Concat": return try concatenation(node, inputs.compactMap { $0 })
    case "Gather": return try gather(node, first, second)
    case "Slice": return try slice(node, first, inputs)
    case "Transpose":
      let permutation =
        try node.integers("perm") ?? Array(first.shape.indices.reversed())
      guard permutation.sorted() == Array(first.shape.indices) else {
        throw node.refused("its permutation is \(permutation)")
      }
      return first.transposed(permutation)
    case "Reshape": return try reshape(node, first, second)
    case "Unsqueeze", "Squeeze":
      return try first.reshaped(squeezed(node, first.shape, axes: axes(node, second)))
    case "Expand": return try expand(node, first, to: extents(node, second))
    case "ConstantOfShape": return try filled(node, extents(node, first))
    default: throw unsupported(node)
    }
  }

  private mutating func literal(_ node: ONNXNodeReader) throws(InputError) -> ONNXConstant {
    for attribute in node.node.attributes {
      switch (attribute.name, attribute.value) {
      case ("value", .tensor(let tensor)): return try constants.constant(tensor, for: node)
      case ("value_float", .float(let value)):
        return ONNXConstant(shape: [], numbers: .floats([value]))
      case ("value_floats", .floats(let values)):
        return ONNXConstant(shape: [values.count], numbers: .floats(values))
      case ("value_int", .integer(let value)):
        return ONNXConstant(shape: [], numbers: .integers([value]))
      case ("value_ints", .integers(let values)):
        return ONNXConstant(shape: [values.count], numbers: .integers(values))
      default: continue
      }
    }
    throw node.refused("its value is not a tensor of numbers")
  }

  private func shape(_ node: ONNXNodeReader) throws(InputError) -> ONNXConstant {
    let name = try node.requiredInput(0)
    let sizes: [Int?]
    if let shape = constants.shape(of: name) {
      sizes = shape
    } else {
      sizes = try value(name, for: node).extents
    }
    let clamp = { (place: Int) in
      min(max(place < 0 ? place + sizes.count : place, 0), sizes.count)
    }
    let start = clamp(try node.integer("start") ?? 0)
    let end = max(start, clamp(try node.integer("end") ?? sizes.count))
    return ONNXConstant(shape: [end - start], numbers: .integers(Array(sizes[start..<end])))
  }

  private func floats(
    _ constant: ONNXConstant, _ node: ONNXNodeReader
  ) throws(InputError) -> ONNXConstant {
    guard let floats = constant.floats else { throw unknown(node) }
    return ONNXConstant(shape: constant.shape, numbers: .floats(floats))
  }

  private func cast(
    _ node: ONNXNodeReader, _ constant: ONNXConstant, like other: ONNXConstant?
  ) throws(InputError) -> ONNXConstant {
    let isFloat: Bool
    if let other {
      if case .floats = other.numbers { isFloat = true } else { isFloat = false }
    } else {
      let type = ONNXElementType(rawValue: try node.integer("to") ?? 0)
      isFloat = [.float32, .float16, .float64, .bfloat16].contains(type)
      guard isFloat || [.int64, .int32].contains(type) else {
        throw node.refused("it casts a constant to an unusual type")
      }
    }
    if isFloat { return try floats(constant, node) }
    guard case .floats(let floats) = constant.numbers else { return constant }
    return ONNXConstant(
      shape: constant.shape,
      numbers: .integers(floats.map { Int(exactly: $0.rounded(.towardZero)) })
    )
  }

  private func arithmetic(
    _ node: ONNXNodeReader, _ left: ONNXConstant, _ right: ONNXConstant?
  ) throws(InputError) -> ONNXConstant {
    guard let right, left.shape == right.shape || left.count == 1 || right.count == 1 else {
      throw node.refused("it combines constants of shapes that differ")
    }
    let shape = right.count == 1 ? left.shape : right.shape
    let count = right.count == 1 ? left.count : right.count
    let places = (0..<count).map { (left.count == 1 ? 0 : $0, right.count == 1 ? 0 : $0) }
    if let a = left.integers, let b = right.integers {
      let numbers = places.map { integer(node.operation, a[$0.0], b[$0.1]) }
      return ONNXConstant(shape: shape, numbers: .integers(numbers))
    }
    guard let a = left.floats, let b = right.floats else { throw unknown(node) }
    let numbers = places.map { float(node.operation, a[$0.0], b[$0.1]) }
    return ONNXConstant(shape: shape, numbers: .floats(numbers))
  }

  /// Returns the result of an operation on integers, or nil if it is not known.
  private func integer(_ operation: String, _ a: Int?, _ b: Int?) -> Int? {
    guard let a, let b else { return nil }
    let (value, overflow) =
      switch operation {
      case "Add": a.addingReportingOverflow(b)
      case "Sub": a.subtractingReportingOverflow(b)
      case "Mul": a.multipliedReportingOverflow(by: b)
      default: a.dividedReportingOverflow(by: b)
      }
    return overflow ? nil : value
  }

  private func float(_ operation: String, _ a: Float, _ b: Float) -> Float {
    switch operation {
    case "Add": a + b
    case "Sub": a - b
    case "Mul": a * b
    default: a / b
    }
  }

  func unknown(_ node: ONNXNodeReader) -> InputError {
    node.refused("it needs a number that is not known before images arrive")
  }
}
