import Checkpoints
import Graphs

/// The names of a network's nodes and units.
///
/// A layer has the name of its module in the original program, if the file has kept it in the name of
/// the weights or of the node. All names are unique and consist of letters, digits, dots, hyphens and
/// underscores.
struct ONNXNames {
  private(set) var nodes: [String] = []
  private(set) var units: [String] = []
  private var taken: Set<String> = []

  /// - Parameter units: The ranges of the steps in each unit.
  init(_ steps: [ONNXStep], units ranges: [Range<Int>]) {
    nodes = steps.map { $0.node == nil ? "input" : "" }
    for index in steps.indices where steps[index].hasParameters {
      nodes[index] = unique(steps[index].module)
    }
    nameUnits(steps, ranges)
    var sites: Set<String> = []
    for (unit, range) in zip(units, ranges) {
      for index in range where nodes[index].isEmpty {
        let name = plainName(index, steps, unit: unit, end: range.upperBound - 1)
        nodes[index] =
          steps[index].operation == .relu ? Self.unique(name, among: &sites) : unique(name)
      }
    }
  }

  /// Names a unit after the module that holds its layers, or by its number.
  private mutating func nameUnits(_ steps: [ONNXStep], _ ranges: [Range<Int>]) {
    var seen: Set<String> = []
    for (number, range) in ranges.enumerated() {
      let layers = range.filter { steps[$0].isLayer }.map { nodes[$0] }
      let common = layers.count > 1 ? Self.commonModule(layers) : layers.first
      let fallback = layers.isEmpty ? "avgpool" : "block\(number)"
      units.append(Self.unique(common ?? fallback, among: &seen))
    }
  }

  /// Returns the name of a node without parameters.
  private func plainName(
    _ index: Int, _ steps: [ONNXStep], unit: String, end: Int
  ) -> String {
    switch steps[index].operation {
    case .relu:
      var source = steps[index].inputs[0]
      if index == end, steps[source].operation == .add { return unit }
      while steps[source].isNormalization, steps[steps[source].inputs[0]].isLayer {
        source = steps[source].inputs[0]
      }
      return steps[source].hasParameters ? nodes[source] : "\(unit).relu"
    case .add: return "\(unit).add"
    case .maxPool: return "\(unit).maxpool"
    case .averagePool, .globalAveragePool: return "\(unit).avgpool"
    case .multiply: return "\(unit).product"
    case .sigmoid: return "\(unit).gate"
    default: return "\(unit).shortcut"
    }
  }

  private mutating func unique(_ name: String) -> String { Self.unique(name, among: &taken) }

  /// Returns the name, with a number appended if it is taken.
  private static func unique(_ name: String, among taken: inout Set<String>) -> String {
    var (candidate, number) = (name, 2)
    while !taken.insert(candidate).inserted {
      candidate = "\(name)_\(number)"
      number += 1
    }
    return candidate
  }

  /// Returns the longest module path that begins all names, or nil if there is none.
  private static func commonModule(_ names: [String]) -> String? {
    let paths = names.map { $0.split(separator: ".").dropLast() }
    guard var common = paths.first else { return nil }
    for path in paths.dropFirst() {
      common = zip(common, path).prefix { $0 == $1 }.map(\.0)[...]
    }
    return common.isEmpty ? nil : common.joined(separator: ".")
  }
}

extension ONNXStep {
  fileprivate var isLayer: Bool { if case .convolution = operation { true } else { false } }
  fileprivate var isNormalization: Bool { if case .batchNorm = operation { true } else { false } }
  fileprivate var hasParameters: Bool { isLayer || isNormalization }

  /// The name of the module that the file shows.
  fileprivate var module: String {
    let kind = isLayer ? "layer" : "norm"
    let named = Self.moduleOfParameter(parameter) ?? Self.module(ofNode: node?.name ?? "")
    let name = named ?? node?.node.outputs.first ?? kind
    return name.cleaned ?? kind
  }

  /// The endings of parameters' names in PyTorch, MXNet, PaddlePaddle, Caffe2 and Keras.
  private static let parameterEndings = [
    ".weight", "_weight", "_gamma", ".w_0", "_w_0", "_w", "_s_0", "_s", "_scale", "/kernel:0",
    "/gamma:0", "/Conv2D/ReadVariableOp:0", "/MatMul/ReadVariableOp:0", "/ReadVariableOp:0",
    "/ReadVariableOp",
  ]

  /// Returns the module of a parameter, or nil if an exporter has invented its name.
  private static func moduleOfParameter(_ name: String) -> String? {
    guard !name.contains("::"), !name.hasPrefix("const_fold") else { return nil }
    guard let ending = parameterEndings.first(where: { name.hasSuffix($0) }),
      name.count > ending.count
    else { return nil }
    return String(name.dropLast(ending.count))
  }

  /// Returns the module of a node, such as `layer1.0.conv1` for `/layer1/layer1.0/conv1/Conv`.
  private static func module(ofNode name: String) -> String? {
    var parts = name.split(separator: "/").map(String.init)
    let operations = ["Conv", "Conv2D", "Gemm", "MatMul", "BatchNormalization", "BiasAdd"]
    if parts.count > 1, let last = parts.last,
      operations.contains(where: { last == $0 || last.hasPrefix("\($0)_") })
    {
      parts.removeLast()
    }
    var path: [String] = []
    for part in parts {
      // A list of modules repeats its own name: `layer1`, `layer1.0`.
      if let last = path.last, part.hasPrefix("\(last).") { path.removeLast() }
      path.append(part)
    }
    let joined = path.joined(separator: ".")
    let isForward = joined.hasSuffix("_fwd")
    return joined.isEmpty ? nil : isForward ? String(joined.dropLast(4)) : joined
  }
}

extension String {
  /// The name with dots between modules and without characters that files or patterns cannot have; nil
  /// if nothing is left.
  fileprivate var cleaned: String? {
    let plain = String(
      prefix(120).map { character -> Character in
        if character == "/" { return "." }
        let isPlain = character.isASCII && (character.isLetter || character.isNumber)
        return isPlain || ".-_".contains(character) ? character : "_"
      })
    let parts = plain.split(separator: ".")
    return parts.isEmpty ? nil : parts.joined(separator: ".")
  }
}
