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

  @Test("A file with quantized activations has the same logits by every family and engine")
  func codes() throws {
    try withWorkplace { place in
      let quantized = try place.mixq(
        "quantize", "shapes.safetensors", "--calibration", "calibration", "--calibration-images",
        "20", "--method", "nearest", "--for", "speed", "--output", "packed", "--quiet")
      #expect(quantized.code == 0, "\(quantized.errors)")
      var tables: Set<Data> = []
      for family in KernelFamily.allCases.filter({ $0 <= .widest }) {
        for engine in ["integer", "float"] {
          let name = "\(family)-\(engine).tsv"
          let run = try place.mixq(
            [
              "evaluate", "packed", "--data", "evaluation", "--engine", engine, "--predictions",
              name,
            ], environment: ["MIXQ_ISA": family.rawValue])
          #expect(run.code == 0 && run.errors.contains("engine     \(engine) kernels"))
          tables.insert(try place.contents(name))
        }
      }
      #expect(tables.count == 1)
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
