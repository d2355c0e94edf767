import Execution
import Graphs
import Synchronization
import Tensors
import TestSupport
import Testing

@Suite("Forward through a graph")
struct ExecutorTests {
  private static let networks = [tinyResNet(seed: 1), tinyBottleneckResNet(seed: 1)].flatMap {
    [$0, $0.foldingBatchNorm()]
  }
  private let input = randomTensor(BlockCase.inputShape, seed: 40)

  @Test("A block's output agrees with its definition", arguments: BlockCase.all, [false, true])
  func values(_ trial: BlockCase, hasActivations: Bool) {
    let reference = ReferenceGraph(
      trial.block, inputShape: BlockCase.inputShape,
      activation: hasActivations ? { LimitedActivations.reference($0, $1) } : nil)
    let output = trial.block(
      input, activations: hasActivations ? LimitedActivations.map : nil,
      context: Context(threads: 2))
    #expect(relativeError(output.scalars, reference.output(input.doubles)) < 1e-6)
  }

  @Test("A network's logits agree with its definition", arguments: networks)
  func network(_ network: Graph) {
    let images = randomTensor([1, 3, 19, 22], seed: 3)
    let expected = ReferenceGraph(network, inputShape: images.shape).output(images.doubles)
    #expect(relativeError(network.logits(images).scalars, expected) < 1e-5)
  }

  @Test("Fused ReLUs have the same bits as separate ones", arguments: BlockCase.all)
  func fusion(_ trial: BlockCase) {
    var values = [input]
    for node in trial.block.nodes.dropFirst() {
      values.append(node.operation.forward(node.inputs.map { values[$0] }, context: .serial))
    }
    #expect(trial.block(input) == values[values.count - 1])
  }

  @Test("Logits do not depend on the number of threads or on the other images of a batch")
  func independence() {
    for network in Self.networks {
      let images = randomTensor([5, 3, 32, 32], seed: 2)
      let logits = network.logits(images)
      #expect(logits.shape == [5, 10])
      #expect(network.logits(images, context: Context(threads: 3)) == logits)
      let third = network.logits(images[rows: 2..<3])
      #expect(relativeError(third.scalars, logits[rows: 2..<3].scalars) < 1e-5)
    }
  }

  @Test("Activation maps are called at every site in order, and their results are used")
  func activationMaps() {
    let network = tinyBottleneckResNet(seed: 3)
    let images = randomTensor([1, 3, 32, 32], seed: 4)
    let visited = Mutex<[Site]>([])
    let logits = network.logits(images) { site, tensor in
      visited.withLock { $0.append(site) }
      return tensor
    }
    #expect(visited.withLock { $0 } == network.sites)
    #expect(logits == network.logits(images))
    let silenced = network.logits(images) { _, tensor in Tensor(zeros: tensor.shape) }
    #expect(silenced.scalars == network.layers.last?.bias)
  }

  @Test("A value is freed after its last reader", arguments: BlockCase.all)
  func freedValues(_ trial: BlockCase) {
    var executor = Executor(trial.block, input: input)
    let readers = trial.block.readers
    for index in trial.block.nodes.indices.dropFirst() {
      executor.evaluate(index)
      for earlier in 0..<index where (readers[earlier].last ?? .max) <= index {
        // A node that is fused into its ReLU reads its inputs when the ReLU is evaluated.
        guard executor.values[index] != nil else { continue }
        #expect(executor.values[earlier] == nil, "node \(earlier) after node \(index)")
      }
    }
    #expect(executor.output == trial.block(input))
  }

  @Test("A computed value can be replaced")
  func replacement() {
    let block = BlockCase.all[0].block
    var executor = Executor(block, input: input)
    for index in block.nodes.indices.dropFirst() {
      executor.evaluate(index)
      if block.siteNodes.first == index, let value = executor.values[index] {
        executor.replace(index, by: Tensor(zeros: value.shape))
      }
    }
    let expected = block(input) { site, tensor in
      site == block.sites[0] ? Tensor(zeros: tensor.shape) : tensor
    }
    #expect(executor.output == expected && expected != block(input))
  }
}
