package import Engine
package import Execution
import Graphs
package import Quantization
package import Tensors

/// A comparison of all computations of a network's arithmetic, which must give equal bits: integer
/// kernels, their plain twins, and float kernels on codes.
package struct EngineCheck: Sendable {
  /// A layer with exact sums.
  package struct Layer: Codable, Sendable {
    package let name: String
    /// The bound of its partial sums, from its weights and the largest code.
    package let largestSum: Int
    /// The number of parts in which float kernels add its sums exactly.
    package let parts: Int
  }

  /// A logit that differs.
  package struct Difference: Codable, Sendable {
    /// The computation that differs from the plain twins.
    package let computation: String
    package let image: Int
    package let classIndex: Int
    package let logit: Float
    package let expected: Float
  }

  /// The number of images that were compared.
  package let images: Int
  package let layers: [Layer]
  /// The first difference of each computation; empty if all bits are equal.
  package let differences: [Difference]

  /// Compares the engines on `pixels`; nil if the network has no codes or does not fit them.
  package init?(_ network: QuantizedNetwork, on pixels: PixelImages, context: Context) {
    guard
      let arithmetic = IntegerNetwork(
        network, inputShape: pixels.imageShape, scaling: pixels.scaling, context: context)
    else { return nil }
    let input = NetworkInput.pixels(pixels)
    let twins = IntegerProgram(arithmetic, kernels: .plain, context: context)
    let expected = twins(input, context: context)
    let integers = IntegerProgram(arithmetic, context: context)
    let codes = CodeExecutor(arithmetic, context: context)
    images = pixels.count
    layers = codes.bounds.map { Layer(name: $0.name, largestSum: $0.largestSum, parts: $0.parts) }
    differences = [
      ("integer kernels", integers(input, context: context)),
      ("float kernels on codes", codes(input, context: context)),
    ].compactMap { computation, logits in
      Difference(computation, logits, expected)
    }
  }

  package var areEqual: Bool { differences.isEmpty }
}

extension EngineCheck.Difference {
  /// Creates the first difference of `logits` from `expected`; nil if all bits are equal.
  fileprivate init?(_ computation: String, _ logits: Tensor, _ expected: Tensor) {
    let pairs = zip(logits.scalars, expected.scalars).enumerated()
    guard let (index, pair) = pairs.first(where: { $1.0.bitPattern != $1.1.bitPattern }) else {
      return nil
    }
    let classCount = expected.shape[1]
    self.init(
      computation: computation, image: index / classCount, classIndex: index % classCount,
      logit: pair.0, expected: pair.1)
  }
}
