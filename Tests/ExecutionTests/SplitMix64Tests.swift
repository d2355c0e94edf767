import Execution
import Testing

@Suite("The seeded generator")
struct SplitMix64Tests {
  @Test("It gives the numbers of the reference implementation")
  func referenceValues() {
    var generator = SplitMix64(seed: 1_234_567)
    let values = (0..<5).map { _ in generator.next() }
    #expect(
      values == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
        4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
      ])
  }

  @Test("Uniform numbers stay inside their range and have its mean", arguments: [1, 2, 3])
  func uniform(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let values = (0..<20_000).map { _ in generator.uniform(-1..<3) }
    #expect(values.allSatisfy { (-1..<3).contains($0) })
    #expect(abs(values.reduce(0, +) / 20_000 - 1) < 0.05)
  }

  @Test("Indices cover 0..<bound evenly")
  func indices() {
    var generator = SplitMix64(seed: 4)
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<14_000 { counts[generator.index(below: 7)] += 1 }
    #expect(counts.allSatisfy { abs($0 - 2000) < 250 })
  }

  @Test("Normal numbers have mean 0 and variance 1", arguments: [5, 6])
  func normal(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let values = (0..<20_000).map { _ in generator.normal() }
    let mean = values.reduce(0, +) / 20_000
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
    #expect(abs(mean) < 0.03)
    #expect(abs(variance - 1) < 0.05)
  }

  @Test("A sample has no index twice; a whole one is a permutation", arguments: [7, 8, 9])
  func sample(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let some = generator.sample(40, of: 100)
    #expect(some.count == 40)
    #expect(Set(some).count == 40)
    #expect(some.allSatisfy { (0..<100).contains($0) })
    #expect(generator.sample(100, of: 100).sorted() == Array(0..<100))
  }

  @Test("The same seed gives the same sample, another seed another one")
  func seeds() {
    func sample(_ seed: UInt64) -> [Int] {
      var generator = SplitMix64(seed: seed)
      return generator.sample(20, of: 50)
    }
    #expect(sample(1) == sample(1))
    #expect(sample(1) != sample(2))
  }
}
