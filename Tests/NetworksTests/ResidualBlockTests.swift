import Execution
import Networks
import Tensors
import TestSupport
import Testing

/// A map of activations that is easy to differentiate: three quarters of them, up to a limit that
/// differs from site to site.
private enum LimitedActivations {
  static func limit(_ site: ActivationSite) -> Float { site.hasSuffix("conv1") ? 0.6 : 1.1 }

  static var map: ActivationMap {
    { site, tensor in
      Tensor(shape: tensor.shape, scalars: tensor.scalars.map { 0.75 * min($0, limit(site)) })
    }
  }

  static var gradientMap: ActivationGradientMap {
    { site, tensor, gradient in
      let scalars = zip(tensor.scalars, gradient.scalars).map { $0 < limit(site) ? 0.75 * $1 : 0 }
      return Tensor(shape: tensor.shape, scalars: scalars)
    }
  }

  static func reference(_ site: ActivationSite, _ value: Double) -> Double {
    0.75 * min(value, Double(limit(site)))
  }
}

@Suite("Residual blocks, forward and backward")
struct ResidualBlockTests {
  private let input: Tensor = {
    var input = randomTensor(BlockCase.inputShape, seed: 40)
    input.relu()
    return input
  }()

  @Test("Forward is ReLU(branch + shortcut)", arguments: BlockCase.all, [false, true])
  func forward(_ trial: BlockCase, hasActivations: Bool) {
    let reference = doublePrecision(trial, hasActivations)
    let expected = reference.output(
      input.doubles, weights: trial.block.layers.map(\.weight.doubles))
    let map: ActivationMap? = hasActivations ? LimitedActivations.map : nil
    let output = trial.block(input, activations: map, workers: Workers(2))
    #expect(relativeError(output.scalars, expected) < 1e-6)
  }

  @Test("The traced pass is the same pass, and remembers it", arguments: BlockCase.all)
  func trace(_ trial: BlockCase) {
    let map: ActivationMap = LimitedActivations.map
    let trace = trial.block.trace(input, activations: map)
    #expect(trace.output == trial.block(input, activations: map))
    #expect(trace.output == map(trial.block.name, trace.sum))
    #expect(trace.rectified.count == trial.block.branch.count - 1)
    for (layer, (rectified, mapped)) in zip(trial.block.branch, zip(trace.rectified, trace.mapped))
    {
      #expect(mapped == map(layer.name, rectified))
    }
  }

  @Test("Gradients are numeric differences", arguments: BlockCase.all, [false, true])
  func gradients(_ trial: BlockCase, hasActivations: Bool) {
    let block = trial.block
    let map: ActivationMap? = hasActivations ? LimitedActivations.map : nil
    let trace = block.trace(input, activations: map)
    let outputGradient = randomTensor(trace.output.shape, seed: 41)
    let gradientMap: ActivationGradientMap? =
      hasActivations ? LimitedActivations.gradientMap : nil
    let weightGradients = block.weightGradients(
      trace, outputGradient: outputGradient, activations: gradientMap)
    let inputGradient = block.inputGradient(
      trace, outputGradient: outputGradient, activations: gradientMap)

    let reference = doublePrecision(trial, hasActivations)
    let weights = block.layers.map(\.weight.doubles)
    func loss(_ input: [Double], _ weights: [[Double]]) -> Double {
      zip(reference.output(input, weights: weights), outputGradient.doubles)
        .reduce(0) { $0 + $1.0 * $1.1 }
    }
    #expect(weightGradients.map(\.shape) == block.layers.map(\.weight.shape))
    for (layer, gradient) in weightGradients.enumerated() {
      let error = differenceError(
        gradient,
        of: { values in
          var changed = weights
          changed[layer] = values
          return loss(input.doubles, changed)
        }, at: weights[layer])
      #expect(error < 1e-5)
    }
    #expect(inputGradient.shape == input.shape)
    let error = differenceError(inputGradient, of: { loss($0, weights) }, at: input.doubles)
    #expect(error < 1e-5)
  }

  @Test("Sites are the ReLU outputs in order; layers end with the shortcut's")
  func names() {
    let block = BlockCase.all[4].block
    #expect(block.activationSites == ["layer1.0.conv1", "layer1.0.conv2", "layer1.0"])
    #expect(block.layers.map(\.name).last == "layer1.0.downsample.0")
    #expect(block.mapLayers { $0 } == block)
    let cleared = block.mapLayers { layer in
      var layer = layer
      layer.weight = Tensor(zeros: layer.weight.shape)
      return layer
    }
    #expect(cleared.layers.allSatisfy { $0.weight.scalars.allSatisfy { $0 == 0 } })
  }

  private func doublePrecision(_ trial: BlockCase, _ hasActivations: Bool) -> ReferenceBlock {
    ReferenceBlock(
      block: trial.block, inputShape: BlockCase.inputShape,
      activation: hasActivations ? { LimitedActivations.reference($0, $1) } : nil)
  }

  /// How far `gradient` is from the central differences of `loss` at every seventh coordinate, over
  /// the largest of them.
  private func differenceError(
    _ gradient: Tensor, of loss: ([Double]) -> Double, at values: [Double]
  ) -> Double {
    let step = 1e-5
    let coordinates = Array(stride(from: 0, to: values.count, by: 7))
    let differences = coordinates.map { (coordinate: Int) -> Double in
      var ahead = values
      var behind = values
      ahead[coordinate] += step
      behind[coordinate] -= step
      return (loss(ahead) - loss(behind)) / (2 * step)
    }
    return relativeError(coordinates.map { gradient.scalars[$0] }, differences)
  }
}
