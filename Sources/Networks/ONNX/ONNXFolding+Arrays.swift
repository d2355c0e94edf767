import Checkpoints
import Files

/// Parts, shapes and copies of constant arrays.
extension ONNXConverter {
  func concatenation(
    _ node: ONNXNodeReader, _ parts: [ONNXConstant]
  ) throws(InputError) -> ONNXConstant {
    guard parts.allSatisfy({ $0.shape.count == 1 }) else {
      throw node.refused("it joins constants that are not lists")
    }
    let integers = parts.compactMap(\.integers)
    if integers.count == parts.count {
      let all = integers.flatMap { $0 }
      return ONNXConstant(shape: [all.count], numbers: .integers(all))
    }
    let floats = parts.compactMap(\.floats)
    guard floats.count == parts.count else { throw unknown(node) }
    let all = floats.flatMap { $0 }
    return ONNXConstant(shape: [all.count], numbers: .floats(all))
  }

  func gather(
    _ node: ONNXNodeReader, _ list: ONNXConstant, _ places: ONNXConstant?
  ) throws(InputError) -> ONNXConstant {
    guard list.shape.count == 1, let places, let indices = places.integers else {
      throw node.refused("it picks from a constant that is not a list")
    }
    var known: [Int] = []
    for index in indices {
      guard let index, (-list.count..<list.count).contains(index) else {
        throw node.refused("its index is not in the list of \(list.count) numbers")
      }
      known.append(index < 0 ? index + list.count : index)
    }
    return list.gathering(known, shape: places.shape)
  }

  func slice(
    _ node: ONNXNodeReader, _ constant: ONNXConstant, _ inputs: [ONNXConstant?]
  ) throws(InputError) -> ONNXConstant {
    let slice = try ONNXSlice(node) { index in
      index < inputs.count ? inputs[index]?.integers : nil
    }
    var places = constant.shape.map { Array(0..<$0) }
    for (index, axis) in slice.axes.enumerated() {
      let axis = axis < 0 ? axis + places.count : axis
      guard places.indices.contains(axis), slice.steps[index] != 0 else {
        throw node.refused("it cuts an axis that its constant of \(constant.shape) does not have")
      }
      places[axis] = Self.places(
        slice.starts[index], slice.ends[index], slice.steps[index], count: constant.shape[axis])
    }
    let strides = ONNXConstant.strides(of: constant.shape)
    let flat = zip(places, strides).reduce([0]) { flat, axis in
      flat.flatMap { start in axis.0.map { start + $0 * axis.1 } }
    }
    return constant.gathering(flat, shape: places.map(\.count))
  }

  /// Returns the places that a slice takes along an axis of `count` numbers, as NumPy defines them.
  private static func places(_ start: Int, _ end: Int, _ step: Int, count: Int) -> [Int] {
    let range = step > 0 ? 0...count : -1...count - 1
    let clamp = { (place: Int) in
      min(max(place < 0 ? place + count : place, range.lowerBound), range.upperBound)
    }
    // A step beyond the axis takes one number only.
    let step = min(max(step, -count - 1), count + 1)
    return count == 0 ? [] : Array(stride(from: clamp(start), to: clamp(end), by: step))
  }

  func reshape(
    _ node: ONNXNodeReader, _ constant: ONNXConstant, _ target: ONNXConstant?
  ) throws(InputError) -> ONNXConstant {
    var sizes = try target.map { constant throws(InputError) in try known(node, constant) }
    if sizes == nil { sizes = try node.integers("shape") }
    guard var sizes else { throw node.refused("its shape is missing") }
    if try node.integer("allowzero") ?? 0 == 0 {
      for (axis, size) in sizes.enumerated() where size == 0 && axis < constant.shape.count {
        sizes[axis] = constant.shape[axis]
      }
    }
    if let open = sizes.firstIndex(of: -1) {
      let rest = product(sizes.enumerated().filter { $0.offset != open }.map(\.element))
      guard let rest, rest > 0, constant.count.isMultiple(of: rest) else {
        throw node.refused("a constant of shape \(constant.shape) cannot have the shape \(sizes)")
      }
      sizes[open] = constant.count / rest
    }
    guard product(sizes) == constant.count else {
      throw node.refused("a constant of shape \(constant.shape) cannot have the shape \(sizes)")
    }
    return constant.reshaped(sizes)
  }

  func expand(
    _ node: ONNXNodeReader, _ constant: ONNXConstant, to sizes: [Int]
  ) throws(InputError) -> ONNXConstant {
    let rank = max(sizes.count, constant.shape.count)
    let own = [Int](repeating: 1, count: rank - constant.shape.count) + constant.shape
    let wanted = [Int](repeating: 1, count: rank - sizes.count) + sizes
    guard zip(own, wanted).allSatisfy({ $0 == $1 || $0 == 1 || $1 == 1 }) else {
      throw node.refused("a constant of shape \(constant.shape) cannot expand to \(sizes)")
    }
    let result = zip(own, wanted).map { $0 == 1 ? $1 : $0 }
    try requireRoom(for: result, node)
    let strides = zip(own, ONNXConstant.strides(of: own)).map { $0 == 1 ? 0 : $1 }
    return constant.gathering(ONNXConstant.places(result, strides), shape: result)
  }

  func filled(
    _ node: ONNXNodeReader, _ sizes: [Int]
  ) throws(InputError) -> ONNXConstant {
    try requireRoom(for: sizes, node)
    let count = sizes.reduce(1, *)
    guard case .tensor(let tensor)? = node.node["value"] else {
      return ONNXConstant(shape: sizes, numbers: .floats([Float](repeating: 0, count: count)))
    }
    let place = "'\(node.name.printable())'"
    guard tensor.count == 1 else { throw node.refused("its value is not one number") }
    if tensor.elementType == .float32 {
      let value = try tensor.floats(place: place)[0]
      return ONNXConstant(shape: sizes, numbers: .floats([Float](repeating: value, count: count)))
    }
    let value = try tensor.integers(place: place)[0]
    return ONNXConstant(shape: sizes, numbers: .integers([Int?](repeating: value, count: count)))
  }

  /// Throws if a constant of these sizes would be larger than any bias or shape in a network.
  private func requireRoom(for sizes: [Int], _ node: ONNXNodeReader) throws(InputError) {
    guard let count = product(sizes), count <= 1 << 20 else {
      throw node.refused("it makes a constant of shape \(sizes), which is too large")
    }
  }

  /// Returns the product of sizes, or nil if one is negative or it overflows.
  private func product(_ sizes: [Int]) -> Int? {
    var product = 1
    for size in sizes {
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      guard size >= 0, !overflow else { return nil }
      product = next
    }
    return product
  }

  func extents(
    _ node: ONNXNodeReader, _ constant: ONNXConstant?
  ) throws(InputError) -> [Int] {
    guard let constant else { throw node.refused("its shape is missing") }
    return try known(node, constant)
  }

  func known(
    _ node: ONNXNodeReader, _ constant: ONNXConstant
  ) throws(InputError) -> [Int] {
    let known = constant.integers?.compactMap { $0 }
    guard let known, known.count == constant.count else { throw unknown(node) }
    return known
  }

  /// Returns the axes of a squeeze or an unsqueeze, which are an input or an attribute.
  func axes(
    _ node: ONNXNodeReader, _ input: ONNXConstant?
  ) throws(InputError) -> [Int]? {
    if let input { return try known(node, input) }
    return try node.integers("axes")
  }

  /// Returns the sizes with axes of size 1 removed or inserted.
  func squeezed(
    _ node: ONNXNodeReader, _ sizes: [Int], axes: [Int]?
  ) throws(InputError) -> [Int] {
    if node.operation == "Squeeze" {
      let axes = axes?.map { $0 < 0 ? $0 + sizes.count : $0 }
      let removed = sizes.indices.filter { axes?.contains($0) ?? (sizes[$0] == 1) }
      guard removed.allSatisfy({ sizes[$0] == 1 }), axes?.count ?? removed.count == removed.count
      else { throw node.refused("it cannot remove the axes \(axes ?? []) of \(sizes)") }
      return sizes.indices.filter { !removed.contains($0) }.map { sizes[$0] }
    }
    guard let axes else { throw node.refused("its axes are missing") }
    let rank = sizes.count + axes.count
    let places = Set(axes.map { $0 < 0 ? $0 + rank : $0 })
    guard places.count == axes.count, places.allSatisfy((0..<rank).contains) else {
      throw node.refused("it cannot insert the axes \(axes)")
    }
    var rest = sizes[...]
    return (0..<rank).map { places.contains($0) ? 1 : rest.removeFirst() }
  }
}
