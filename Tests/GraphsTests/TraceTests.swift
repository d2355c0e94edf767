import Execution
import Graphs
import Tensors
import TestSupport
import Testing

@Suite("Backward through a graph")
struct TraceTests {
  private let input = randomTensor(BlockCase.inputShape, seed: 40)

  @Test("A traced pass gives the same output and keeps all values", arguments: BlockCase.all)
  func trace(_ trial: BlockCase) {
    let map: ActivationMap = LimitedActivations.map
    let trace = trial.block.trace(input, activations: map)
    #expect(trace.output == trial.block(input, activations: map))
    #expect(trace[0] == input)
    for site in trial.block.siteNodes {
      #expect(trace[site] == map(trial.block.nodes[site].name, trace.rectified(site)))
    }
    let plain = trial.block.trace(input)
    for site in trial.block.siteNodes { #expect(plain[site] == plain.rectified(site)) }
  }

  @Test("Gradients agree with numeric differences", arguments: BlockCase.all, [false, true])
  func gradients(_ trial: BlockCase, hasActivations: Bool) {
    let block = trial.block
    let trace = block.trace(input, activations: hasActivations ? LimitedActivations.map : nil)
    let outputGradient = randomTensor(trace.output.shape, seed: 41)
    let gradientMap: ActivationGradientMap? =
      hasActivations ? LimitedActivations.gradientMap : nil
    let weightGradients = block.weightGradients(
      trace, outputGradient: outputGradient, activations: gradientMap)
    let inputGradient = block.backward(
      trace, outputGradient: outputGradient, wantsInputGradient: true, activations: gradientMap)

    let reference = ReferenceGraph(
      block, inputShape: BlockCase.inputShape,
      activation: hasActivations ? { LimitedActivations.reference($0, $1) } : nil)
    let weights = block.layers.map(\.weight.doubles)
    #expect(weightGradients.map(\.shape) == block.layers.map(\.weight.shape))
    for (layer, gradient) in weightGradients.enumerated() {
      let error = differenceError(
        of: gradient,
        from: { values in
          var changed = weights
          changed[layer] = values
          return weighted(reference.output(input.doubles, weights: changed), by: outputGradient)
        }, at: weights[layer])
      #expect(error < 1e-5, "\(block.layers[layer].name)")
    }
    guard let inputGradient else {
      Issue.record("no gradient with respect to the input")
      return
    }
    #expect(inputGradient.shape == input.shape)
    let error = differenceError(
      of: inputGradient, from: { weighted(reference.output($0), by: outputGradient) },
      at: input.doubles)
    #expect(error < 1e-5)
  }

  @Test(
    "The gradient from the logits to the input of any unit agrees with numeric differences",
    arguments: 1...4)
  func tailGradient(first: Int) throws {
    let network = tinyResNet(seed: 6).foldingBatchNorm()
    let tail = network[units: first..<network.units.count]
    let shapes: [Shape] = [[2, 8, 8, 8], [2, 8, 8, 8], [2, 16, 4, 4], [2, 32, 2, 2]]
    var features = randomTensor(shapes[first - 1], seed: 7)
    features.relu()
    let trace = tail.trace(features)
    let weights = randomTensor(trace.output.shape, seed: 8)
    let gradient = try #require(
      tail.backward(trace, outputGradient: weights, wantsInputGradient: true))
    let reference = ReferenceGraph(tail, inputShape: features.shape)
    let error = differenceError(
      of: gradient, from: { weighted(reference.output($0), by: weights) }, at: features.doubles,
      every: 11, step: 1e-6)
    #expect(gradient.shape == features.shape)
    #expect(error < 1e-5)
  }

  @Test("Weight gradients are the same without the input's gradient", arguments: BlockCase.all)
  func noInputGradient(_ trial: BlockCase) {
    let trace = trial.block.trace(input)
    let outputGradient = randomTensor(trace.output.shape, seed: 42)
    var visited: [[Int]] = []
    var gradients: [[Tensor]] = []
    for wantsInputGradient in [false, true] {
      var nodes: [Int] = []
      var ofLayers: [Tensor] = []
      let inputGradient = trial.block.backward(
        trace, outputGradient: outputGradient, wantsInputGradient: wantsInputGradient,
        visit: { node, gradient in
          nodes.append(node)
          if case .convolution = trial.block.nodes[node].operation { ofLayers.append(gradient) }
        })
      #expect((inputGradient != nil) == wantsInputGradient)
      visited.append(nodes)
      gradients.append(ofLayers)
    }
    #expect(gradients[0] == gradients[1] && gradients[0].count == trial.block.layers.count)
    #expect(visited.allSatisfy { $0 == $0.sorted(by: >) && Set($0).count == $0.count })
    #expect(visited[1] == trial.block.nodes.indices.dropFirst().reversed())
  }
}
