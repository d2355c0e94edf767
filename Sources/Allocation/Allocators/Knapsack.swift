import Execution

/// One option of a class in a knapsack.
package struct KnapsackOption: Equatable, Sendable {
  package let cost: Int
  package let loss: Double

  package init(cost: Int, loss: Double) {
    self.cost = cost
    self.loss = loss
  }
}

/// A multiple-choice knapsack: one option per class, with the smallest sum of losses within a cost.
///
/// It uses dynamic programming over the classes, with a list of undominated partial sums (cost, loss)
/// after each class. Classes whose costs differ most come first. Costs are whole numbers and are never
/// rounded. A partial sum is dropped if even the linear relaxation of the remaining classes cannot
/// bring it below a known choice; this keeps the lists short (Dudziński and Walukiewicz, European J.
/// of Operational Research 28, 1987).
package struct Knapsack: Sendable {
  private let classes: [[KnapsackOption]]
  // The classes in the order in which they are decided.
  private let order: [Int]

  /// Creates a knapsack of classes that are not empty and have finite losses.
  package init(_ classes: [[KnapsackOption]]) {
    self.classes = classes
    order = classes.indices.sorted {
      (Self.spread(classes[$1]), $0) < (Self.spread(classes[$0]), $1)
    }
  }

  /// Returns the difference in cost between the most expensive and the cheapest option.
  private static func spread(_ options: [KnapsackOption]) -> Int {
    let costs = options.map(\.cost)
    return (costs.max() ?? 0) - (costs.min() ?? 0)
  }

  /// A choice for the classes decided so far.
  private struct State {
    let cost: Int
    let loss: Double
    /// The index, in the previous list, of the state that this one extends.
    let parent: Int
    let option: Int
  }

  /// Returns the best option of every class; the cheapest options must fit in `capacity`.
  package func leastLoss(within capacity: Int) -> [Int] {
    var lists = [[State(cost: 0, loss: 0, parent: 0, option: 0)]]
    let relaxations =
      order.indices.map { Relaxation(order[$0...].map { classes[$0] }) } + [Relaxation([])]
    let slack = slack
    var best = relaxations[0].greedyLoss(within: capacity)
    for (level, index) in order.enumerated() {
      let rest = relaxations[level + 1]
      var states: [State] = []
      var promising: (bound: Double, state: State)?
      for (parent, state) in lists[level].enumerated() {
        for (option, choice) in classes[index].enumerated() {
          let (cost, loss) = (state.cost + choice.cost, state.loss + choice.loss)
          let bound = loss + rest.leastLoss(within: capacity - cost)
          guard bound <= best + slack else { continue }
          states.append(State(cost: cost, loss: loss, parent: parent, option: option))
          if bound < promising?.bound ?? .infinity { promising = (bound, states[states.count - 1]) }
        }
      }
      if let state = promising?.state {
        best = min(best, state.loss + rest.greedyLoss(within: capacity - state.cost))
      }
      lists.append(Self.undominated(states))
    }
    return choices(lists)
  }

  /// The tolerance between a bound and a sum of the same losses in another order.
  ///
  /// Rounding errors grow with the largest losses, however small the best sum is.
  private var slack: Double {
    1e-12 * classes.reduce(0) { sum, options in sum + (options.map { abs($0.loss) }.max() ?? 0) }
  }

  /// Returns, by cost, the states that no other state beats in cost and loss.
  private static func undominated(_ states: [State]) -> [State] {
    var kept: [State] = []
    for state in states.sorted(by: { ($0.cost, $0.loss, $0.parent) < ($1.cost, $1.loss, $1.parent) }
    )
    where kept.last.map({ state.loss < $0.loss }) ?? true {
      kept.append(state)
    }
    return kept
  }

  /// Returns the options that lead to the best state of the last list.
  private func choices(_ lists: [[State]]) -> [Int] {
    precondition(lists.allSatisfy { !$0.isEmpty }, "the cheapest options exceed the capacity")
    var chosen = [Int](repeating: 0, count: classes.count)
    var place = lists[lists.count - 1].count - 1
    for level in order.indices.reversed() {
      let state = lists[level + 1][place]
      chosen[order[level]] = state.option
      place = state.parent
    }
    return chosen
  }
}

/// The linear relaxation of some classes, in which options may be mixed in fractions.
private struct Relaxation {
  /// A step from one option to the next on the lower convex hull of its class.
  private struct Step {
    let kind: Int
    let cost: Int
    let gain: Double
  }

  // The cost and loss of all cheapest options, and the steps from there, by falling gain per cost.
  private let cost: Int
  private let loss: Double
  private let steps: [Step]
  // The sums over the first 0, 1, 2, … steps.
  private let costs: [Int]
  private let gains: [Double]

  init(_ classes: [[KnapsackOption]]) {
    let hulls = classes.map(Self.hull)
    cost = hulls.reduce(0) { $0 + $1[0].cost }
    loss = hulls.reduce(0) { $0 + $1[0].loss }
    steps = hulls.enumerated().flatMap { kind, hull in
      zip(hull, hull.dropFirst()).map {
        Step(kind: kind, cost: $1.cost - $0.cost, gain: $0.loss - $1.loss)
      }
    }.sorted { $0.gain * Double($1.cost) > $1.gain * Double($0.cost) }
    costs = steps.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.cost) }
    gains = steps.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.gain) }
  }

  /// Returns the lower convex hull, from the cheapest option to the one with the smallest loss.
  private static func hull(_ options: [KnapsackOption]) -> [KnapsackOption] {
    var hull: [KnapsackOption] = []
    for option in options.sorted(by: { ($0.cost, $0.loss) < ($1.cost, $1.loss) })
    where hull.last.map({ option.loss < $0.loss }) ?? true {
      while hull.count > 1, !isCorner(hull[hull.count - 2], hull[hull.count - 1], option) {
        hull.removeLast()
      }
      hull.append(option)
    }
    return hull
  }

  private static func isCorner(
    _ first: KnapsackOption, _ middle: KnapsackOption, _ last: KnapsackOption
  ) -> Bool {
    (first.loss - middle.loss) * Double(last.cost - middle.cost)
      > (middle.loss - last.loss) * Double(middle.cost - first.cost)
  }

  /// Returns the smallest loss of a mixture within `capacity`; infinity if none fits.
  func leastLoss(within capacity: Int) -> Double {
    guard cost <= capacity else { return .infinity }
    let whole = wholeSteps(within: capacity)
    let left = Double(capacity - cost - costs[whole])
    let part = whole < steps.count ? steps[whole].gain * left / Double(steps[whole].cost) : 0
    return loss - gains[whole] - part
  }

  /// Returns the loss of a choice within `capacity`.
  ///
  /// The choice takes the whole steps of the mixture and then the steps that still fit.
  func greedyLoss(within capacity: Int) -> Double {
    guard cost <= capacity else { return .infinity }
    let whole = wholeSteps(within: capacity)
    var (left, loss) = (capacity - cost - costs[whole], loss - gains[whole])
    var isStuck = Set<Int>()
    for step in steps[whole...] where !isStuck.contains(step.kind) {
      guard step.cost <= left else {
        isStuck.insert(step.kind)
        continue
      }
      left -= step.cost
      loss -= step.gain
    }
    return loss
  }

  /// Returns the number of first steps that fit together, found by bisection.
  private func wholeSteps(within capacity: Int) -> Int {
    (1..<steps.count + 1).firstBisected { costs[$0] > capacity - cost } - 1
  }
}
