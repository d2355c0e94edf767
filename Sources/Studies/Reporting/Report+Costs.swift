import Datasets
import Execution
import Graphs
import MixQuantKit
import Quantization
import Reports
import Tensors

/// The times of a network's layers in its engine.
struct LayerTimes {
  /// The steps, each at its best run; empty if no program computes the network.
  let steps: [StepTime]
  /// The engine, the images and the threads, in words.
  let text: String

  private static let images = 8
  private static let runs = 3

  /// Times `classifier` on random images of the usual size for `transform`.
  init(_ classifier: Classifier, transform: Transform, context: Context) {
    let size = transform.usualInputSize
    let form = classifier.form(of: transform)
    let input: NetworkInput =
      if form == .pixels, let scaling = transform.scaling {
        .pixels(
          .random(Self.images, height: size.height, width: size.width, scaling: scaling, seed: 0))
      } else {
        .floats(.uniform([Self.images, transform.channels, size.height, size.width]))
      }
    let inference = classifier.inference(
      inputShape: input.imageShape, scaling: form == .pixels ? transform.scaling : nil,
      context: context)
    let runs = (0..<Self.runs).map { _ in inference.stepTimes(of: input, context: context) }
    steps = runs[0].indices.map { index in
      runs.map { $0[index] }.min { $0.seconds < $1.seconds } ?? runs[0][index]
    }
    text =
      "Timed with \(classifier.engineDescription()) on \(Self.images) images of \(size.height)×"
      + "\(size.width) and \(context.threads) threads."
  }
}

extension Report.Costs {
  /// The costs of the layers of `plan`, of which `classifier` is an example to time.
  ///
  /// - Parameters:
  ///   - name: The network's name.
  ///   - errors: One per layer.
  ///   - times: The times of the layers; nil if they are unknown.
  init(
    _ name: String, plan: BitPlan, bytes: [Int], errors: [Double], errorName: String,
    network: Graph, inputSize: (height: Int, width: Int), times: LayerTimes?
  ) {
    let steps = times?.steps ?? []
    let byName = Dictionary(grouping: steps, by: \.name)
    let sizes = network.layerSizes(inputSize: inputSize)
    let layers = plan.layers.indices.map { index in
      var layer = Layer(
        bits: plan.bitWidths[index].bits, bytes: bytes[index],
        multiplyAdds: sizes[index].multiplyAdds)
      layer.error = errors[index]
      if let own = byName[plan.layers[index].name] {
        layer.seconds = own.reduce(0) { $0 + $1.seconds }
        layer.kernel = own[0].kernel
      }
      return layer
    }
    self.init(network: name, errorName: errorName, layers: layers)
    guard let times, !steps.isEmpty else { return }
    timing = times.text
    let names = Set(plan.layers.map(\.name))
    otherSeconds = steps.reduce(0) { $0 + (names.contains($1.name) ? 0 : $1.seconds) }
  }
}

extension Tensor {
  /// Returns a tensor of equal values.
  fileprivate static func uniform(_ shape: Shape) -> Tensor {
    Tensor(shape: shape, scalars: [Float](repeating: 0.5, count: shape.count))
  }
}
