import Execution
import Tensors
import TestSupport
import Testing

@testable import Graphs

/// Checks an operation on `inputs` (N, C, H, W) against its definition in Double.
///
/// It checks the shape and values of the output with one and three threads, and the gradient with respect to
/// every input by numeric differences.
///
/// - Returns: The output.
@discardableResult
func expectDefinition(
  of operation: Graphs.Operation, on inputs: [Tensor], valueError: Double = 1e-6,
  gradientError: Double = 1e-5, sourceLocation: SourceLocation = #_sourceLocation
) -> Tensor {
  let output = operation.forward(inputs, context: .serial)
  let expected = operation.reference(inputs.map { ReferenceMap($0) })
  #expect(output.shape == expected.shape, sourceLocation: sourceLocation)
  guard output.shape == expected.shape else { return output }
  #expect(
    relativeError(output.scalars, expected.values) < valueError, sourceLocation: sourceLocation)
  #expect(
    operation.forward(inputs, context: Context(threads: 3)) == output,
    sourceLocation: sourceLocation)
  #expect(
    operation.outputShape(inputs.map(\.imageShape)) == output.imageShape,
    sourceLocation: sourceLocation)

  let outputGradient = randomTensor(output.shape, seed: 77)
  let gradients = operation.backward(
    outputGradient, input: { inputs[$0] }, output: { output })
  #expect(gradients.map(\.shape) == inputs.map(\.shape), sourceLocation: sourceLocation)
  for (place, gradient) in gradients.enumerated() {
    let error = differenceError(
      of: gradient,
      from: { values in
        var maps = inputs.map { ReferenceMap($0) }
        maps[place].values = values
        return weighted(operation.reference(maps).values, by: outputGradient)
      }, at: inputs[place].doubles, every: 3, step: 1e-6)
    #expect(error < gradientError, "input \(place)", sourceLocation: sourceLocation)
  }
  return output
}
