import Reconstruction
import Testing

@Suite("Cosine rate")
struct CosineRateTests {
  /// The expected rates are those of PyTorch's `CosineAnnealingLR(optimizer, T_max=500)` from 4e-4.
  @Test("The cosine agrees with PyTorch's scheduler from the initial rate to just above zero")
  func cosine() {
    let expected: [(step: Int, rate: Double)] = [
      (1, 0.0004), (2, 0.0003999960521712274), (126, 0.00034142135623730946), (251, 0.0002),
      (500, 3.94782877257693e-09),
    ]
    for (step, rate) in expected {
      #expect(abs(Double(cosineRate(4e-4, step: step, of: 500)) / rate - 1) < 1e-6)
    }
    #expect(cosineRate(0.01, step: 1, of: 1) == 0.01)
  }

  @Test("The rate falls at every step")
  func falling() {
    let rates = (1...200).map { cosineRate(1, step: $0, of: 200) }
    #expect(zip(rates, rates.dropFirst()).allSatisfy { $0 > $1 })
    #expect(rates.allSatisfy { $0 > 0 })
  }

  @Test("A late cosine keeps the rate, then falls towards its floor")
  func late() {
    let rates = (1...100).map { cosineRate(2, step: $0, of: 100, after: 0.5, to: 0.1) }
    #expect(rates[...50].allSatisfy { $0 == 2 })
    #expect(zip(rates[50...], rates[51...]).allSatisfy { $0 > $1 })
    #expect(abs(rates[75] - 1.1) < 1e-6)
    #expect(rates[99] > 0.2 && rates[99] < 0.21)
    #expect(cosineRate(2, step: 100, of: 100, after: 1) == 2)
  }
}
