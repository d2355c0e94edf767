/// The search for the name that a user meant.
///
/// It prefers no suggestion to a wrong one. Names are compared word by word. A word may have one wrong
/// letter, from eight letters on two, and short words and numbers none: `--min-top5` is no slip of
/// `--min-top1`, and `--max-bits` none of `--max-bytes`. One name must be nearer than all others.
enum NearMiss {
  /// Returns the name that the user most likely meant by `word`; nil if none or several are likely.
  static func suggestion(for word: String, among names: [String]) -> String? {
    let key = plain(word)
    guard key.count > 1 else { return nil }
    let costs = names.compactMap { name in cost(key, plain(name)).map { (name: name, cost: $0) } }
    guard let least = costs.map(\.cost).min() else { return beginning(key, names) }
    let best = costs.filter { $0.cost == least }
    return best.count == 1 ? best[0].name : nil
  }

  /// Returns the only one of `names` that begins with `key`, which has three letters or more.
  private static func beginning(_ key: String, _ names: [String]) -> String? {
    let longer = names.filter { plain($0).hasPrefix(key) }
    return key.count >= 3 && longer.count == 1 ? longer[0] : nil
  }

  /// Returns the number of wrong letters in `key` if `name` was meant; nil if it was hardly meant.
  private static func cost(_ key: String, _ name: String) -> Int? {
    guard key.filter(\.isNumber) == name.filter(\.isNumber) else { return nil }
    let (words, nameWords) = (key.split(separator: "-"), name.split(separator: "-"))
    guard words.count == nameWords.count else {
      // A dash is missing or too many.
      let (letters, nameLetters) = (key.filter { $0 != "-" }, name.filter { $0 != "-" })
      return letters == nameLetters ? 1 : nil
    }
    var sum = 0
    for (word, nameWord) in zip(words, nameWords) {
      let cost = distance(String(word), String(nameWord))
      let length = min(word.count, nameWord.count)
      let isPlural = word + "s" == nameWord || word == nameWord + "s"
      let lacksOne = word.count == 3 && nameWord.count == 4 && cost == 1
      guard cost <= (length < 4 ? 0 : length < 8 ? 1 : 2) || isPlural || lacksOne else {
        return nil
      }
      sum += cost
    }
    return sum
  }

  /// Returns `word` in small letters without leading dashes and with dashes for underscores.
  static func plain(_ word: String) -> String {
    String(word.lowercased().map { $0 == "_" ? "-" : $0 }.drop { $0 == "-" })
  }

  /// Returns the least number of letters to insert, remove, replace or exchange with their neighbour that
  /// makes `first` into `second`.
  ///
  /// This is the optimal string alignment distance.
  static func distance(_ first: String, _ second: String) -> Int {
    let (a, b) = (Array(first), Array(second))
    var rows = [Array(0...b.count)]
    for i in 0..<a.count {
      var row = [i + 1]
      for j in 0..<b.count {
        var best = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          best = min(best, rows[i - 1][j - 1] + 1)
        }
        row.append(best)
      }
      rows.append(row)
    }
    return rows[a.count][b.count]
  }
}
