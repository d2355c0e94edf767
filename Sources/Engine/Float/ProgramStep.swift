internal import CKernels
internal import Execution
internal import Graphs
internal import Tensors

/// The images of one run of a program; their number is limited by the program's buffers.
struct ProgramRun: @unchecked Sendable {
  /// The pixels, (count, 3, H, W).
  let images: UnsafePointer<Float>
  let count: Int
  /// The memory for the logits, (count, classes).
  let logits: UnsafeMutablePointer<Float>
  let context: Context
  let scratch: UnsafeMutablePointer<Float>
}

/// One kernel call of a program, with its buffers.
protocol ProgramStep: Sendable {
  var name: String { get }
  /// The number of multiply-adds for one image.
  var multiplyAdds: Int { get }
  /// Returns the number of floats of scratch memory that a run needs.
  func scratchFloats(images: Int, threads: Int) -> Int
  func run(_ run: ProgramRun)
}

extension ProgramStep {
  var multiplyAdds: Int { 0 }
  func scratchFloats(images: Int, threads: Int) -> Int { 0 }
}

/// The step that interleaves the channels of images (C, H, W) and adds the first layer's padding.
struct Interleaving: ProgramStep {
  let name = "input"
  let channels: Int
  let height: Int
  let width: Int
  let padding: Int
  let output: FloatBuffer

  var imageStride: Int { (height + 2 * padding) * (width + 2 * padding) * channels }

  func run(_ run: ProgramRun) {
    run.context.forEach(run.count) { image, _ in
      ck_interleave(
        Int32(channels), Int32(height), Int32(width), Int32(padding),
        run.images + image * channels * height * width, output.base + image * imageStride)
    }
  }
}

/// Max pooling with a 3×3 window at stride 2.
struct MaxPooling: ProgramStep {
  let name: String
  let input: BlockedActivations
  let output: BlockedActivations

  func run(_ run: ProgramRun) {
    run.context.forEach(run.count) { image, _ in
      var (from, to) = (input.shape.kernel, output.shape.kernel)
      ck_blocked_max_pool(&from, &to, input.image(image), output.image(image))
    }
  }
}

/// Every n-th pixel, with channels of zeros added before and after.
struct Subsampling: ProgramStep {
  let name: String
  let subsample: Subsample
  let input: BlockedActivations
  let output: BlockedActivations

  func run(_ run: ProgramRun) {
    run.context.forEach(run.count) { image, _ in
      var (from, to) = (input.shape.kernel, output.shape.kernel)
      ck_blocked_subsample(
        &from, &to, Int32(subsample.stride), Int32(subsample.padding), input.image(image),
        output.image(image))
    }
  }
}
