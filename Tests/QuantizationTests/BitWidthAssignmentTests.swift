import Foundation
import Networks
import Quantization
import Tensors
import TestSupport
import Testing

@Suite struct BitWidthAssignmentTests {
  let network = tinyResNet(seed: 1)

  @Test("uniform plans keep the stem and the head at their own widths")
  func uniform() {
    let plan = BitWidthAssignment.uniform(3, network: network)
    #expect(plan.bitWidths.first == 8)
    #expect(plan.bitWidths.last == 8)
    #expect(plan.bitWidths.dropFirst().dropLast().allSatisfy { $0 == 3 })
    #expect(plan.averageBits(.body) == 3)
    let low = BitRules(stemBits: 3, headBits: 3)
    #expect(BitWidthAssignment.uniform(3, network: network, rules: low).averageBits() == 3)
  }

  @Test("average bits weigh layers by their weights")
  func averages() {
    let layers = [
      WeightLayer(name: "conv1", role: .stem, weightCount: 100, outputChannels: 10),
      WeightLayer(name: "a", role: .body, weightCount: 300, outputChannels: 10),
      WeightLayer(name: "b", role: .body, weightCount: 600, outputChannels: 10),
    ]
    let plan = BitWidthAssignment(model: "m", rule: "r", layers: layers, bitWidths: [8, 4, 2])
    #expect(plan.averageBits(.body) == Double(300 * 4 + 600 * 2) / 900)
    #expect(plan.averageBits() == Double(800 + 1200 + 1200) / 1000)
    #expect(plan.averageBits(.head) == 0)
    // codes 100 + 150 + 150 bytes; 5 bytes a grid and 4 a bias
    #expect(plan.payloadBytes(granularity: .perChannel) == 400 + 30 * 5 + 30 * 4)
    #expect(plan.payloadBytes(granularity: .perTensor) == 400 + 3 * 5 + 30 * 4)
  }

  @Test("a plan's payload is that of the tensors it leads to", arguments: Granularity.allCases)
  func payload(granularity: Granularity) throws {
    let folded = network.foldingBatchNorm()
    let plan = try BitWidthAssignment.twoWidth(averageBits: 3.4, network: network)
    var quantizer = WeightQuantizer.brecq
    quantizer.granularity = granularity
    let quantized = QuantizedNetwork.quantizing(folded, plan: plan, quantizer: quantizer)
    let biases = folded.layers.reduce(0) { $0 + 4 * ($1.bias?.count ?? 0) }
    #expect(
      plan.payloadBytes(granularity: granularity)
        == quantized.weights.reduce(biases) { $0 + $1.payloadBytes })
  }

  @Test("a whole average gives the uniform plan", arguments: BitWidth.all)
  func wholeAverage(bitWidth: BitWidth) throws {
    let plan = try BitWidthAssignment.twoWidth(
      averageBits: Double(bitWidth.bits), network: network)
    #expect(plan == .uniform(bitWidth, network: network))
  }

  @Test(
    "a two-width plan is within its average, raised in order, and no raise is left that fits",
    arguments: [2.1, 2.5, 2.9, 3.3, 6.75, 7.5])
  func twoWidth(average: Double) throws {
    let plan = try BitWidthAssignment.twoWidth(averageBits: average, network: network)
    let floor = BitWidth(integerLiteral: Int(average))
    let body = plan.layers.indices.filter { plan.layers[$0].role == .body }
    #expect(plan.averageBits(.body) <= average)
    #expect(body.allSatisfy { [floor, floor.wider].contains(plan.bitWidths[$0]) })
    for index in body where plan.bitWidths[index] == floor {
      var raised = plan
      raised.bitWidths[index] = floor.wider ?? floor
      #expect(raised.averageBits(.body) > average)
      // nor did it fit when its turn came, before any later layer was raised
      for later in body where later > index { raised.bitWidths[later] = floor }
      #expect(raised.averageBits(.body) > average)
    }
  }

  @Test("averages outside 2 to 8 bits are refused", arguments: [1.9, 8.1, -1, .nan, .infinity])
  func refusedAverages(average: Double) {
    #expect(throws: InputError.self) {
      try BitWidthAssignment.twoWidth(averageBits: average, network: network)
    }
  }

  @Test("a plan survives the packed file's JSON, which names activations only where it has some")
  func coding() throws {
    var plan = try BitWidthAssignment.twoWidth(averageBits: 2.5, network: network)
    for activations in [[], [PlannedActivations(site: "conv1", elementCount: 5, bitWidth: 6)]] {
      plan.activations = activations
      let data = try JSONEncoder().encode(plan)
      #expect(try JSONDecoder().decode(BitWidthAssignment.self, from: data) == plan)
      let text = String(decoding: data, as: UTF8.self)
      #expect(text.contains("activations") == !activations.isEmpty)
    }
  }

  @Test("average bits of activations weigh sites by their elements")
  func activationAverages() {
    var plan = BitWidthAssignment(model: "m", rule: "r", layers: [], bitWidths: [])
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
