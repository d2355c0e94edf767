internal import CKernels
internal import Execution
internal import Tensors

/// A convolution between blocked activations whose weights change with every step, forward and backward.
///
/// Where it reads and writes is settled when it is made; a call works on the first `count` images there.
protocol TrainedConvolution: AnyObject {
  /// Takes over new weights, (OC, C, K, K).
  func load(_ weight: Tensor, workers: Workers)

  /// Fills the output from the input, epilogue and all.
  func forward(_ count: Int, workers: Workers)

  /// The gradient with respect to the weights from the one with respect to the sums; also fills the gradient
  /// with respect to the input if there is a place for it.
  func backward(_ count: Int, workers: Workers) -> Tensor
}

/// Where a trained convolution reads and writes.
struct TrainingPlaces: Sendable {
  let input: BlockedActivations
  let output: BlockedActivations
  /// The gradient with respect to the convolution's sums, before the epilogue.
  let outputGradient: BlockedActivations
  /// None for the first convolution of a block.
  let inputGradient: BlockedActivations?
}

/// The faster of both ways for these maps.
func makeTrainedConvolution(
  _ convolution: Conv2d, _ places: TrainingPlaces, epilogue: Epilogue
) -> any TrainedConvolution {
  let shape = places.output.shape
  var kernel = shape.kernel
  // Products of F(4×4, 3×3), whose tiles reach over the edge, against those of the plain convolution. What its
  // larger weights cost in memory traffic must be won back too.
  let saving =
    Double(9 * shape.height * shape.width)
    / Double(WinogradMatrices.count * Int(ck_winograd_tiles(&kernel)))
  let suits = convolution.weight.shape[2] == 3 && convolution.geometry.stride == 1
  return suits && saving >= 2
    ? WinogradTraining(convolution, places, epilogue: epilogue)
    : IndirectTraining(convolution, places, epilogue: epilogue)
}
