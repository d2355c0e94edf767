import Datasets
import Execution
import Graphs
import MixQuantKit
import Quantization
import Reports
import Tensors

/// The kernels of a network's layers in its engine and, if they are measured, the times.
struct LayerWork {
  /// The kernel of every layer by its name; empty if no program computes the network.
  let kernels: [String: String]
  /// The steps, each at its best run; empty if nothing was timed.
  let steps: [StepTime]
  /// The engine, the images and the threads that were timed, in words, or why nothing was timed;
  /// empty if no times were asked for.
  let timing: String

  private static let untimed =
    "No layer was timed: on this processor no compiled program runs the network."
  private static let images = 8
  private static let runs = 3

  /// - Parameter isTimed: True to time `classifier` on random images of the usual size for `transform`.
  init(_ classifier: Classifier, transform: Transform, isTimed: Bool, context: Context) {
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
    kernels = inference.kernels
    let runs = isTimed ? Self.runs : 0
    let times = (0..<runs).map { _ in inference.stepTimes(of: input, context: context) }
    steps = (times.first ?? []).indices.map { index in
      times.map { $0[index] }.min { $0.seconds < $1.seconds } ?? times[0][index]
    }
    timing =
      steps.isEmpty
      ? isTimed ? Self.untimed : ""
      : "Timed with \(classifier.engineDescription()) on \(Self.images) images of \(size.height)×"
        + "\(size.width) and \(context.threads) threads."
  }
}

extension Report.Costs {
  /// The costs of the layers of `plan`.
  ///
  /// - Parameters:
  ///   - name: The network's name.
  ///   - errors: One per layer.
  ///   - work: The kernels and the times of the layers; nil if they are unknown.
  init(
    _ name: String, plan: BitPlan, bytes: [Int], errors: [Double], errorName: String,
    network: Graph, inputSize: (height: Int, width: Int), work: LayerWork?
  ) {
    let steps = work?.steps ?? []
    let times = Dictionary(steps.map { ($0.name, $0.seconds) }, uniquingKeysWith: +)
    let sizes = network.layerSizes(inputSize: inputSize)
    let layers = plan.layers.indices.map { index in
      let name = plan.layers[index].name
      var layer = Layer(
        bits: plan.bitWidths[index].bits, bytes: bytes[index],
        multiplyAdds: sizes[index].multiplyAdds)
      layer.error = errors[index]
      (layer.kernel, layer.seconds) = (work?.kernels[name], times[name])
      return layer
    }
    self.init(network: name, errorName: errorName, layers: layers)
    timing = work?.timing ?? ""
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
