internal import CKernels
internal import Synchronization
package import Execution
package import Graphs
package import Tensors

/// A folded network compiled into a list of kernel calls with fixed buffers.
///
/// Activations are blocked and weights packed. Bias, ReLU, residual sum and rounding are fused into
/// the convolutions. The logits of an image depend neither on its batch nor on the number of
/// threads. `Graph` is the readable reference that programs are tested against.
package final class FloatProgram: Sendable {
  private let steps: [any ProgramStep]
  private let classCount: Int
  private let inputShape: Shape
  /// The lock of a running program, because its buffers serve one run at a time.
  private let scratch = Mutex(FloatBuffer(count: 0))

  /// The number of images that pass through the layers together.
  ///
  /// More images read each layer's weights less often; fewer keep their activations in the cache.
  private static let imagesAtOnce = 16

  /// Creates the program for images of `inputShape` (C, H, W).
  ///
  /// It is nil if the process has no blocked kernels, if the network does not fit the images, or if less
  /// than half of the multiply-adds fit blocks of 16 channels. Those of grouped convolutions do not fit.
  ///
  /// - Parameters:
  ///   - roundings: The grids of activations, by site.
  ///   - isExact: True to leave out Winograd's convolution, whose rounding errors are larger.
  ///   - context: The threads that transform the weights.
  package init?(
    _ graph: Graph, inputShape: Shape, roundings: [Site: GridParameters] = [:],
    isExact: Bool = false, context: Context = .serial
  ) {
    guard ck_has_blocked_kernels() != 0, let shapes = try? graph.shapes(for: inputShape),
      graph.suitsBlocks(shapes)
    else { return nil }
    var compiler = FloatCompiler(
      graph, shapes: shapes, roundings: roundings, isExact: isExact, images: Self.imagesAtOnce,
      context: context)
    compiler.compile()
    steps = compiler.steps
    classCount = graph.classCount
    self.inputShape = inputShape
  }

  /// Returns the logits (N, classes) of `images` (N, C, H, W).
  package func callAsFunction(_ images: Tensor, context: Context = .serial) -> Tensor {
    logits(of: images, context: context) { step, run in step.run(run) }
  }

  /// The name of each step.
  package var layerNames: [String] { steps.map(\.name) }

  /// Returns the seconds that each layer takes for `images` and its multiply-adds for one image.
  package func layerTimes(
    _ images: Tensor, context: Context
  ) -> [(name: String, multiplyAdds: Int, seconds: Double)] {
    let clock = ContinuousClock()
    var seconds: [String: Double] = [:]
    _ = logits(of: images, context: context) { step, run in
      seconds[step.name, default: 0] += clock.measure { step.run(run) }.seconds
    }
    return steps.map { ($0.name, $0.multiplyAdds, seconds[$0.name] ?? 0) }
  }

  private func logits(
    of images: Tensor, context: Context, runStep: (any ProgramStep, ProgramRun) -> Void
  ) -> Tensor {
    precondition(
      Array(images.shape.dimensions.dropFirst()) == inputShape.dimensions,
      "images of shape \(images.shape) for a program of \(inputShape)")
    return scratch.withLock { scratch in
      grow(&scratch, threads: context.threads)
      let memory = scratch.base
      return Tensor(shape: [images.rowCount, classCount]) { logits in
        images.scalars.withUnsafeBufferPointer { pixels in
          guard let pixels = pixels.baseAddress, let logits = logits.baseAddress else { return }
          context.withTeam { team in
            for rows in (0..<images.rowCount).chunks(of: Self.imagesAtOnce) {
              let run = ProgramRun(
                images: pixels + rows.lowerBound * inputShape.count, count: rows.count,
                logits: logits + rows.lowerBound * classCount, context: team, scratch: memory)
              for step in steps { runStep(step, run) }
            }
          }
        }
      }
    }
  }

  private func grow(_ scratch: inout FloatBuffer, threads: Int) {
    let needed = steps.map { $0.scratchFloats(images: Self.imagesAtOnce, threads: threads) }.max()
    if let needed, needed > scratch.count { scratch = FloatBuffer(count: needed) }
  }
}

extension Graph {
  /// Returns true if layers on blocks of 16 channels have at least half of the multiply-adds.
  fileprivate func suitsBlocks(_ shapes: [Shape]) -> Bool {
    var (blocked, total) = (0, 0)
    for layer in layers {
      let maps = shapes[layer.node]
      let multiplyAdds = layer.weight.shape.count * maps[1] * maps[2]
      total += multiplyAdds
      let isFirst = nodes[layer.node].inputs[0] == 0
      let suits =
        isFirst ? layer.convolution.hasBlockedOutput : layer.convolution.suitsBlocks
      if suits { blocked += multiplyAdds }
    }
    return 2 * blocked >= total
  }
}
