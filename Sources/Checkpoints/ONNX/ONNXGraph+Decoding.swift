internal import Files
internal import Foundation

extension ONNXGraph {
  static let empty = ONNXGraph(name: "", nodes: [], initializers: [], inputs: [], outputs: [])

  init(
    _ message: WireReader, place: String, _ budget: inout MessageBudget
  ) throws(InputError) {
    self = .empty
    var reader = message
    while let field = try reader.next() {
      switch field.number {
      case 1:
        let name = "node \(nodes.count + 1)"
        nodes.append(try ONNXNode(field.message(name), place: place, &budget))
      case 2: name = try field.text
      case 5:
        let name = "initializer \(initializers.count + 1)"
        initializers.append(try ONNXTensor(field.message(name), &budget))
      case 10: docString = try field.text
      case 11: inputs.append(try ONNXValueInfo(field.message("input"), &budget))
      case 12: outputs.append(try ONNXValueInfo(field.message("output"), &budget))
      case 13: valueInfos.append(try ONNXValueInfo(field.message("value info"), &budget))
      case 15:
        throw .unreadable(
          place, because: "it holds a sparse tensor", try: "export it again with dense weights")
      case 16:
        try budget.spend(at: place)
        metadata.append(try ONNXEntry(field.message("metadata")))
      default: break
      }
    }
  }
}

extension ONNXNode {
  init(
    _ message: WireReader, place: String, _ budget: inout MessageBudget
  ) throws(InputError) {
    try budget.spend(at: place)
    self.init("", name: "", inputs: [], outputs: [])
    var reader = message
    while let field = try reader.next() {
      switch field.number {
      case 1:
        try budget.spend(at: place)
        inputs.append(try field.text)
      case 2:
        try budget.spend(at: place)
        outputs.append(try field.text)
      case 3: name = try field.text
      case 4: operation = try field.text
      case 5: attributes.append(try ONNXAttribute(field.message("attribute"), &budget))
      case 6: docString = try field.text
      case 7: domain = try field.text
      case 9:
        try budget.spend(at: place)
        metadata.append(try ONNXEntry(field.message("metadata")))
      default: break
      }
    }
  }
}

extension ONNXValueInfo {
  init(_ message: WireReader, _ budget: inout MessageBudget) throws(InputError) {
    self.init(name: "", elementType: nil, dimensions: nil)
    var reader = message
    while let field = try reader.next() {
      try budget.spend(at: field.place)
      switch field.number {
      case 1: name = try field.text
      case 2: try readType(field.message("type"), &budget)
      case 3: docString = try field.text
      default: break
      }
    }
  }

  /// Reads a `TypeProto`; only tensors have an element type here.
  private mutating func readType(
    _ message: WireReader, _ budget: inout MessageBudget
  ) throws(InputError) {
    var reader = message
    while let field = try reader.next() {
      guard field.number == 1 else { continue }
      var tensor = try field.message("tensor type")
      while let field = try tensor.next() {
        switch field.number {
        case 1: elementType = try ONNXElementType(field)
        case 2: dimensions = try Self.dimensions(field.message("shape"), &budget)
        default: break
        }
      }
    }
  }

  private static func dimensions(
    _ message: WireReader, _ budget: inout MessageBudget
  ) throws(InputError) -> [Dimension] {
    var dimensions: [Dimension] = []
    var reader = message
    while let field = try reader.next() {
      guard field.number == 1 else { continue }
      try budget.spend(at: field.place)
      var dimension = Dimension.named("")
      var parts = try field.message("dimension")
      while let part = try parts.next() {
        switch part.number {
        case 1: dimension = .fixed(try part.integer)
        case 2: dimension = .named(try part.text)
        default: break
        }
      }
      dimensions.append(dimension)
    }
    return dimensions
  }
}

extension ONNXElementType {
  init(_ field: WireField) throws(InputError) {
    let code = try field.integer
    guard let type = ONNXElementType(rawValue: code) else {
      throw .unreadable(field.place, because: "there is no element type \(code)")
    }
    self = type
  }
}
