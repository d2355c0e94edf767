internal import CKernels
internal import Execution
internal import Graphs
internal import Tensors

/// The mean of every map and the linear layer that reads the means.
struct LinearStep: ProgramStep {
  let name: String
  let multiplyAdds: Int
  private let input: BlockedActivations
  private let packed: FloatBuffer
  private let bias: [Float]
  private let classCount: Int
  /// The number of classes, rounded up to a multiple of 16.
  private let paddedCount: Int
  private let features: FloatBuffer
  private let products: FloatBuffer

  init(_ layer: Convolution, name: String, input: BlockedActivations, images: Int) {
    self.name = name
    self.input = input
    let channels = input.shape.channels
    classCount = layer.outputChannels
    paddedCount = (classCount + 15) / 16 * 16
    multiplyAdds = classCount * channels
    bias = layer.bias ?? [Float](repeating: 0, count: classCount)
    let padding = [Float](repeating: 0, count: (paddedCount - classCount) * channels)
    packed = FloatBuffer(count: paddedCount * channels)
    ck_indirect_pack(
      Int32(paddedCount), Int32(channels), layer.weight.scalars + padding, packed.base)
    features = FloatBuffer(count: images * channels)
    products = FloatBuffer(count: images * paddedCount)
  }

  func run(_ run: ProgramRun) {
    let channels = input.shape.channels
    run.context.forEach(run.count) { image, _ in
      var shape = input.shape.kernel
      ck_blocked_mean_pool(&shape, input.image(image), features.base + image * channels)
    }
    ck_dense_multiply(
      Int32(paddedCount), Int32(channels), Int32(run.count), packed.base, features.base,
      products.base)
    for image in 0..<run.count {
      for index in 0..<classCount {
        run.logits[image * classCount + index] =
          products.base[image * paddedCount + index] + bias[index]
      }
    }
  }
}
