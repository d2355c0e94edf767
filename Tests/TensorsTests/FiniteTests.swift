import Tensors
import Testing

@Suite("Finite scalars")
struct FiniteTests {
  @Test("The first scalar that is not finite is found")
  func nonFinite() {
    let fine: [Float] = [0, -0.0, .greatestFiniteMagnitude, -.leastNonzeroMagnitude]
    #expect(Tensor(shape: [4], scalars: fine).firstNonFinite == nil)
    for value in [Float.nan, .infinity, -.infinity, .signalingNaN] {
      #expect(Tensor(shape: [6], scalars: fine + [value, value]).firstNonFinite == 4)
    }
  }
}
