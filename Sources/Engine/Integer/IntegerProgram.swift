package import Execution
internal import Graphs
internal import Synchronization
package import Tensors

/// The kernels of a program's convolutions.
package enum IntegerKernels: Sendable {
  /// The fastest kernels that the processor, the shapes and the weights allow.
  case fastest
  /// Plain loops in C, which define the results of all other kernels.
  case plain
}

/// A quantized network compiled into a list of integer kernel calls with fixed buffers.
///
/// Activations are 8-bit codes, channels last. Bias, residual sum, ReLU and rounding are fused into the
/// convolutions. The logits have the bits of `CodeExecutor`, for any batch, number of threads and processor.
package final class IntegerProgram: Sendable {
  package let network: IntegerNetwork
  private let steps: [any IntegerStep]
  /// The lock of a running program, because its buffers serve one run at a time.
  private let scratch = Mutex(KernelMemory(bytes: 0))

  /// The steps of each stretch, and the number of images that pass through them together.
  private let stretches: [(steps: Range<Int>, imagesAtOnce: Int)]

  /// Creates the program.
  ///
  /// - Parameters:
  ///   - kernels: The kernels of convolutions; plain ones are the twins that others are tested against.
  ///   - cachedBytes: The part of the cache for the largest maps of a stretch; tests change it.
  ///   - context: The threads that pack the weights.
  package init(
    _ network: IntegerNetwork, kernels: IntegerKernels = .fastest,
    cachedBytes: Int = IntegerStretch.cachedBytes, context: Context = .serial
  ) {
    self.network = network
    let stretches = network.stretches(cachedBytes: cachedBytes)
    var compiler = IntegerCompiler(
      network, kernels: kernels, stretches: stretches, context: context)
    compiler.compile()
    steps = compiler.steps
    let ends = compiler.stretchEnds
    self.stretches = zip(zip([0] + ends, ends), stretches).map { steps, stretch in
      (steps: steps.0..<steps.1, imagesAtOnce: stretch.imagesAtOnce)
    }
  }

  /// Returns the logits (N, classes) of `input`, which must be pixels if the network has a scaling for them.
  package func callAsFunction(_ input: NetworkInput, context: Context = .serial) -> Tensor {
    logits(of: input, context: context) { step, run in steps[step].run(run) }
  }

  /// The name of each step, its kernel, and its multiply-adds for one image.
  package var kernels: [(name: String, kernel: String, multiplyAdds: Int)] {
    steps.map { ($0.name, $0.kernel, $0.multiplyAdds) }
  }

  /// Returns the seconds that each step takes for `input`, in the order of `kernels`.
  package func stepTimes(_ input: NetworkInput, context: Context) -> [Double] {
    let clock = ContinuousClock()
    var seconds = [Double](repeating: 0, count: steps.count)
    _ = logits(of: input, context: context) { step, run in
      seconds[step] += clock.measure { steps[step].run(run) }.seconds
    }
    return seconds
  }

  private func logits(
    of input: NetworkInput, context: Context, runStep: (_ step: Int, IntegerRun) -> Void
  ) -> Tensor {
    network.requireFit(input)
    let classCount = network.graph.classCount
    return scratch.withLock { scratch in
      grow(&scratch, threads: context.threads)
      let memory = scratch.base
      return Tensor(shape: [input.count, classCount]) { logits in
        guard let logits = logits.baseAddress else { return }
        context.withTeam { team in
          for images in (0..<input.count).chunks(of: IntegerStretch.mostImages) {
            for stretch in stretches {
              run(stretch, on: images, of: input) { pointer, part, step in
                let isLast = step == stretch.steps.last
                let run = IntegerRun(
                  images: pointer, count: part.count,
                  firstResult: isLast ? part.lowerBound - images.lowerBound : 0,
                  logits: logits + part.lowerBound * classCount, context: team, scratch: memory)
                runStep(step, run)
              }
            }
          }
        }
      }
    }
  }

  /// Calls `runStep` for each step of a stretch, with the images that pass through it together.
  private func run(
    _ stretch: (steps: Range<Int>, imagesAtOnce: Int), on images: Range<Int>,
    of input: NetworkInput,
    _ runStep: (_ pointer: IntegerRun.Images, _ part: Range<Int>, _ step: Int) -> Void
  ) {
    for part in images.chunks(of: stretch.imagesAtOnce) {
      input.withImages(from: part.lowerBound) { pointer in
        for step in stretch.steps { runStep(pointer, part, step) }
      }
    }
  }

  private func grow(_ scratch: inout KernelMemory, threads: Int) {
    let needed = stretches.flatMap { stretch in
      steps[stretch.steps].map {
        $0.scratchBytes(images: stretch.imagesAtOnce, threads: threads)
      }
    }
    if let most = needed.max(), most > scratch.bytes { scratch = KernelMemory(bytes: most) }
  }
}

extension NetworkInput {
  /// Calls `body` with the images from `first` on.
  fileprivate func withImages(from first: Int, _ body: (IntegerRun.Images) -> Void) {
    let start = first * imageShape.count
    switch self {
    case .pixels(let pixels):
      pixels.bytes.withUnsafeBufferPointer { bytes in
        if let base = bytes.baseAddress { body(.pixels(base + start)) }
      }
    case .floats(let tensor):
      tensor.scalars.withUnsafeBufferPointer { scalars in
        if let base = scalars.baseAddress { body(.floats(base + start)) }
      }
    }
  }
}
