import Checkpoints
import MixQuant
import Networks
import Quantization
import TestSupport
import Testing

/// Bit lists of trained weights, which an independent script measured first; no layer is pinned.
@Suite(.needsSharedFiles) struct PublishedListsTests {
  private func errors(_ file: String, _ metric: ErrorMetric) throws -> ErrorTable {
    let checkpoint = try Checkpoint.read(SharedFiles.url("models/\(file)"))
    return ErrorTable.roundoff(of: try buildNetwork(checkpoint.stateDict).network, metric: metric)
  }

  private func bits(_ errors: ErrorTable, _ multiplier: Double) -> String {
    BitWidthSearch.assign(errors, multiplier: multiplier).bitWidths.map(\.description).joined()
  }

  @Test("Relative errors of ResNet-18 need multipliers like those of the paper")
  func resNet18Relative() throws {
    let errors = try errors("resnet18-imagenette.pth", .relative)
    #expect(errors.layers.count == 21)
    #expect(bits(errors, 2) == String(repeating: "7", count: 21))
    #expect(bits(errors, 3) == "6" + String(repeating: "7", count: 19) + "6")
    #expect(bits(errors, 3.5) == String(repeating: "6", count: 21))
    #expect(bits(errors, 8) == "4" + String(repeating: "5", count: 20))
  }

  @Test("Mean squares keep ResNet-18 at 8 bits up to 3.5, and root mean squares at 7 bits at 3")
  func resNet18Squares() throws {
    let squares = try errors("resnet18-imagenette.pth", .mse)
    #expect(bits(squares, 3.5) == String(repeating: "8", count: 21))
    #expect(bits(squares, 8) == String(repeating: "7", count: 21))
    let roots = try errors("resnet18-imagenette.pth", .rmse)
    #expect(bits(roots, 3) == String(repeating: "7", count: 21))
    #expect(bits(roots, 8) == String(repeating: "6", count: 21))
  }

  @Test(
    "The lists of ResNet-20 differ between layers",
    arguments: [
      (2, "65567667766777767777", 6.73), (3, "54457557655666656667", 5.76),
      (8, "22225225423444333445", 3.42),
    ])
  func resNet20(multiplier: Double, list: String, average: Double) throws {
    let errors = try errors("resnet20-cifar10.th", .relative)
    #expect(bits(errors, multiplier) == list)
    let plan = BitWidthSearch.assign(errors, multiplier: multiplier)
    #expect(abs(plan.averageBits() - average) < 0.005)
  }
}
