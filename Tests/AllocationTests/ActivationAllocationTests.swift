import Allocation
import Execution
import Files
import Graphs
import MixQuant
import Quantization
import TestSupport
import Testing

@Suite("Widths of activations")
struct ActivationAllocationTests {
  /// The inputs of six layers: the image, or one of three sites, of which two are read twice.
  static let inputs: [Site?] = [nil, "a", "a", "b", "b", "c"]

  @Test("The least sum within a shared budget agrees with brute force", arguments: 0..<20)
  func sharedBudget(seed: UInt64) throws {
    let (errors, choices, perWeightBit) = instance(seed: seed)
    var generator = SplitMix64(seed: seed)
    let narrowest = 2 * perWeightBit[0] + perWeightBit.dropFirst().reduce(0) { $0 + 4 * $1 }
    let limit = narrowest * (1 + generator.index(below: 8)) + generator.index(below: 1000)
    let task = try AllocationTask(
      model: errors.model, layers: errors.layers, activations: choices,
      budget: .bitOperations(limit, perWeightBit: perWeightBit, inputs: Self.inputs),
      candidates: [2, 3, 6])
    let plan = try task.leastSum(of: errors)
    #expect(task.budget.holds(plan, granularity: .perTensor))

    let all = task.choices.reduce([[BitWidth]]([[]])) { heads, widths in
      heads.flatMap { head in widths.map { head + [$0] } }
    }
    func used(_ widths: [BitWidth]) -> Int {
      let rows = ["a": 6, "b": 7, "c": 8]
      return Self.inputs.enumerated().reduce(0) { sum, layer in
        let inputBits = layer.element.flatMap { rows[$0] }.map { widths[$0].bits } ?? 1
        return sum + perWeightBit[layer.offset] * widths[layer.offset].bits * inputBits
      }
    }
    func loss(_ widths: [BitWidth]) -> Double {
      widths.enumerated().reduce(0) { $0 + errors[$1.offset, $1.element] }
    }
    let least = try #require(all.filter { used($0) <= limit }.map(loss).min())
    let chosen = plan.bitWidths + plan.activations.map(\.bitWidth)
    #expect(used(chosen) <= limit && abs(loss(chosen) / least - 1) < 1e-9)
  }

  @Test("In a deep network, no allocator has a smaller sum than the least sum", arguments: 0..<3)
  func deep(seed: UInt64) throws {
    let rows = randomErrorTable(layers: 54 + 49, seed: seed)
    let sites = rows.layers[54...].map {
      SiteSize(site: $0.name, elementCount: $0.weightCount)
    }
    let errors = ErrorTable(
      model: "deep", quantity: .divergence, layers: Array(rows.layers[..<54]), sites: sites,
      values: (0..<103).map { row in BitWidth.all.map { rows[row, $0] } })
    // As in a ResNet-50, four sites are read by two layers.
    let inputs = [nil] + (0..<49).map { sites[$0].site } + [0, 10, 23, 42].map { sites[$0].site }
    let perWeightBit = rows.layers[..<54].map { 100_003 * $0.weightCount }
    let budget = BitBudget.bitOperations(
      14 * perWeightBit.reduce(0, +), perWeightBit: perWeightBit, inputs: inputs)
    let task = try AllocationTask(
      model: "deep", layers: errors.layers,
      activations: ActivationChoices(sites: sites, candidates: [4, 6, 8]), budget: budget)
    func sum(_ plan: BitPlan) -> Double {
      (plan.bitWidths + plan.activations.map(\.bitWidth)).enumerated().reduce(0) {
        $0 + errors[$1.offset, $1.element]
      }
    }
    let least = try task.leastSum(of: errors)
    #expect(budget.holds(least, granularity: .perTensor))
    for allocator in Allocator.allCases where allocator.plansActivations {
      #expect(sum(least) <= sum(try allocator.allocate(task, errors: errors)))
    }
  }

  @Test(
    "Every allocator except the paper's respects a shared budget, pins and candidates",
    arguments: Allocator.allCases.filter(\.plansActivations), 0..<4)
  func allocators(allocator: Allocator, seed: UInt64) throws {
    var (errors, choices, perWeightBit) = instance(seed: seed)
    choices = ActivationChoices(
      sites: choices.sites, pinned: ["b": 7], candidates: choices.candidates)
    let budget = BitBudget.bitOperations(
      12 * perWeightBit.reduce(0, +), perWeightBit: perWeightBit, inputs: Self.inputs)
    let task = try AllocationTask(
      model: errors.model, layers: errors.layers, activations: choices, budget: budget,
      pinned: ["layer2": 5], candidates: [2, 4, 8])
    let plan = try allocator.allocate(task, errors: errors, seed: 3)
    #expect(budget.holds(plan, granularity: .perChannel))
    #expect(plan.bitWidths[2] == 5 && plan.activationBitWidths["b"] == 7)
    #expect(plan.activations.allSatisfy { $0.site == "b" || [2, 4, 8].contains($0.bitWidth) })
    #expect(plan.activations.map(\.site) == ["a", "b", "c"])
    #expect(try allocator.allocate(task, errors: errors, seed: 3) == plan)
  }

  @Test(
    "An average of activations counts the elements of sites that are not pinned",
    arguments: Allocator.allCases.filter(\.plansActivations), [4.0, 5, 6.7])
  func average(allocator: Allocator, bits: Double) throws {
    let (errors, _, _) = instance(seed: 5)
    let sites = errors.sites
    let ofSites = ErrorTable(
      model: errors.model, quantity: .divergence, layers: [], sites: sites,
      values: sites.indices.map { site in BitWidth.all.map { errors[6 + site, $0] } })
    let choices = ActivationChoices(sites: sites, pinned: ["a": 8], candidates: [4, 6, 8])
    let task = try AllocationTask(
      model: errors.model, layers: [], activations: choices, budget: .averageBits(bits))
    let plan = try allocator.allocate(task, errors: ofSites)
    #expect(plan.averageActivationBits { $0 != "a" } <= bits)
    #expect(plan.activationBitWidths["a"] == 8 && plan.bitWidths.isEmpty)
  }

  @Test("Uniform gives all rows the widest width that fits, or their next narrower candidate")
  func uniform() throws {
    let (errors, choices, perWeightBit) = instance(seed: 1)
    func plan(_ limit: Int) throws -> BitPlan {
      try AllocationTask(
        model: errors.model, layers: errors.layers,
        activations: ActivationChoices(sites: choices.sites, candidates: [4, 8]),
        budget: .bitOperations(limit, perWeightBit: perWeightBit, inputs: Self.inputs)
      ).uniform
    }
    // The first layer reads no site.
    let operations = 6 * perWeightBit[0] + 6 * 4 * perWeightBit.dropFirst().reduce(0, +)
    let wide = try plan(operations)
    #expect(wide.bitWidths.allSatisfy { $0 == 6 })
    #expect(wide.activations.allSatisfy { $0.bitWidth == 4 })
    #expect(try plan(operations - 1).bitWidths.allSatisfy { $0 == 5 })
  }

  @Test("A target below the narrowest plan is a usage error that states the bits it needs")
  func tooSmall() {
    let sites = instance(seed: 2).errors.sites
    let error = #expect(throws: InputError.self) {
      try AllocationTask(
        model: "m", layers: [],
        activations: ActivationChoices(sites: sites, candidates: [4, 6, 8]),
        budget: .averageBits(3))
    }
    #expect(error?.kind == .usage && error?.what == "cannot plan bit-widths of activations")
    #expect(error?.reason == "the narrowest plan needs 4.0 bits")
  }

  @Test("An error that is not a number is refused with the site's name")
  func notANumber() throws {
    let sites = [SiteSize(site: "layer1.0", elementCount: 10)]
    let errors = ErrorTable(
      model: "m", quantity: .divergence, layers: [], sites: sites,
      values: [[3, 2, .nan, 1, 1, 1, 1]])
    let task = try AllocationTask(
      model: "m", layers: [], activations: ActivationChoices(sites: sites),
      budget: .averageBits(4))
    let error = #expect(throws: InputError.self) { try task.leastSum(of: errors) }
    #expect(error?.kind == .badData && error?.place == "activations at layer1.0")
  }

  /// Returns errors of six layers and three sites, and the costs of one bit of the layers' weights.
  private func instance(
    seed: UInt64
  ) -> (errors: ErrorTable, choices: ActivationChoices, perWeightBit: [Int]) {
    let rows = randomErrorTable(layers: 9, seed: seed)
    let sites = zip(["a", "b", "c"], rows.layers[6...]).map {
      SiteSize(site: $0, elementCount: $1.weightCount)
    }
    let errors = ErrorTable(
      model: rows.model, quantity: .divergence, layers: Array(rows.layers[..<6]), sites: sites,
      values: (0..<9).map { row in BitWidth.all.map { rows[row, $0] } })
    return (
      errors, ActivationChoices(sites: sites, candidates: [2, 4, 8]),
      rows.layers[..<6].map(\.weightCount)
    )
  }
}
