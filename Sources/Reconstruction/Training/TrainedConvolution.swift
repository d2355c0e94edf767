internal import CKernels
internal import Engine
internal import Execution
internal import Graphs
internal import Tensors

/// A convolution of blocked activations, forward and backward, whose weights change in every step.
///
/// Its buffers are fixed when it is created. A call processes their first `count` images.
protocol TrainedConvolution: AnyObject {
  /// Replaces the weights by `weight` (OC, C, K, K).
  func load(_ weight: Tensor, context: Context)

  /// Computes the output from the input, with the epilogue.
  func forward(_ count: Int, context: Context)

  /// Returns the gradient with respect to the weights, from the gradient with respect to the sums.
  ///
  /// It also computes the gradient with respect to the input if there is a buffer for it.
  func backward(_ count: Int, context: Context) -> Tensor
}

/// The buffers of a trained convolution.
struct TrainingPlaces: Sendable {
  let input: BlockedActivations
  let output: BlockedActivations
  /// The gradient with respect to the convolution's sums, before the epilogue.
  let outputGradient: BlockedActivations
  /// The gradient with respect to the input; nil if no layer needs it.
  let inputGradient: BlockedActivations?
}

/// Returns the faster of the two implementations for these maps.
func makeTrainedConvolution(
  _ convolution: Convolution, _ places: TrainingPlaces, epilogue: Epilogue
) -> any TrainedConvolution {
  let shape = places.output.shape
  var kernel = shape.kernel
  // The products of the plain convolution, divided by those of F(4×4, 3×3), whose tiles may extend beyond
  // the edge. A ratio of 2 also pays for the memory traffic of the larger transformed weights.
  let saving =
    Double(9 * shape.height * shape.width)
    / Double(WinogradMatrices.count * Int(ck_winograd_tiles(&kernel)))
  let suits = convolution.weight.shape[2] == 3 && convolution.geometry.stride == 1
  return suits && saving >= 2
    ? WinogradTraining(convolution, places, epilogue: epilogue)
    : IndirectTraining(convolution, places, epilogue: epilogue)
}
