import Foundation
import Graphs
import Quantization
import TestSupport
import Testing

@Suite struct BitPlanTests {
  let network = tinyResNet(seed: 1)

  @Test("Uniform plans keep the first and the last layer at their own widths")
  func uniform() {
    let plan = BitPlan.uniform(3, network: network)
    #expect(plan.bitWidths.first == 8)
    #expect(plan.bitWidths.last == 8)
    #expect(plan.bitWidths.dropFirst().dropLast().allSatisfy { $0 == 3 })
    #expect(plan.averageBits(.inner) == 3)
    let low = BitRules(firstBits: 3, lastBits: 3)
    #expect(BitPlan.uniform(3, network: network, rules: low).averageBits() == 3)
  }

  @Test("Average bits weigh layers by their weights")
  func averages() {
    let layers = [
      WeightLayer(name: "conv1", role: .first, weightCount: 100, outputChannels: 10),
      WeightLayer(name: "a", role: .inner, weightCount: 300, outputChannels: 10),
      WeightLayer(name: "b", role: .inner, weightCount: 600, outputChannels: 10),
    ]
    let plan = BitPlan(model: "m", rule: "r", layers: layers, bitWidths: [8, 4, 2])
    #expect(plan.averageBits(.inner) == Double(300 * 4 + 600 * 2) / 900)
    #expect(plan.averageBits() == Double(800 + 1200 + 1200) / 1000)
    #expect(plan.averageBits(.last) == 0)
    // The codes have 100 + 150 + 150 bytes, a grid has 5 bytes and a bias 4.
    #expect(plan.payloadBytes(granularity: .perChannel) == 400 + 30 * 5 + 30 * 4)
    #expect(plan.payloadBytes(granularity: .perTensor) == 400 + 3 * 5 + 30 * 4)
  }

  @Test("A plan's payload is that of the quantized tensors", arguments: Granularity.allCases)
  func payload(granularity: Granularity) {
    let folded = network.foldingBatchNorm()
    let plan = BitPlan.everyWidth(network)
    var quantizer = WeightQuantizer.brecq
    quantizer.granularity = granularity
    let quantized = QuantizedNetwork.quantizing(folded, plan: plan, quantizer: quantizer)
    let biases = folded.layers.reduce(0) { $0 + 4 * ($1.bias?.count ?? 0) }
    #expect(
      plan.payloadBytes(granularity: granularity)
        == quantized.weights.reduce(biases) { $0 + $1.payloadBytes })
  }

  @Test("A plan survives the packed file's JSON, which has no empty list of activations")
  func coding() throws {
    var plan = BitPlan.everyWidth(network)
    for activations in [[], [PlannedActivations(site: "conv1", elementCount: 5, bitWidth: 6)]] {
      plan.activations = activations
      let data = try JSONEncoder().encode(plan)
      #expect(try JSONDecoder().decode(BitPlan.self, from: data) == plan)
      let text = String(decoding: data, as: UTF8.self)
      #expect(text.contains("activations") == !activations.isEmpty)
    }
  }

  @Test("Average bits of activations weigh sites by their elements")
  func activationAverages() {
    var plan = BitPlan(model: "m", rule: "r", layers: [], bitWidths: [])
    #expect(plan.averageActivationBits() == 0)
    plan.activations = [("a", 100, 8), ("b", 300, 4), ("c", 600, 2)].map {
      PlannedActivations(
        site: $0.0, elementCount: $0.1, bitWidth: BitWidth(integerLiteral: $0.2))
    }
    #expect(plan.averageActivationBits() == 3.2)
    #expect(plan.averageActivationBits { $0 != "a" } == Double(300 * 4 + 600 * 2) / 900)
    #expect(plan.activationBitWidths == ["a": 8, "b": 4, "c": 2])
  }
}

extension BitPlan {
  /// Returns a plan with 2, 3, … 8, 2, 3, … bits in module order.
  static func everyWidth(_ network: Graph) -> BitPlan {
    var plan = uniform(2, network: network)
    for index in plan.bitWidths.indices { plan.bitWidths[index] = BitWidth.all[index % 7] }
    return plan
  }
}
