package import Execution
package import Files
import Graphs
package import Quantization
package import Tensors

/// The choice of the additional grids of a deployed network.
///
/// Every value that a convolution, a sum or a product reads gets a grid of 8 bits, unless it consists
/// of codes already. The input of the last layer and the logits stay in floating point.
package struct DeployCalibration {
  private let network: QuantizedNetwork
  private let method: ActivationRange

  /// Creates the calibration of `network` with the method that found the grids of its activations.
  package init(_ network: QuantizedNetwork, method: ActivationRange) {
    self.network = network
    self.method = method
  }

  /// The nodes that get a grid, without the image.
  ///
  /// - Parameter codes: The grid of every node whose value consists of codes.
  private func places(_ codes: [UniformAffine?]) -> [Int] {
    let graph = network.network
    let places = graph.nodes.indices.dropLast().flatMap { index -> [Int] in
      let node = graph.nodes[index]
      return node.operation.needsCodes ? node.inputs.filter { codes[$0] == nil } : []
    }
    return Set(places).subtracting([0]).sorted()
  }

  /// Returns the network for deployment.
  ///
  /// - Parameters:
  ///   - images: The calibration images (N, C, H, W).
  ///   - imageRange: The smallest and the largest value that the image can have.
  /// - Throws: `usage` if activations of a site are not quantized.
  package func callAsFunction(
    images: Tensor, imageRange: ClosedRange<Float>, context: Context
  ) throws(InputError) -> DeployNetwork {
    let graph = network.network
    if let site = graph.sites.first(where: { network.activationGrids[$0] == nil }) {
      throw InputError(
        .unsuitableChoice, "cannot export for deployment", at: site,
        because: "its activations are not quantized",
        try: "quantize with --activation-bits 8, or export with --flavour faithful")
    }
    let faithful = ExportedNetwork(faithful: network)
    var grids = faithful.grids
    grids[0] = .covering(
      minimum: imageRange.lowerBound, maximum: imageRange.upperBound, bitWidth: 8)
    let places = places(faithful.codeGrids)
    for (place, histogram) in zip(places, histograms(at: places, images, context)) {
      grids[place] = histogram.grid(bitWidth: 8, method: method)
    }
    return DeployNetwork(network, grids: grids)
  }

  /// Returns the histogram of the values at each of `places`, from two passes over the images.
  private func histograms(
    at places: [Int], _ images: Tensor, _ context: Context
  ) -> [HistogramObserver] {
    let chunks = images.chunks(of: imagesPerChunk)
    let ranges = context.map(chunks) { chunk in
      values(at: places, for: chunk).map { value in
        var observer = MinMaxObserver()
        observer.observe(value)
        return observer
      }
    }.reduce(into: places.map { _ in MinMaxObserver() }) { merged, seen in
      for index in merged.indices { merged[index].merge(seen[index]) }
    }.map(\.range)
    return context.map(chunks) { chunk in
      zip(ranges, values(at: places, for: chunk)).map { range, value in
        var observer = HistogramObserver(range: range)
        observer.observe(value)
        return observer
      }
    }.reduce(into: ranges.map { HistogramObserver(range: $0) }) { merged, seen in
      for index in merged.indices { merged[index].merge(seen[index]) }
    }
  }

  /// Returns the values of the quantized network at `places`.
  private func values(at places: [Int], for images: Tensor) -> [Tensor] {
    let graph = network.network
    let activations = network.activationMap()
    let wanted = Set(places)
    var kept: [Int: Tensor] = [:]
    var executor = Executor(graph, input: images)
    for index in graph.nodes.indices.dropFirst() {
      executor.evaluate(index, activations: activations)
      if wanted.contains(index) { kept[index] = executor.values[index] }
    }
    return places.map { place in
      guard let value = kept[place] else {
        preconditionFailure("\(graph.nodes[place].name) is computed with its ReLU")
      }
      return value
    }
  }
}

extension Operation {
  /// True if runtimes compute the operation in integers when its inputs are codes.
  fileprivate var needsCodes: Bool {
    switch self {
    case .convolution, .add, .multiply: true
    default: false
    }
  }
}
