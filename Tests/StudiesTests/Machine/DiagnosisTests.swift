import Execution
import MixQuantKit
import Testing

@testable import Studies

@Suite("The diagnosis of a machine")
struct DiagnosisTests {
  private static let gibibyte = 1 << 30

  private func diagnosis(
    threads: Int = 4, free: Int = 8 * gibibyte, disk: Int = 8 * gibibyte,
    family: KernelFamily = .avx512, widest: KernelFamily = .avx512,
    environment: [String: String] = [:]
  ) -> Diagnosis {
    let machine = Machine(
      processor: "A processor", instructions: ["avx2"], cores: 4, memoryBytes: 16 * Self.gibibyte,
      availableBytes: free, freeDisk: [Machine.FreeDisk(folder: "/somewhere", bytes: disk)])
    return Diagnosis(
      machine: machine, build: .current, threads: threads, imagesPerSecond: 100, sgemmGflops: 200,
      family: family, widest: widest, environment: environment)
  }

  @Test("A good machine needs no advice")
  func good() {
    #expect(diagnosis().advice.isEmpty)
    #expect(diagnosis().text.contains("advice       none"))
    #expect(diagnosis().text.contains("memory       8.0 GiB free of 16.0 GiB"))
  }

  @Test("Each weakness has one line of advice that names its remedy")
  func weaknesses() {
    func only(_ diagnosis: Diagnosis, names remedy: String) {
      #expect(diagnosis.advice.count == 1)
      #expect(diagnosis.advice.first?.contains(remedy) == true)
    }
    only(diagnosis(threads: 8), names: "--threads 8")
    only(diagnosis(threads: 2), names: "2 cores without work")
    only(diagnosis(free: Self.gibibyte), names: "--max-memory")
    only(diagnosis(disk: Self.gibibyte / 2), names: "TMPDIR")
    only(diagnosis(family: .portable), names: "unset it")
    only(diagnosis(family: .avx2, widest: .avx2), names: "no AVX-512")
    only(diagnosis(environment: ["OPENBLAS_CORETYPE": "Haswell"]), names: "OPENBLAS_CORETYPE")
  }

  @Test("Values in the system's tables are found by the names of their lines")
  func fields() {
    let text = "processor\t: 0\nmodel name\t: Some: CPU\nflags\t\t: fpu avx2\nMemTotal:  2048 kB\n"
    #expect(Machine.field("model name", of: text) == "Some: CPU")
    #expect(Machine.field("MemTotal", of: text).flatMap(Machine.bytes) == 2048 * 1024)
    #expect(Machine.field("absent", of: text) == nil)
    #expect(Machine.current.cores > 0 && !Machine.current.freeDisk.isEmpty)
  }
}
