import Reconstruction

/// The time that the rest of an experiment takes, by the average of each method's finished cells.
struct RemainingTime {
  private var cellsLeft: [RoundingMethod: Int]
  private var spent: [RoundingMethod: (cells: Int, seconds: Double)] = [:]

  init(_ cells: [ExperimentCell]) {
    cellsLeft = Dictionary(cells.map { ($0.method, 1) }, uniquingKeysWith: +)
  }

  /// Takes `cell`, whose quantization took `seconds`, off the list.
  mutating func finished(_ cell: ExperimentCell, seconds: Double) {
    cellsLeft[cell.method, default: 1] -= 1
    let before = spent[cell.method] ?? (0, 0)
    spent[cell.method] = (before.cells + 1, before.seconds + seconds)
  }

  /// Methods that no cell has shown yet do not count.
  var seconds: Double {
    RoundingMethod.allCases.reduce(0) { sum, method in
      guard let spent = spent[method] else { return sum }
      return sum + spent.seconds / Double(spent.cells) * Double(cellsLeft[method] ?? 0)
    }
  }
}
