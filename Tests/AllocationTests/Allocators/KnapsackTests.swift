import Allocation
import Execution
import Foundation
import Testing

@Suite struct KnapsackTests {
  @Test("The choice agrees with brute force", arguments: 0..<60)
  func bruteForce(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let classes = (0..<6).map { _ in randomClass(&generator) }
    let costs = classes.map { $0.map(\.cost) }
    let least = costs.reduce(0) { $0 + ($1.min() ?? 0) }
    let most = costs.reduce(0) { $0 + ($1.max() ?? 0) }
    let capacity = least + generator.index(below: most - least + 1)

    let chosen = Knapsack(classes).leastLoss(within: capacity)
    #expect(cost(chosen, classes) <= capacity)
    #expect(abs(loss(chosen, classes) / best(classes, capacity) - 1) < 1e-9)
  }

  @Test("Losses of very different sizes do not hide the best choice", arguments: 0..<60)
  func decades(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let classes = (0..<5).map { _ in
      (0..<4).map { width in
        KnapsackOption(cost: width, loss: pow(10, generator.uniform(-14..<0)))
      }
    }
    for capacity in 0...15 {
      let chosen = Knapsack(classes).leastLoss(within: capacity)
      #expect(cost(chosen, classes) <= capacity)
      #expect(loss(chosen, classes) <= best(classes, capacity) * (1 + 1e-9))
    }
  }

  @Test("The cheapest choice fits into exactly its cost")
  func narrow() {
    let options = [KnapsackOption(cost: 7, loss: 1), KnapsackOption(cost: 3, loss: 2)]
    #expect(Knapsack([options, options]).leastLoss(within: 6) == [1, 1])
    #expect(Knapsack([options, options]).leastLoss(within: 9) == [1, 1])
    #expect(Knapsack([options, options]).leastLoss(within: 14) == [0, 0])
  }

  @Test("An option that costs more without a smaller loss is never taken")
  func dominated() {
    let options = [(2, 5.0), (3, 5), (4, 6), (5, 1)].map { KnapsackOption(cost: $0, loss: $1) }
    #expect(Knapsack([options]).leastLoss(within: 4) == [0])
    #expect(Knapsack([options]).leastLoss(within: 100) == [3])
  }

  @Test("Without classes, the choice is empty")
  func empty() { #expect(Knapsack([]).leastLoss(within: 0) == []) }

  private func randomClass(_ generator: inout SplitMix64) -> [KnapsackOption] {
    let weight = 1 + generator.index(below: 50)
    return (0..<1 + generator.index(below: 5)).map { width in
      // The loss does not always fall with the cost, because tables are measured.
      KnapsackOption(
        cost: weight * (width + 2), loss: generator.uniform(0.5..<2) / Double(width + 1))
    }
  }

  private func cost(_ chosen: [Int], _ classes: [[KnapsackOption]]) -> Int {
    zip(chosen, classes).reduce(0) { $0 + $1.1[$1.0].cost }
  }

  private func loss(_ chosen: [Int], _ classes: [[KnapsackOption]]) -> Double {
    zip(chosen, classes).reduce(0) { $0 + $1.1[$1.0].loss }
  }

  private func best(_ classes: [[KnapsackOption]], _ capacity: Int) -> Double {
    let choices = classes.reduce([[Int]]([[]])) { heads, options in
      heads.flatMap { head in options.indices.map { head + [$0] } }
    }
    return choices.filter { cost($0, classes) <= capacity }.map { loss($0, classes) }.min()
      ?? .infinity
  }
}
