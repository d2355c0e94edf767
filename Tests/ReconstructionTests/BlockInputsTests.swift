import Reconstruction
import Tensors
import Testing

@Suite("Inputs carried from unit to unit")
struct BlockInputsTests {
  @Test("Pooling takes the mean of every plane, of both networks' maps")
  func pooled() {
    let maps = Tensor(shape: [1, 2, 1, 2], scalars: [1, 3, -2, 6])
    let negated = Tensor(shape: maps.shape, scalars: maps.scalars.map { -$0 })
    let inputs = BlockInputs(
      fullPrecision: ActivationCache(maps), quantized: ActivationCache(negated))
    inputs.pool()
    #expect(inputs.fullPrecision[rows: 0..<1] == Tensor(shape: [1, 2, 1, 1], scalars: [2, 2]))
    #expect(inputs.quantized[rows: 0..<1] == Tensor(shape: [1, 2, 1, 1], scalars: [-2, -2]))
  }
}
