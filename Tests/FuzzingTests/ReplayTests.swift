import Foundation
import Fuzzing
import Testing

@Suite("Damaged files")
struct ReplayTests {
  private static let names = FuzzTarget.all.map(\.name)

  private func target(_ name: String) throws -> FuzzTarget {
    try #require(FuzzTarget.all.first { $0.name == name })
  }

  @Test("Every file of the corpus is accepted or refused with an InputError", arguments: names)
  func replay(name: String) throws {
    let target = try target(name)
    for file in try target.corpus() { _ = try target.verdict(on: file) }
  }

  @Test("Sound files are accepted, or refused for a stated reason", arguments: names)
  func seeds(name: String) throws {
    let target = try target(name)
    for seed in try target.seeds() { _ = try target.verdict(on: seed) }
  }

  @Test("Two hundred damaged files are accepted or refused with an InputError", arguments: names)
  func mutants(name: String) throws {
    let target = try target(name)
    let seeds = try target.seeds() + target.corpus()
    guard !seeds.isEmpty else { return }
    var random = Choices(seed: 20)
    for _ in 0..<200 { _ = try target.verdict(on: target.mutant(of: seeds, &random)) }
  }
}
