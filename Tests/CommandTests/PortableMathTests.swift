import Execution
import Foundation
import TestSupport
import Testing

@Suite("Portable math")
struct PortableMathTests {
  /// Settings whose results depend on sums in floating point.
  private static let settings = [
    ["--method", "gptq"],
    ["--method", "gptq", "--activation-bits", "4", "--target-bits", "3"],
    [
      "--method", "brecq", "--steps", "4", "--batch", "5", "--activation-bits", "4",
      "--activation-steps", "3", "--loss", "fisher",
    ],
  ]

  @Test("Every family, every number of threads and every BLAS give one packed file")
  func families() throws {
    for setting in Self.settings {
      try withWorkplace { place in
        var files: Set<Data> = []
        let families = KernelFamily.allCases.filter { $0 <= .widest }.map(\.rawValue)
        for (index, family) in families.enumerated() {
          let run = try place.mixq(
            [
              "quantize", "shapes.safetensors", "--calibration", "calibration", "--portable-math",
              "--calibration-images", "10", "--output", "packed-\(family)", "--quiet",
              "--threads", "\(index + 1)",
            ] + setting, environment: ["MIXQ_ISA": family, "OPENBLAS_CORETYPE": "Nehalem"])
          #expect(run.code == 0, "\(family): \(run.errors)")
          files.insert(try place.contents("packed-\(family)"))
        }
        #expect(files.count == 1, "\(setting)")
      }
    }
  }

  @Test("Logits in floating point are equal with every family")
  func logits() throws {
    try withWorkplace { place in
      var tables: Set<Data> = []
      for family in KernelFamily.allCases.filter({ $0 <= .widest }) {
        let name = "\(family).tsv"
        let run = try place.mixq(
          [
            "evaluate", "shapes.safetensors", "--data", "evaluation", "--portable-math",
            "--predictions", name,
          ], environment: ["MIXQ_ISA": family.rawValue])
        #expect(run.code == 0, "\(run.errors)")
        tables.insert(try place.contents(name))
      }
      #expect(tables.count == 1)
    }
  }

  @Test("A packed file records it")
  func provenance() throws {
    try withWorkplace { place in
      let run = try place.mixq(
        "quantize", "shapes.safetensors", "--calibration", "calibration", "--method", "gptq",
        "--calibration-images", "20", "--output", "packed", "--portable-math", "--quiet")
      #expect(run.code == 0, "\(run.errors)")
      let inspection = try place.mixq("inspect", "packed")
      #expect(inspection.output.contains("portable math"), "\(inspection.output)")
    }
  }
}
