internal import Files
internal import Foundation

/// A reader that turns one pickle into plain data.
struct PickleReader {
  /// The largest number of values, and of memo slots, that one pickle may make.
  ///
  /// A ResNet-152 with optimizer state makes about 50,000. At the limit the reader holds about
  /// 150 MB.
  static let maximumValues = 1_000_000
  /// The limits on the number of globals and on the bytes of their names.
  private static let mostGlobals = 10_000
  private static let longestGlobal = 1000

  /// The cursor; after `read` it is at the first byte after the pickle.
  private(set) var source: ByteReader
  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  private var nodes: [PickleNode] = []
  private var globals: [String] = []
  private var knownGlobals: Set<String> = []
  private var valueCount = 0

  init(_ source: ByteReader) { self.source = source }

  /// Reads up to and including the next STOP instruction.
  mutating func read() throws(InputError) -> Pickle {
    while true {
      let code = try source.integer(UInt8.self)
      guard let opcode = PickleOpcode(rawValue: code) else {
        throw unsupported("0x" + String(code, radix: 16))
      }
      if opcode == .stop { break }
      try readLeaf(opcode)
    }
    return Pickle(root: try pop(), nodes: nodes, globals: globals)
  }

  private mutating func readLeaf(_ opcode: PickleOpcode) throws(InputError) {
    switch opcode {
    case .none: try push(.none)
    case .newTrue: try push(.bool(true))
    case .newFalse: try push(.bool(false))
    case .binInt: try push(.integer(Int(try source.integer(Int32.self))))
    case .binInt1: try push(.integer(Int(try source.integer(UInt8.self))))
    case .binInt2: try push(.integer(Int(try source.integer(UInt16.self))))
    case .long1: try push(long(try source.take(try source.length(UInt8.self))))
    case .long4: try push(long(try source.take(try source.length(Int32.self))))
    case .binFloat:
      let bits = UInt64(bigEndian: UInt64(littleEndian: try source.integer(UInt64.self)))
      try push(.real(Double(bitPattern: bits)))
    case .binUnicode: try push(.text(try source.text(try source.length(UInt32.self))))
    case .shortBinUnicode, .shortBinString:
      try push(.text(try source.text(try source.length(UInt8.self))))
    case .binUnicode8: try push(.text(try source.text(try source.length(UInt64.self))))
    case .binString: try push(.text(try source.text(try source.length(Int32.self))))
    case .binBytes: try push(.bytes(try source.take(try source.length(UInt32.self))))
    case .shortBinBytes: try push(.bytes(try source.take(try source.length(UInt8.self))))
    case .binBytes8, .byteArray8:
      try push(.bytes(try source.take(try source.length(UInt64.self))))
    case .textInteger, .textLong, .textFloat, .textString, .textUnicode:
      try push(try textLeaf(opcode, try source.line()))
    default: try readContainer(opcode)
    }
  }

  private mutating func readContainer(_ opcode: PickleOpcode) throws(InputError) {
    switch opcode {
    case .emptyList: try push(PickleNode(kind: .list))
    case .emptyTuple: try push(PickleNode(kind: .tuple))
    case .emptyDictionary: try push(PickleNode(kind: .dictionary))
    case .emptySet: try push(PickleNode(kind: .set))
    case .list: try push(PickleNode(kind: .list, items: try popToMark()))
    case .tuple: try push(PickleNode(kind: .tuple, items: try popToMark()))
    case .tuple1: try push(PickleNode(kind: .tuple, items: try pop(1)))
    case .tuple2: try push(PickleNode(kind: .tuple, items: try pop(2)))
    case .tuple3: try push(PickleNode(kind: .tuple, items: try pop(3)))
    case .frozenSet: try push(PickleNode(kind: .set, items: try popToMark()))
    case .dictionary:
      let items = try popToMark()
      try push(PickleNode(kind: .dictionary))
      try set(items)
    case .append: try append(try pop(1))
    case .appends, .addItems: try append(try popToMark())
    case .setItem: try set(try pop(2))
    case .setItems: try set(try popToMark())
    default: try readStackOperation(opcode)
    }
  }

  private mutating func readStackOperation(_ opcode: PickleOpcode) throws(InputError) {
    switch opcode {
    case .proto:
      let version = try source.integer(UInt8.self)
      guard (0...5).contains(version) else {
        throw source.malformed(
          "its pickle protocol is \(version), but only protocols 0 to 5 are supported")
      }
    case .frame: _ = try source.take(8)  // The frame's size, a hint for buffering.
    case .mark:
      try countValue()
      marks.append(stack.count)
    case .pop: _ = try pop()
    case .popMark: _ = try popToMark()
    case .duplicate: try push(try top())
    case .binGet: try recall(Int(try source.integer(UInt8.self)))
    case .longBinGet: try recall(Int(try source.integer(UInt32.self)))
    case .binPut: try memoize(Int(try source.integer(UInt8.self)))
    case .longBinPut: try memoize(Int(try source.integer(UInt32.self)))
    case .memoize: try memoize(memo.count)
    case .textGet: try recall(try slot())
    case .textPut: try memoize(try slot())
    default: try readObject(opcode)
    }
  }

  private mutating func readObject(_ opcode: PickleOpcode) throws(InputError) {
    switch opcode {
    case .global: try pushGlobal(module: try source.line(), name: try source.line())
    case .stackGlobal:
      guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
        throw source.malformed("a global has no name before byte \(source.position)")
      }
      try pushGlobal(module: module, name: name)
    case .reduce, .newObject:
      let arguments = try pop()
      try pushCall(of: try pop(), with: arguments)
    case .newObjectEx:
      _ = try pop()  // The keyword arguments; the object is never made.
      let arguments = try pop()
      try pushCall(of: try pop(), with: arguments)
    case .build:
      let state = try pop()
      nodes[try topNode()].state = state
    case .instance:
      // Python 2's classes: the instruction contains the global, and the arguments follow the mark.
      let name = "\(try source.line()).\(try source.line())"
      let arguments = try popToMark()
      try countGlobal(name)
      try push(PickleNode(kind: .call(function: .global(name), arguments: arguments)))
    case .object:
      var arguments = try popToMark()
      guard !arguments.isEmpty else { throw underflow() }
      let function = arguments.removeFirst()
      try push(PickleNode(kind: .call(function: function, arguments: arguments)))
    case .binPersistentID: try push(PickleNode(kind: .persistent(try pop())))
    default: throw unsupported("\(opcode)")
    }
  }

  private func unsupported(_ opcode: String) -> InputError {
    source.malformed(
      "PyTorch does not write the pickle opcode \(opcode) before byte \(source.position)")
  }
}

extension PickleReader {
  private mutating func countValue() throws(InputError) {
    valueCount += 1
    guard valueCount <= Self.maximumValues else {
      throw source.malformed("the pickle makes more than \(Self.maximumValues) values")
    }
  }

  private mutating func push(_ value: PickleValue) throws(InputError) {
    try countValue()
    stack.append(value)
  }

  private mutating func push(_ node: PickleNode) throws(InputError) {
    try push(.node(nodes.count))
    nodes.append(node)
  }

  private mutating func pop() throws(InputError) -> PickleValue {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func pop(_ count: Int) throws(InputError) -> [PickleValue] {
    guard stack.count - (marks.last ?? 0) >= count else { throw underflow() }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popToMark() throws(InputError) -> [PickleValue] {
    guard let mark = marks.popLast() else {
      throw source.malformed("a mark is missing before byte \(source.position)")
    }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  private func top() throws(InputError) -> PickleValue {
    guard let value = stack.last, stack.count > marks.last ?? 0 else { throw underflow() }
    return value
  }

  /// Returns the index of the node on top of the stack, which the next instruction extends.
  ///
  /// Tuples may not be extended. Calls share the items of their argument tuples, and copying the
  /// items for every call could fill the memory.
  private func topNode() throws(InputError) -> Int {
    guard case .node(let index) = try top() else {
      throw source.malformed(
        "parts are added to a value that cannot have any before byte \(source.position)")
    }
    if case .tuple = nodes[index].kind {
      throw source.malformed("parts are added to a tuple before byte \(source.position)")
    }
    return index
  }

  private func underflow() -> InputError {
    source.malformed("the pickle takes a value that it never made, before byte \(source.position)")
  }

  private mutating func append(_ items: [PickleValue]) throws(InputError) {
    nodes[try topNode()].items += items
  }

  private mutating func set(_ items: [PickleValue]) throws(InputError) {
    guard items.count.isMultiple(of: 2) else {
      throw source.malformed("a key has no value before byte \(source.position)")
    }
    let node = try topNode()
    for position in stride(from: 0, to: items.count, by: 2) {
      nodes[node].entries.append((items[position], items[position + 1]))
    }
  }

  private mutating func memoize(_ slot: Int) throws(InputError) {
    memo[slot] = try top()
    guard memo.count <= Self.maximumValues else {
      throw source.malformed("the pickle memo has more than \(Self.maximumValues) slots")
    }
  }

  private mutating func recall(_ slot: Int) throws(InputError) {
    guard let value = memo[slot] else {
      throw source.malformed("memo slot \(slot) is empty before byte \(source.position)")
    }
    try push(value)
  }

  private mutating func pushGlobal(module: String, name: String) throws(InputError) {
    guard module.utf8.count + name.utf8.count <= Self.longestGlobal else {
      throw source.malformed(
        "a global's name has \(module.utf8.count + name.utf8.count) bytes before byte"
          + " \(source.position); the limit is \(Self.longestGlobal)")
    }
    let global = "\(module).\(name)"
    try countGlobal(global)
    try push(.global(global))
  }

  private mutating func countGlobal(_ global: String) throws(InputError) {
    guard knownGlobals.insert(global).inserted else { return }
    globals.append(global)
    guard globals.count <= Self.mostGlobals else {
      throw source.malformed("the pickle names more than \(Self.mostGlobals) globals")
    }
  }

  /// Reads the number of a memo slot, which is written as text.
  private mutating func slot() throws(InputError) -> Int {
    let text = try source.line()
    guard let slot = Int(text), slot >= 0 else {
      throw source.malformed("a memo slot is called '\(text.prefix(20))'")
    }
    return slot
  }

  /// Returns the value of a text form of protocol 0.
  private func textLeaf(_ opcode: PickleOpcode, _ text: String) throws(InputError) -> PickleValue {
    switch opcode {
    case .textInteger where text == "00": return .bool(false)
    case .textInteger where text == "01": return .bool(true)
    case .textInteger, .textLong:
      let digits = opcode == .textLong && text.hasSuffix("L") ? String(text.dropLast()) : text
      guard digits.utf8.count <= 20, let number = Int(digits) else {
        // An integer of more than 64 bits; only the legacy magic number is of interest.
        guard digits.utf8.allSatisfy({ $0 == 0x2D || (0x30...0x39).contains($0) }) else { break }
        return .longInteger(Data(digits.utf8.prefix(64)))
      }
      return .integer(number)
    case .textFloat:
      guard let number = Double(text) else { break }
      return .real(number)
    case .textString:
      guard text.utf8.count > 1, let quote = text.first, text.last == quote else { break }
      return .text(String(text.dropFirst().dropLast()))
    default: return .text(text)
    }
    throw source.malformed(
      "the text form of a value is malformed before byte \(source.position)")
  }

  private mutating func pushCall(
    of function: PickleValue, with arguments: PickleValue
  ) throws(InputError) {
    guard case .node(let index) = arguments, case .tuple = nodes[index].kind else {
      throw source.malformed("a call has no arguments before byte \(source.position)")
    }
    try push(PickleNode(kind: .call(function: function, arguments: nodes[index].items)))
  }

  private func long(_ bytes: Data) -> PickleValue {
    guard bytes.count <= 8 else { return .longInteger(bytes) }
    let sign: UInt64 = bytes.last.map { $0 & 0x80 != 0 } == true ? .max : 0
    let bits = bytes.reversed().reduce(sign) { $0 << 8 | UInt64($1) }
    return .integer(Int(truncatingIfNeeded: bits))
  }
}
