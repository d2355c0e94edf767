import Execution
import Foundation
import Testing

@Suite("Kernel families, by MIXQ_ISA")
struct KernelFamilyTests {
  @Test("Every family that the processor has classifies alike")
  func families() throws {
    try withWorkplace { place in
      let families = KernelFamily.allCases.filter { $0 <= .widest }
      let scores = try families.map { family in
        let run = try place.mixq(
          ["evaluate", "shapes.safetensors", "--data", "evaluation", "--json", "--quiet"],
          environment: ["MIXQ_ISA": family.rawValue])
        #expect(run.code == 0, "\(family): \(run.errors)")
        return try #require(run.json()["top1"] as? Double)
      }
      #expect(scores.allSatisfy { $0 == scores[0] })
    }
  }

  @Test("A name that is no family is refused", arguments: ["sse", ""])
  func unknown(name: String) throws {
    try withWorkplace { place in
      let run = try place.mixq(
        ["inspect", "shapes.safetensors"], environment: ["MIXQ_ISA": name])
      #expect(run.code == 64 && run.output.isEmpty)
      #expect(run.errors.contains("MIXQ_ISA") && run.errors.contains("portable"))
    }
  }
}
