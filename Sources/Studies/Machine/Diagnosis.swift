package import Execution
import Foundation
package import MixQuantKit

/// The state of the machine and of the program on it, with advice.
package struct Diagnosis: Encodable, Sendable {
  package let machine: Machine
  package let build: Build
  package let threads: Int
  /// The images per second of a ResNet-18 with random weights at 224×224.
  package let imagesPerSecond: Double
  /// The rate of matrix products of the BLAS in GFLOP/s.
  package let sgemmGflops: Double
  package let advice: [String]

  /// Examines the machine, which takes about two seconds of computing.
  package init(context: Context) {
    let bench = InferenceBench(
      depth: 18, batch: 8, size: 224, runs: 3, isExact: false, seed: 0, context: context)()
    self.init(
      machine: .current, build: .current, threads: context.threads,
      imagesPerSecond: bench.imagesPerSecond, sgemmGflops: bench.peakGflops,
      family: .inUse, widest: .widest, environment: ProcessInfo.processInfo.environment)
  }

  init(
    machine: Machine, build: Build, threads: Int, imagesPerSecond: Double, sgemmGflops: Double,
    family: KernelFamily, widest: KernelFamily, environment: [String: String]
  ) {
    self.machine = machine
    self.build = build
    self.threads = threads
    self.imagesPerSecond = imagesPerSecond
    self.sgemmGflops = sgemmGflops
    advice = Self.advice(
      machine: machine, threads: threads, family: family, widest: widest, environment: environment)
  }
}

extension Diagnosis {
  private static let gibibyte = 1 << 30

  private static func advice(
    machine: Machine, threads: Int, family: KernelFamily, widest: KernelFamily,
    environment: [String: String]
  ) -> [String] {
    var advice: [String] = []
    if family < widest {
      advice.append(
        "MIXQ_ISA forces the \(family.rawValue) kernels; unset it to use the faster "
          + "\(widest.rawValue) kernels")
    } else if widest < .avx512 {
      advice.append(
        "the processor has no AVX-512, so networks run on plain kernels and OpenBLAS, which is "
          + "several times slower")
    }
    if threads > machine.cores {
      advice.append(
        "--threads \(threads) is more than the \(machine.cores) cores that the process may use; "
          + "leave it out")
    } else if threads < machine.cores {
      advice.append("--threads \(threads) leaves \(machine.cores - threads) cores without work")
    }
    if let core = environment["OPENBLAS_CORETYPE"] {
      advice.append(
        "OPENBLAS_CORETYPE=\(core) chooses the kernels of OpenBLAS; unset it if the rate of matrix "
          + "products is low")
    }
    if let available = machine.availableBytes, available < 2 * gibibyte {
      advice.append(
        "less than 2 GiB of memory is free; give quantize and compare a limit with --max-memory")
    }
    for disk in machine.freeDisk where disk.bytes < gibibyte {
      advice.append(
        "\(disk.folder) has less than 1 GiB free; set TMPDIR to a larger disk before --max-memory")
    }
    return advice
  }

  /// The diagnosis as lines of a name and a value.
  package var text: String {
    func size(_ bytes: Int?) -> String {
      bytes.map { String(format: "%.1f GiB", Double($0) / Double(Self.gibibyte)) } ?? "unknown"
    }
    let disks = machine.freeDisk.map { "disk         \(size($0.bytes)) free in \($0.folder)" }
    let lines = [
      "program      mixq \(build.version)",
      "processor    \(machine.processor ?? "unknown")",
      "instructions \(machine.instructions.joined(separator: " "))",
      "kernels      \(build.kernels)",
      "BLAS         \(build.blas)",
      "threads      \(threads) of \(machine.cores) cores",
      "memory       \(size(machine.availableBytes)) free of \(size(machine.memoryBytes))",
    ]
    let speed = String(
      format: "speed        ResNet-18 %.0f images/s, matrix products %.0f GFLOP/s", imagesPerSecond,
      sgemmGflops)
    let words =
      advice.isEmpty
      ? ["advice       none: everything is as it should be"]
      : advice.map { "advice       \($0)" }
    return (lines + disks + [speed] + words).joined(separator: "\n")
  }
}
