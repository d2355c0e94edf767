internal import Graphs
internal import Tensors

/// A stretch of a program through which some images pass together.
///
/// The first layers of a network have large maps and few weights, so a few images at once keep their
/// activations in the cache. The last layers have small maps and many weights, so more images at once read
/// the weights less often. Only one value goes from the first stretch to the second.
package struct IntegerStretch: Sendable {
  /// The index of the operation after its last one.
  let end: Int
  let imagesAtOnce: Int

  /// The largest number of images at once.
  static let mostImages = 16
  fileprivate static let fewestImages = 4
  /// The bytes of the cache that the largest maps of a stretch may take.
  package static let cachedBytes = 2 << 20
  /// The number of weights above which a layer's weights do not stay in the cache.
  fileprivate static let manyWeights = 1 << 18
}

extension IntegerNetwork {
  /// Returns the stretches of a program, one or two.
  func stretches(cachedBytes: Int) -> [IntegerStretch] {
    let heavy = operations.firstIndex { $0.weightCount > IntegerStretch.manyWeights }
    let whole = IntegerStretch(
      end: operations.count, imagesAtOnce: IntegerStretch.mostImages)
    guard let cut = operations[..<(heavy ?? operations.count)].indices.last(where: isCut) else {
      return [whole]
    }
    let images = IntegerStretch.imagesAtOnce(
      largestMap: operations[...cut].map { CodeShape(shapes[$0.fused.node]).bytes }.max() ?? 0,
      cachedBytes: cachedBytes)
    return images == IntegerStretch.mostImages
      ? [whole] : [IntegerStretch(end: cut + 1, imagesAtOnce: images), whole]
  }

  /// Returns true if an operation writes codes that are the only value that later operations read.
  private func isCut(_ index: Int) -> Bool {
    let operation = operations[index]
    guard case .layer(let layer) = operation.kind, IntegerConvolution.suits(layer),
      operation.inputs[0] > 0, operation.tail.isEmpty,
      grids[operation.fused.output] != nil, grids[operation.inputs[0]] != nil
    else { return false }
    let later = operations[(index + 1)...]
    return !later.isEmpty
      && later.allSatisfy { reader in
        reader.readNodes.allSatisfy { $0 >= operation.fused.output }
      }
  }
}

extension IntegerStretch {
  /// Returns the number of images of a stretch whose largest map has `largestMap` bytes.
  fileprivate static func imagesAtOnce(largestMap: Int, cachedBytes: Int) -> Int {
    min(max(cachedBytes / largestMap, fewestImages), mostImages)
  }
}

extension IntegerOperation {
  fileprivate var weightCount: Int {
    switch kind {
    case .layer(let layer): layer.weights.values.count
    default: 0
    }
  }
}
