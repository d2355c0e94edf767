import Execution
import Quantization
import Tensors
import TestSupport
import Testing

@Suite("The factor of GPTQ")
struct GPTQFactorTests {
  @Test("Solved rows times the matrix give the original rows", arguments: [1, 7, 130])
  func solved(size: Int) throws {
    var matrix = correlatedGram(size, count: 2 * size + 2, seed: 1)
    for index in 0..<size { matrix.scalars[index * (size + 1)] += 0.1 }
    let factor = try #require(GPTQFactor(of: matrix))
    let rows = randomTensor([70, size], seed: 2)
    let solution = factor.solved(rows, context: Context(threads: 2))
    #expect(factor.solved(rows) == solution)
    #expect(relativeError(solution.multiplied(by: matrix).scalars, rows.doubles) < 1e-4)
  }

  @Test("A matrix that is not positive definite has no factor")
  func indefinite() {
    #expect(GPTQFactor(of: Tensor(shape: [2, 2], scalars: [1, 2, 2, 1])) == nil)
  }
}
