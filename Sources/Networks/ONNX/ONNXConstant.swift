import Checkpoints
import Files
import Tensors

/// An array of numbers that is known when the file is read.
struct ONNXConstant {
  enum Numbers {
    case floats([Float])
    /// The integers; one is nil if it depends on the number of images.
    case integers([Int?])
  }

  /// The sizes, outermost first; empty for a scalar.
  let shape: [Int]
  let numbers: Numbers

  var count: Int {
    switch numbers {
    case .floats(let floats): floats.count
    case .integers(let integers): integers.count
    }
  }

  /// The numbers as floats, or nil if one is not known.
  var floats: [Float]? {
    switch numbers {
    case .floats(let floats): return floats
    case .integers(let integers):
      let known = integers.compactMap { $0.map { Float($0) } }
      return known.count == integers.count ? known : nil
    }
  }

  /// The numbers as integers, or nil if they are floats.
  var integers: [Int?]? {
    if case .integers(let integers) = numbers { integers } else { nil }
  }

  /// Returns the same numbers with another shape.
  func reshaped(_ shape: [Int]) -> ONNXConstant { ONNXConstant(shape: shape, numbers: numbers) }

  /// Returns the constant whose number at each place is this one's number at `place`.
  func gathering(_ places: [Int], shape: [Int]) -> ONNXConstant {
    switch numbers {
    case .floats(let floats):
      ONNXConstant(shape: shape, numbers: .floats(places.map { floats[$0] }))
    case .integers(let integers):
      ONNXConstant(shape: shape, numbers: .integers(places.map { integers[$0] }))
    }
  }

  /// Returns the constant with its axes in the order of `permutation`.
  func transposed(_ permutation: [Int]) -> ONNXConstant {
    let strides = Self.strides(of: shape)
    let sizes = permutation.map { shape[$0] }
    let steps = permutation.map { strides[$0] }
    return gathering(Self.places(sizes, steps), shape: sizes)
  }

  /// Returns the row-major strides of an array with these sizes.
  static func strides(of sizes: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: sizes.count)
    for axis in sizes.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] &* sizes[axis + 1]
    }
    return strides
  }

  /// Returns Σ indexᵢ · stepᵢ for every index of an array with these sizes, in row-major order.
  static func places(_ sizes: [Int], _ steps: [Int]) -> [Int] {
    guard !sizes.contains(0) else { return [] }
    return zip(sizes, steps).reduce([0]) { places, axis in
      places.flatMap { place in (0..<axis.0).map { place + $0 * axis.1 } }
    }
  }
}

/// The constants of a graph: its initializers, and the constants computed from them.
struct ONNXConstants {
  private let initializers: [String: ONNXTensor]
  private var computed: [String: ONNXConstant] = [:]
  /// The initializer behind each name that only repeats another.
  private var originals: [String: String] = [:]
  private(set) var used: Set<String> = []
  private var scalarsLeft: Int

  /// The scalars that files may unfold to, in addition to one for each of their bytes.
  private static let allowance = 1 << 20

  /// - Throws: `badData` if two initializers have the same name.
  init(_ file: ONNXFile) throws(InputError) {
    var initializers: [String: ONNXTensor] = [:]
    for tensor in file.model.graph.initializers {
      guard initializers.updateValue(tensor, forKey: tensor.name) == nil else {
        throw InputError(
          .badONNX, "cannot use the ONNX model", at: "'\(tensor.name.printable())'",
          because: "two initializers have this name", try: ONNXNodeReader.remedy)
      }
    }
    self.initializers = initializers
    scalarsLeft = file.byteCount + Self.allowance
  }

  /// Returns true if the value called `name` is a constant.
  func contains(_ name: String) -> Bool {
    initializers[name] != nil || computed[name] != nil || originals[name] != nil
  }

  /// The names of all initializers.
  var names: Set<String> { Set(initializers.keys) }

  /// Returns the name of the initializer that `name` repeats, or `name` itself.
  func original(of name: String) -> String { originals[name] ?? name }

  /// Returns the tensor of an initializer, or nil if `name` is no initializer.
  func initializer(_ name: String) -> ONNXTensor? { initializers[original(of: name)] }

  /// Returns the sizes of a constant without reading its numbers.
  func shape(of name: String) -> [Int]? {
    computed[name]?.shape ?? initializer(name)?.dimensions
  }

  /// Makes `name` another name of the constant `other`.
  mutating func repeats(_ name: String, _ other: String) {
    if let constant = computed[other] {
      computed[name] = constant
    } else {
      originals[name] = original(of: other)
    }
  }

  /// Stores a constant that `node` computes.
  mutating func store(
    _ constant: ONNXConstant, _ name: String, by node: ONNXNodeReader
  ) throws(InputError) {
    try spend(constant.count, for: node)
    computed[name] = constant
  }

  /// Returns the constant called `name`, which `node` reads.
  ///
  /// - Throws: `badData` if there is none, or if its bytes do not fit its shape.
  mutating func value(
    _ name: String, for node: ONNXNodeReader
  ) throws(InputError) -> ONNXConstant {
    if let constant = computed[name] { return constant }
    guard let tensor = initializer(name) else {
      throw node.refused("its input '\(name.printable())' is not a constant")
    }
    used.insert(tensor.name)
    return try constant(tensor, for: node)
  }

  /// Returns the numbers of a tensor that `node` reads.
  mutating func constant(
    _ tensor: ONNXTensor, for node: ONNXNodeReader
  ) throws(InputError) -> ONNXConstant {
    try spend(tensor.count ?? .max, for: node)
    let place = "'\(node.name.printable())'"
    switch tensor.elementType {
    case .float32, .float16, .bfloat16, .float64:
      return ONNXConstant(
        shape: tensor.dimensions, numbers: .floats(try tensor.floats(place: place)))
    default:
      return ONNXConstant(
        shape: tensor.dimensions, numbers: .integers(try tensor.integers(place: place)))
    }
  }

  /// Takes scalars from the budget.
  ///
  /// Without it, a few bytes that many nodes expand or share could fill the memory.
  mutating func spend(_ count: Int, for node: ONNXNodeReader) throws(InputError) {
    guard count <= scalarsLeft else {
      throw node.refused("the constants up to it unfold to more scalars than the file has bytes")
    }
    scalarsLeft -= count
  }
}
