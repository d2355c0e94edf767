import Checkpoints
import Files
import Graphs

/// Operations that move numbers or pass them on: reshaping, padding, slicing and copies.
extension ONNXConverter {
  mutating func passing(_ node: ONNXNodeReader) throws(InputError) -> ONNXValue {
    if node.operation == "Cast" {
      let type = ONNXElementType(rawValue: try node.integer("to") ?? 0)
      guard [.float32, .float16, .bfloat16, .float64].contains(type) else {
        throw node.refused("it casts to another type than a float")
      }
    }
    if node.operation == "Dropout", let name = node.input(2) {
      guard try constants.value(name, for: node).floats == [0] else {
        throw node.refused("it drops numbers as in training")
      }
    }
    return try value(try node.requiredInput(0), for: node)
  }

  /// Leaves out a softmax, which changes no order of classes, if it is the last node.
  mutating func softmax(_ node: ONNXNodeReader) throws(InputError) -> ONNXValue {
    var value = try operand(0, of: node)
    let axis = try node.integer("axis") ?? (operatorSet < 13 ? 1 : -1)
    guard value.axis(axis) == .channels else {
      throw node.refused("its axis \(axis) is not that of the classes")
    }
    value.isProbability = true
    notes.append(
      "node \(node.label) is left out, so that the scores are logits and not probabilities")
    return value
  }

  mutating func transpose(_ node: ONNXNodeReader) throws(InputError) -> ONNXValue {
    var value = try operand(0, of: node)
    let order = try node.integers("perm") ?? Array(value.axes.indices.reversed())
    guard order.sorted() == Array(value.axes.indices) else {
      throw node.refused("its permutation is \(order), but there are \(value.axes.count) axes")
    }
    value.axes = order.map { value.axes[$0] }
    return value
  }

  mutating func squeeze(_ node: ONNXNodeReader) throws(InputError) -> ONNXValue {
    var value = try value(try node.requiredInput(0), for: node)
    var places = try node.integers("axes")
    if let name = node.input(1) { places = try integers(name, of: node) }
    guard value.isPooled, value.pending == nil, let places else {
      throw node.refused("it changes the axes of maps that are not known to be one pixel")
    }
    if node.operation == "Squeeze" {
      let removed = places.map { value.axis($0) }
      guard removed.allSatisfy({ $0 == .rows || $0 == .columns }) else {
        throw node.refused("it removes the axes \(places), which are not rows and columns")
      }
      value.axes.removeAll { removed.contains($0) }
      return value
    }
    let rank = value.axes.count + places.count
    let inserted = Set(places.map { $0 < 0 ? $0 + rank : $0 })
    guard value.axes == ONNXValue.rows, inserted == [2, 3] else {
      throw node.refused("it inserts the axes \(places), which do not make maps")
    }
    value.axes = ONNXValue.maps
    return value
  }

  /// Converts a change of shape, which may only remove or add rows and columns of one pixel.
  mutating func reshape(_ node: ONNXNodeReader) throws(InputError) -> ONNXValue {
    var value = try value(try node.requiredInput(0), for: node)
    guard value.isPooled || value.axes == ONNXValue.rows, value.pending == nil,
      value.axes.first == .batch
    else {
      throw node.refused(
        "it changes the shape of maps that are not known to be one pixel",
        try: "use a network with a global average pooling before its last layer")
    }
    if node.operation == "Flatten" {
      guard [1, 1 - value.axes.count].contains(try node.integer("axis") ?? 1) else {
        throw node.refused("its axis is not 1")
      }
      value.axes = ONNXValue.rows
      return value
    }
    let target = try extents(node, value)
    // The first extent is the number of images, whatever the file calls it.
    guard let axes = axes(target.dropFirst().map { $0 }, channels: value.channels),
      target.count(where: { $0 == -1 }) <= 1, target.first != .some(0)
    else {
      let text = target.map { $0.map(String.init) ?? "?" }.joined(separator: ", ")
      throw node.refused(
        "it changes one list of \(value.channels) channels to the shape [\(text)]")
    }
    value.axes = axes
    return value
  }

  /// Returns the extents of a reshape, in which nil and the first one stand for the images.
  private mutating func extents(
    _ node: ONNXNodeReader, _ value: ONNXValue
  ) throws(InputError) -> [Int?] {
    var target: [Int?]
    if let name = node.input(1) {
      guard let integers = try constants.value(name, for: node).integers else {
        throw node.refused("its shape is not of integers")
      }
      target = integers
    } else if let shape = try node.integers("shape") {
      target = shape
    } else {
      throw node.refused("its shape is missing")
    }
    guard try node.integer("allowzero") ?? 0 == 0 else { return target }
    for (place, extent) in target.enumerated() where extent == 0 {
      target[place] = place < value.extents.count ? value.extents[place] : 0
    }
    return target
  }

  /// Returns the axes of an array whose extents after the images are `extents`, or nil if they do not
  /// hold one list of channels.
  private func axes(_ extents: [Int?], channels: Int) -> [ONNXValue.Axis]? {
    let lists: [([Int], [ONNXValue.Axis])] = [
      ([channels], ONNXValue.rows), ([channels, 1, 1], ONNXValue.maps),
      ([1, 1, channels], [.batch, .rows, .columns, .channels]),
    ]
    return lists.first { sizes, _ in
      sizes.count == extents.count && zip(sizes, extents).allSatisfy { $0 == $1 || $1 == -1 }
    }?.1
  }

  /// Converts zeros around maps, which the next layer takes, or zeros for more channels.
  mutating func pad(_ node: ONNXNodeReader) throws(InputError) -> ONNXValue {
    var value = try operand(0, of: node, pending: true)
    let mode = try node.text("mode") ?? "constant"
    guard mode == "constant" || mode == "reflect" else {
      throw node.refused("it repeats pixels at the edges, but only zeros are supported")
    }
    var filling: Float? = try node.float("value") ?? 0
    if let name = node.input(2) { filling = try constants.value(name, for: node).floats?.first }
    guard filling == 0 else { throw node.refused("it does not pad with zeros") }
    var pads = try node.integers("pads")
    if let name = node.input(1) { pads = try integers(name, of: node) }
    let rank = value.axes.count
    guard let pads, pads.count == 2 * rank, node.input(3) == nil, rank == 4 else {
      throw node.refused("its pads are incomplete")
    }
    var sides: [ONNXValue.Axis: (Int, Int)] = [:]
    for (place, axis) in value.axes.enumerated() { sides[axis] = (pads[place], pads[place + rank]) }
    let none = (0, 0)
    let (rows, columns) = (sides[.rows] ?? none, sides[.columns] ?? none)
    let channels = sides[.channels] ?? none
    guard sides[.batch] ?? none == none, pads.allSatisfy({ (0...4096).contains($0) }) else {
      throw node.refused("its pads are \(pads)")
    }
    if channels == none, value.pending == nil {
      guard rows.0 == rows.1, columns == rows else {
        throw node.refused(
          "its pads at the top, left, bottom and right are"
            + " \([rows.0, columns.0, rows.1, columns.1]), but all must be equal")
      }
      guard mode == "constant" || rows.0 == 1 else {
        throw node.refused("it mirrors \(rows.0) pixels at the edges")
      }
      if rows.0 > 0 { value.pending = mode == "constant" ? .padding(rows.0) : .mirror }
      return value
    }
    guard rows == none, columns == none, channels.0 == channels.1, value.axes == ONNXValue.maps,
      mode == "constant"
    else { throw node.refused("it pads channels and pixels, or one side of the channels only") }
    return try subsampled(value, padding: channels.0, node)
  }

  /// Converts a choice of every n-th row and column.
  mutating func slice(_ node: ONNXNodeReader) throws(InputError) -> ONNXValue {
    var value = try operand(0, of: node, pending: true)
    let slice = try ONNXSlice(node) { index throws(InputError) in
      guard let name = node.input(index) else { return nil }
      return try constants.value(name, for: node).integers ?? []
    }
    var steps: [ONNXValue.Axis: Int] = [:]
    for (index, place) in slice.axes.enumerated() {
      guard let axis = value.axis(place), slice.starts[index] == 0,
        slice.ends[index] >= 1 << 16 || slice.ends[index] == value.extent(of: axis),
        axis == .rows || axis == .columns || slice.steps[index] == 1,
        (1...16).contains(slice.steps[index])
      else {
        throw node.refused("it cuts a part of the maps, but only every n-th pixel may be read")
      }
      steps[axis] = slice.steps[index]
    }
    let stride = try combined(steps, value, node)
    value.pending = stride
    return value
  }

  /// Returns the stride of a slice, which some exporters divide into one slice for each axis.
  private func combined(
    _ steps: [ONNXValue.Axis: Int], _ value: ONNXValue, _ node: ONNXNodeReader
  ) throws(InputError) -> ONNXValue.Pending? {
    var (rows, columns) = (1, 1)
    switch value.pending {
    case .stride(let earlier, let earlierColumns): (rows, columns) = (earlier, earlierColumns)
    case .padding, .mirror: throw node.refused("it reads maps with a border")
    case nil: break
    }
    rows *= steps[.rows] ?? 1
    columns *= steps[.columns] ?? 1
    guard max(rows, columns) <= 16 else { throw node.refused("it reads too few pixels") }
    return rows == 1 && columns == 1 ? nil : .stride(rows: rows, columns: columns)
  }

  /// Appends every n-th pixel with channels of zeros on both sides.
  mutating func subsampled(
    _ value: ONNXValue, padding: Int, _ node: ONNXNodeReader
  ) throws(InputError) -> ONNXValue {
    var stride = 1
    switch value.pending {
    case .stride(let rows, let columns):
      guard rows == columns else { throw node.refused("rows and columns have different strides") }
      stride = rows
    case .padding, .mirror: throw node.refused("it pads channels and pixels")
    case nil: break
    }
    var output = append(
      .subsample(Subsample(stride: stride, padding: padding)), [value.step], node, like: value)
    output.channels += 2 * padding
    output.height = value.height.map { ($0 - 1) / stride + 1 }
    output.width = value.width.map { ($0 - 1) / stride + 1 }
    return output
  }

  /// Returns a constant list of integers.
  mutating func integers(_ name: String, of node: ONNXNodeReader) throws(InputError) -> [Int] {
    let constant = try constants.value(name, for: node)
    let known = constant.integers?.compactMap { $0 }
    guard let known, known.count == constant.count else {
      throw node.refused("its input '\(name.printable(limit: 80))' is not a list of known integers")
    }
    return known
  }
}

extension ONNXValue {
  fileprivate func extent(of axis: Axis) -> Int? {
    axes.firstIndex(of: axis).flatMap { extents[$0] }
  }
}
