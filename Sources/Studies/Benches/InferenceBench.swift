import Datasets
package import Execution
import Foundation
import Graphs
import MixQuantKit
import Networks
package import Quantization
import Reports
import Tensors

/// A benchmark of a residual network with random weights, computed by `Inference` as in `evaluate`.
package struct InferenceBench: Sendable {
  /// The widths of a network with codes.
  package typealias Widths = (weights: BitWidth, activations: BitWidth)

  let depth: Int
  let batch: Int
  let size: Int
  let runs: Int
  let isExact: Bool
  let widths: Widths?
  let seed: UInt64
  let context: Context

  /// - Parameters:
  ///   - isExact: True to leave out Winograd's convolution in floating point.
  ///   - widths: The widths for integer kernels; nil for float kernels in full precision.
  package init(
    depth: Int, batch: Int, size: Int, runs: Int, isExact: Bool, widths: Widths? = nil,
    seed: UInt64, context: Context
  ) {
    self.depth = depth
    self.batch = batch
    self.size = size
    self.runs = runs
    self.isExact = isExact
    self.widths = widths
    self.seed = seed
    self.context = context
  }

  /// Runs the benchmark.
  package func callAsFunction() -> InferenceBenchResult {
    var generator = SplitMix64(seed: seed)
    let network = randomResNet(depth: depth, generator: &generator)
    let pixels = PixelImages.random(
      batch, height: size, width: size,
      scaling: PixelScaling(mean: Transform.imageNetMean, std: Transform.imageNetStd), seed: seed)
    return widths.map { integers(network, pixels, $0) }
      ?? floats(network, .floats(NetworkInput.pixels(pixels).floats))
  }

  private func floats(_ network: Graph, _ images: NetworkInput) -> InferenceBenchResult {
    let classifier = Classifier(network)
    let inputShape = images.imageShape
    let loading = timed {
      classifier.inference(inputShape: inputShape, isExact: isExact, context: context)
    }
    let inference = loading.result
    let exact = classifier.inference(inputShape: inputShape, isExact: true)
    let logits = inference.logits(of: images, context: context)
    let reference = exact.logits(of: images, context: context)
    let layers = layers(of: inference, images)
    let path = layers.isEmpty ? "OpenBLAS" : isExact ? "program, exact" : "program"
    return result(
      network, path: path, runs: seconds { _ = inference.logits(of: images, context: context) },
      peakGflops: PeakRate.matrixProducts(runs: self.runs, context: context), peak: "sgemm",
      loadSeconds: loading.seconds,
      difference: logits.relativeDifference(from: reference), layers: layers)
  }

  /// Times integer kernels; compares their logits with float kernels on codes, which must give the same.
  private func integers(
    _ network: Graph, _ pixels: PixelImages, _ widths: Widths
  ) -> InferenceBenchResult {
    let quantized = network.quantized(widths, on: pixels, context: context)
    let packed = quantized.weights.map(\.packedCodes)
    let loading = timed { () -> Inference in
      let weights = context.map(packed.count) { quantized.weights[$0].unpacked(packed[$0]) }
      let loaded = QuantizedNetwork(
        network, weights: weights, activationGrids: quantized.activationGrids)
      return inference(of: loaded, pixels)
    }
    let program = loading.result
    let images = NetworkInput.pixels(pixels)
    let logits = program.logits(of: images, context: context)
    let few = NetworkInput.pixels(pixels[images: 0..<min(2, batch)])
    let codes = inference(of: quantized, pixels, engine: .float)
      .logits(of: few, context: context)
    let runs = seconds { _ = program.logits(of: images, context: context) }
    return result(
      network, path: "integer, W\(widths.weights)A\(widths.activations)", runs: runs,
      peakGflops: PeakRate.dotProducts(runs: self.runs, context: context), peak: "dot-product",
      loadSeconds: loading.seconds,
      difference: logits[rows: 0..<codes.rowCount].relativeDifference(from: codes),
      layers: layers(of: program, images))
  }

  private func inference(
    of network: QuantizedNetwork, _ pixels: PixelImages, engine: InferenceEngine = .integer
  ) -> Inference {
    Classifier(network).inference(
      inputShape: pixels.imageShape, scaling: pixels.scaling, engine: engine, context: context)
  }

  private func layers(
    of inference: Inference, _ images: NetworkInput
  ) -> [InferenceBenchResult.Layer] {
    inference.stepTimes(of: images, context: context).map { step in
      InferenceBenchResult.Layer(
        name: step.name, kernel: step.kernel, milliseconds: 1e3 * step.seconds,
        gflops: 2e-9 * Double(step.multiplyAdds * batch) / step.seconds)
    }
  }

  private func result(
    _ network: Graph, path: String, runs: [Double], peakGflops: Double, peak: String,
    loadSeconds: Double, difference: Double, layers: [InferenceBenchResult.Layer]
  ) -> InferenceBenchResult {
    let best = runs.min() ?? 0
    let work = network.layerSizes(inputSize: (size, size)).reduce(0) { $0 + $1.multiplyAdds }
    return InferenceBenchResult(
      depth: depth, batch: batch, size: size, threads: context.threads, path: path,
      imagesPerSecond: Double(batch) / best,
      meanImagesPerSecond: Double(batch * runs.count) / runs.reduce(0, +),
      gflops: 2e-9 * Double(work * batch) / best, peakGflops: peakGflops, peak: peak,
      loadSeconds: loadSeconds, largestDifferenceToExact: difference, layers: layers)
  }

  /// Returns the seconds of each run of `work`.
  private func seconds(_ work: () -> Void) -> [Double] {
    let clock = ContinuousClock()
    return (0..<runs).map { _ in clock.measure(work).seconds }
  }
}

extension Graph {
  /// Returns the network with weights rounded to nearest and grids for the values of a few images.
  fileprivate func quantized(
    _ widths: InferenceBench.Widths, on pixels: PixelImages, context: Context
  ) -> QuantizedNetwork {
    let quantizer = WeightQuantizer(
      granularity: .perChannel, symmetry: .byWidth, range: .minMax)
    var quantized = QuantizedNetwork.quantizing(
      self, plan: .uniform(widths.weights, network: self), quantizer: quantizer, context: context)
    quantized.activationGrids = ActivationCalibration(
      bitWidth: widths.activations, method: .percentile(99.99)
    ).grids(
      for: quantized.network,
      images: NetworkInput.pixels(pixels[images: 0..<min(2, pixels.count)]).floats,
      context: context)
    return quantized
  }
}

extension QuantizedTensor {
  /// Returns the tensor with the codes of `bytes`, which are its own packed codes.
  fileprivate func unpacked(_ bytes: [UInt8]) -> QuantizedTensor {
    do {
      return QuantizedTensor(
        shape: shape,
        codes: try BitPacking.unpack(
          bytes, bitWidth: bitWidth, count: shape.count, at: "bench"),
        grids: grids, granularity: granularity)
    } catch { preconditionFailure("\(error)") }
  }
}

/// The result of the benchmark, as text and as JSON.
package struct InferenceBenchResult: Encodable, Sendable {
  package struct Layer: Encodable, Sendable {
    let name: String
    let kernel: String
    /// The time of the whole batch.
    let milliseconds: Double
    /// The rate in Gop/s, with two operations per multiply-add of plain convolution, even if the kernel
    /// computes fewer.
    let gflops: Double
  }

  let depth: Int
  let batch: Int
  let size: Int
  let threads: Int
  let path: String
  /// The images per second of the best run.
  let imagesPerSecond: Double
  /// The images per second of all runs together, to compare with a long evaluation.
  let meanImagesPerSecond: Double
  /// The Gop/s of the best run, counted as for a layer.
  let gflops: Double
  /// The Gop/s of `peak`.
  let peakGflops: Double
  /// The kind of operations that bounds the kernels.
  let peak: String
  /// The seconds of unpacking codes, ordering or transforming weights, and preparing buffers.
  let loadSeconds: Double
  /// The largest difference of logits from those of exact kernels, relative to the largest logit.
  let largestDifferenceToExact: Double
  let layers: [Layer]

  /// The result as text: a table of the layers, then a summary.
  package var text: String {
    let table = Table(
      layers,
      [
        .words("layer") { $0.name }, .number("ms", "%.2f") { $0.milliseconds },
        .number("Gop/s") { $0.gflops == 0 ? "" : String(format: "%.1f", $0.gflops) },
        .number("of \(peak) peak") { layer in
          let hasShare = layer.gflops > 0 && peakGflops > 0
          return hasShare ? String(format: "%.2f", layer.gflops / peakGflops) : ""
        },
        .words("kernel") { $0.kernel },
      ])
    let summary = String(
      format: "ResNet-%d, batch %d, %d×%d, %d threads, %@: %.1f images/s (mean %.1f), %.1f Gop/s "
        + "(%@ peak %.1f), loaded in %.2f s, logits within %.1e of the exact path's", depth, batch,
      size, size, threads, path, imagesPerSecond, meanImagesPerSecond, gflops, peak,
      peakGflops, loadSeconds, largestDifferenceToExact)
    return (layers.isEmpty ? "" : table.text() + "\n\n") + summary
  }
}
