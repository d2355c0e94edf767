internal import CKernels
internal import Execution
internal import Tensors

/// What one run of an inference plan works on: up to as many images as the plan has room for.
struct PlanRun: @unchecked Sendable {
  /// The pixels, (count, 3, H, W).
  let images: UnsafePointer<Float>
  let count: Int
  /// Where they go, (count, classes).
  let logits: UnsafeMutablePointer<Float>
  let workers: Workers
  let scratch: UnsafeMutablePointer<Float>
}

/// One layer of an inference plan, with its buffers.
protocol PlanStep: Sendable {
  var name: String { get }
  /// Multiply-adds for one image.
  var multiplyAdds: Int { get }
  func scratchFloats(images: Int, workers: Int) -> Int
  func run(_ run: PlanRun)
}

extension PlanStep {
  var multiplyAdds: Int { 0 }
  func scratchFloats(images: Int, workers: Int) -> Int { 0 }
}

/// Images (3, H, W) with their channels beside each other and the stem's padding around.
struct Interleaving: PlanStep {
  let name = "input"
  let channels: Int
  let height: Int
  let width: Int
  let padding: Int
  let output: FloatBuffer

  var imageStride: Int { (height + 2 * padding) * (width + 2 * padding) * channels }

  func run(_ run: PlanRun) {
    run.workers.forEach(run.count) { image, _ in
      ck_interleave(
        Int32(channels), Int32(height), Int32(width), Int32(padding),
        run.images + image * channels * height * width, output.base + image * imageStride)
    }
  }
}

/// 3×3 maxima at stride 2.
struct MaxPooling: PlanStep {
  let name = "maxpool"
  let input: BlockedActivations
  let output: BlockedActivations

  func run(_ run: PlanRun) {
    run.workers.forEach(run.count) { image, _ in
      var (from, to) = (input.shape.kernel, output.shape.kernel)
      ck_blocked_max_pool(&from, &to, input.image(image), output.image(image))
    }
  }
}

/// A shortcut without parameters.
struct Subsampling: PlanStep {
  let name: String
  let stride: Int
  let padding: Int
  let input: BlockedActivations
  let output: BlockedActivations

  func run(_ run: PlanRun) { subsample(run.count, workers: run.workers) }

  /// Fills the first `count` images of the output.
  func subsample(_ count: Int, workers: Workers) {
    workers.forEach(count) { image, _ in
      var (from, to) = (input.shape.kernel, output.shape.kernel)
      ck_blocked_subsample(
        &from, &to, Int32(stride), Int32(padding), input.image(image), output.image(image))
    }
  }
}
