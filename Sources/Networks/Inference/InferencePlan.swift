internal import CKernels
package import Execution
internal import Synchronization
package import Tensors

/// A folded network compiled once into a list of kernel calls over buffers that stay: blocked activations,
/// packed weights, and bias, ReLU, the shortcut's sum and rounding fused into the convolutions.
///
/// The logits of an image depend neither on the batch it comes in nor on the workers. `ResNet` itself is the
/// readable truth that plans are tested against.
package final class InferencePlan: Sendable {
  private let steps: [any PlanStep]
  private let classCount: Int
  private let inputShape: Shape
  /// Held while the plan runs: its buffers serve one run at a time.
  private let scratch = Mutex(FloatBuffer(count: 0))

  /// Images that go through the layers together: enough to read each layer's weights seldom, few enough for
  /// their activations to stay near.
  private static let imagesAtOnce = 16

  /// The plan for images of `inputShape` (C, H, W), or `nil` where the network or the processor needs
  /// another path: grouped convolutions, channels that are no multiples of 16, no AVX-512.
  /// - Parameters:
  ///   - roundings: the grids of activations, by site.
  ///   - isExact: leaves Winograd's convolution out, whose rounding errors are larger.
  ///   - workers: who transform its weights.
  package init?(
    _ network: ResNet, inputShape: Shape, roundings: [ActivationSite: GridParameters] = [:],
    isExact: Bool = false, workers: Workers = .one
  ) {
    guard ck_has_blocked_kernels() != 0, network.suitsBlocks else { return nil }
    var compiler = PlanCompiler(
      roundings: roundings, isExact: isExact, images: Self.imagesAtOnce, workers: workers)
    compiler.compile(network, inputShape: inputShape)
    steps = compiler.steps
    classCount = network.classCount
    self.inputShape = inputShape
  }

  /// The logits (N, classes) of images (N, C, H, W).
  package func callAsFunction(_ images: Tensor, workers: Workers = .one) -> Tensor {
    logits(of: images, workers: workers) { step, run in step.run(run) }
  }

  /// The seconds that each layer took for `images`, with its multiply-adds for one image.
  package func layerTimes(
    _ images: Tensor, workers: Workers
  ) -> [(name: String, multiplyAdds: Int, seconds: Double)] {
    let clock = ContinuousClock()
    var seconds: [String: Double] = [:]
    _ = logits(of: images, workers: workers) { step, run in
      seconds[step.name, default: 0] += clock.measure { step.run(run) }.seconds
    }
    return steps.map { ($0.name, $0.multiplyAdds, seconds[$0.name] ?? 0) }
  }

  private func logits(
    of images: Tensor, workers: Workers, runStep: (any PlanStep, PlanRun) -> Void
  ) -> Tensor {
    precondition(
      Array(images.shape.dimensions.dropFirst()) == inputShape.dimensions,
      "images of shape \(images.shape) for a plan of \(inputShape)")
    return scratch.withLock { scratch in
      grow(&scratch, workers: workers.count)
      return Tensor(shape: [images.rowCount, classCount]) { logits in
        images.scalars.withUnsafeBufferPointer { pixels in
          guard let pixels = pixels.baseAddress, let logits = logits.baseAddress else { return }
          for rows in (0..<images.rowCount).chunks(of: Self.imagesAtOnce) {
            let run = PlanRun(
              images: pixels + rows.lowerBound * inputShape.count, count: rows.count,
              logits: logits + rows.lowerBound * classCount, workers: workers,
              scratch: scratch.base)
            for step in steps { runStep(step, run) }
          }
        }
      }
    }
  }

  private func grow(_ scratch: inout FloatBuffer, workers: Int) {
    let needed = steps.map { $0.scratchFloats(images: Self.imagesAtOnce, workers: workers) }.max()
    if let needed, needed > scratch.count { scratch = FloatBuffer(count: needed) }
  }
}

extension ResNet {
  /// Whether every layer between images and head can work on blocks of sixteen channels.
  fileprivate var suitsBlocks: Bool {
    stem.convolution.hasBlockedOutput && blocks.flatMap(\.layers).allSatisfy(\.suitsBlocks)
  }
}
