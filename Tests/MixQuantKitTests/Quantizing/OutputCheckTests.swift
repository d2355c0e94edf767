import Tensors
import Testing

@testable import MixQuantKit

@Suite("Output check")
struct OutputCheckTests {
  private let logits = Tensor(shape: [2, 3], scalars: [1, 2, 3, -1, 0, 1])

  @Test("Equal logits give no warning")
  func equal() {
    let check = OutputCheck(fullPrecision: logits, quantized: logits)
    #expect(check.noise == 0 && check.warnings.isEmpty)
  }

  @Test("An error above the variance of the logits is a warning with its size")
  func diverged() {
    let far = Tensor(shape: [2, 3], scalars: [9, -9, 9, -9, 9, -9])
    let check = OutputCheck(fullPrecision: logits, quantized: far)
    #expect(check.noise > 1)
    #expect(check.warnings.count == 1 && check.warnings[0].contains("times their variance"))
  }

  @Test("Images with the same logits are a warning")
  func alike() {
    let alike = Tensor(shape: [2, 3], scalars: [1, 2, 3, 1, 2, 3])
    let check = OutputCheck(fullPrecision: alike, quantized: alike)
    #expect(check.imagesAreAlike && check.warnings[0].contains("all alike"))
  }
}
