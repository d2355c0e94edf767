import Foundation
import MixQuantKit
import Testing

/// Plans of allocators that need no images.
@Suite struct PlanTests {
  private let model: FullPrecisionModel

  init() throws { model = try FullPrecisionModel(contentsOf: Pictures.model) }

  @Test("Every allocator's plan is within its budget", arguments: Plan.Allocator.allCases)
  func budgets(allocator: Plan.Allocator) throws {
    let train = try Pictures(count: 16, seed: 3)
    let images = try CalibrationImages(folder: train.folder, for: model, count: 2)
    let bytes = try model.quantized(
      to: .uniform(4, for: model), with: Recipe(method: .nearest), on: images
    ).byteCount
    let plan = try Plan.allocated(by: allocator, within: .byteCount(bytes), for: model)
    let packed = try model.quantized(to: plan, with: Recipe(method: .nearest), on: images)
    #expect(packed.byteCount <= bytes && packed.byteCount > bytes / 2)
    #expect(plan.widths["conv1"] == 8 && plan.widths["linear"] == 8)
  }

  @Test("MixQuant is the allocator unless another is chosen")
  func mixQuant() throws {
    let plan = try Plan.allocated(within: .averageBits(3), for: model)
    #expect(try plan == .mixQuant(averageBits: 3, for: model))
    #expect(try plan != Plan.allocated(by: .twoWidth, within: .averageBits(3), for: model))
  }

  @Test("Pins fix the layers that their patterns match, and later pins override earlier ones")
  func pins() throws {
    let plan = try Plan.allocated(
      by: .uniform, within: .averageBits(3), for: model, lastBits: 6,
      pins: ["layer3.*": 4, "layer3.0.conv?": 5, "conv1": 7], candidates: [2, 3])
    #expect(plan.widths["conv1"] == 7 && plan.widths["linear"] == 6)
    #expect(plan.widths["layer3.0.conv1"] == 5 && plan.widths["layer3.1.conv2"] == 4)
    #expect(plan.widths["layer1.0.conv1"] == 3)
  }

  @Test("The seed decides a random plan")
  func seeds() throws {
    func plan(_ seed: UInt64) throws -> Plan {
      try .allocated(by: .random, within: .averageBits(4), for: model, seed: seed)
    }
    #expect(try plan(1) == plan(1))
    #expect(try plan(1) != plan(2))
  }

  @Test("Impossible plans are refused with the reason")
  func refusals() throws {
    func reason(_ plan: () throws -> Plan) -> String? {
      let error = #expect(throws: MixQuantError.self) { try plan() }
      #expect(error?.kind == .usage)
      return error?.description
    }
    let budget = Plan.Budget.averageBits(3)
    #expect(
      reason { try .allocated(within: .averageBits(9), for: model) }?.contains("2 to 8") == true)
    #expect(
      reason { try .allocated(within: .byteCount(100), for: model) }?.contains("bytes") == true)
    #expect(reason { try .uniform(4, for: model, lastBits: 1) }?.contains("2 to 8") == true)
    #expect(
      reason { try .allocated(within: budget, for: model, pins: ["head": 8]) }?
        .contains("no layer") == true)
    #expect(
      reason { try .allocated(within: budget, for: model, pins: ["linear": 0]) }?
        .contains("2 to 8") == true)
    #expect(
      reason { try .allocated(within: budget, for: model, candidates: []) }?
        .contains("candidates") == true)
    #expect(
      reason { try .allocated(within: budget, for: model, pins: ["*": 4]) }?
        .contains("nothing is left") == true)
  }
}
