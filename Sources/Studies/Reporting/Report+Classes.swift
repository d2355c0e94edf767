import Reports

/// A network's name and its answers to the scored images.
struct NamedAnswers {
  let name: String
  let answers: [Int]
}

extension Report.Classes {
  /// Counts the right answers of each class; nil if all images are of one class.
  init?(
    labels: [Int], reference: NamedAnswers?, networks: [NamedAnswers], names: ClassNames
  ) {
    let classes = Set(labels).sorted()
    guard classes.count > 1, !networks.isEmpty else { return nil }
    let places = Dictionary(uniqueKeysWithValues: zip(classes, classes.indices))
    func counts(_ isCounted: (Int) -> Bool) -> [Int] {
      labels.indices.reduce(into: [Int](repeating: 0, count: classes.count)) { counts, image in
        if let place = places[labels[image]], isCounted(image) { counts[place] += 1 }
      }
    }
    func network(_ named: NamedAnswers) -> Network {
      Network(name: named.name, correct: counts { named.answers[$0] == labels[$0] })
    }
    self.init(
      names: classes.map { names[$0] }, images: counts { _ in true },
      reference: reference.map(network), networks: networks.map(network))
  }
}

extension Report.Confusion {
  private static let shownClasses = 12
  private static let shownMistakes = 20

  /// Counts the mistakes of `network`; nil if it makes none.
  /// - Parameter reference: Full precision's answers, if they are known.
  init?(_ network: NamedAnswers, labels: [Int], reference: [Int]?, names: ClassNames) {
    func counts(_ answers: [Int]) -> [[Int]: Int] {
      zip(labels, answers).reduce(into: [:]) { $0[[$1.0, $1.1], default: 0] += 1 }
    }
    let (own, others) = (counts(network.answers), reference.map(counts))
    let mistakes = own.filter { $0.key[0] != $0.key[1] }
      .sorted { (-$0.value, $0.key[0], $0.key[1]) < (-$1.value, $1.key[0], $1.key[1]) }
    guard !mistakes.isEmpty else { return nil }
    let table = Table(
      caption: "The most frequent mistakes of \(network.name)",
      mistakes.prefix(Self.shownMistakes),
      [
        .words("class") { names[$0.key[0]] }, .words("answer") { names[$0.key[1]] },
        .count("images") { $0.value },
        .count("full precision") { mistake in others.map { $0[mistake.key] ?? 0 } },
      ])
    var involved: [Int: Int] = [:]
    for (pair, count) in mistakes {
      for class_ in pair { involved[class_, default: 0] += count }
    }
    let classes = involved.sorted { (-$0.value, $0.key) < (-$1.value, $1.key) }
      .prefix(Self.shownClasses).map(\.key).sorted()
    self.init(
      network: network.name, classes: classes.map { names[$0] },
      counts: classes.map { truth in classes.map { own[[truth, $0]] ?? 0 } }, mistakes: table)
  }
}
