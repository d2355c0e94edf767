import Graphs
import Tensors

/// The units of a graph that has none yet.
///
/// A cut is a node through which every path from the input to the output leads. The nodes between two
/// cuts are a single node or a fork, such as the branch and the shortcut of a residual block with
/// their sum. A unit is a fork with the single nodes that belong to it, or one layer with the
/// operations after it.
struct FoundUnits {
  private let operations: [Operation]
  private let inputs: [[Int]]
  private(set) var units: [Range<Int>] = []
  /// The number of units with a fork.
  private(set) var blockCount = 0

  init(_ steps: [ONNXStep]) {
    operations = steps.map(\.operation)
    inputs = steps.map(\.inputs)
    layOut()
  }

  private mutating func layOut() {
    var begin = 1
    for fork in forks {
      guard fork.lowerBound >= begin else { continue }
      let block = fork.lowerBound - activationCount(begin..<fork.lowerBound)
      let chain = begin..<block
      if units.isEmpty { appendStem(chain) } else { appendLayers(chain) }
      let first = units.last?.upperBound ?? 1
      let end = fork.upperBound + (endsWithReLU(fork) ? 1 : 0)
      units.append(first..<end)
      blockCount += 1
      begin = end
    }
    appendTail(begin..<operations.count)
  }

  /// The ranges of more than one node between two cuts.
  private var forks: [Range<Int>] {
    var lastReaders = Array(inputs.indices)
    for (index, inputs) in inputs.enumerated() {
      for input in inputs { lastReaders[input] = index }
    }
    var forks: [Range<Int>] = []
    var (cut, farthest) = (0, 0)
    for index in inputs.indices {
      if farthest <= index {
        if index > cut + 1 { forks.append(cut + 1..<index + 1) }
        cut = index
      }
      farthest = max(farthest, lastReaders[index])
    }
    return forks
  }

  /// Returns true if a ReLU that follows the sum at the end of `fork` belongs to the block.
  private func endsWithReLU(_ fork: Range<Int>) -> Bool {
    let end = fork.upperBound
    return operations[end - 1] == .add && end < operations.count && operations[end] == .relu
  }

  /// Returns the number of nodes at the end of `chain` that begin the next block.
  ///
  /// They are a normalisation and a ReLU, as before a block of a pre-activation network,
  /// unless they follow a layer. If `chain` has no layer, they are all its nodes.
  private func activationCount(_ chain: Range<Int>) -> Int {
    guard chain.contains(where: isLayer) else { return units.isEmpty ? 0 : chain.count }
    guard chain.count > 2, operations[chain.upperBound - 1] == .relu,
      isNormalization(chain.upperBound - 2), !isLayer(chain.upperBound - 3)
    else { return 0 }
    return 2
  }

  /// Appends the units before the first block: the first layer, and all further ones together.
  private mutating func appendStem(_ chain: Range<Int>) {
    let layers = chain.filter(isLayer)
    guard !layers.isEmpty else { return }
    let second = layers.count > 1 ? layers[1] : chain.upperBound
    units.append(chain.lowerBound..<second)
    if second < chain.upperBound { units.append(second..<chain.upperBound) }
  }

  /// Appends a unit for each layer of `chain`; nodes before the first layer belong to its unit.
  private mutating func appendLayers(_ chain: Range<Int>) {
    let layers = chain.filter(isLayer)
    for (place, layer) in layers.enumerated() {
      let begin = place == 0 ? chain.lowerBound : layer
      let end = place + 1 < layers.count ? layers[place + 1] : chain.upperBound
      units.append(begin..<end)
    }
  }

  /// Appends the units after the last block; the pooling before the last layer is one of them.
  private mutating func appendTail(_ chain: Range<Int>) {
    guard let first = chain.first(where: isLayer) else {
      if !chain.isEmpty { units.append(chain) }
      return
    }
    if !units.isEmpty, chain.lowerBound < first { units.append(chain.lowerBound..<first) }
    appendLayers((units.last?.upperBound ?? 1)..<chain.upperBound)
  }

  private func isLayer(_ index: Int) -> Bool {
    if case .convolution = operations[index] { true } else { false }
  }

  private func isNormalization(_ index: Int) -> Bool {
    if case .batchNorm = operations[index] { true } else { false }
  }
}

extension FoundUnits {
  /// The largest number of layers on a path, which papers append to a network's name.
  ///
  /// The layers that compute gates do not count.
  var depth: Int {
    var depths: [Int] = []
    for (index, inputs) in inputs.enumerated() {
      let read = operations[index].isProduct ? inputs.prefix(1) : inputs[...]
      depths.append((read.map { depths[$0] }.max() ?? 0) + (isLayer(index) ? 1 : 0))
    }
    return depths.last ?? 0
  }

  /// True if nothing before the first block, or before the second layer, makes maps smaller.
  var suitsSmallImages: Bool {
    let end = units.dropFirst().first?.lowerBound ?? operations.count
    return operations[..<end].allSatisfy { operation in
      switch operation {
      case .convolution(let convolution): convolution.geometry.stride == 1
      case .maxPool, .averagePool, .blur, .subsample: false
      default: true
      }
    }
  }
}

extension Operation {
  fileprivate var isProduct: Bool { self == .multiply }
}
