/// The averaged and the plain weights of a state dict that holds both under different prefixes.
///
/// Packages for moving averages save `ema_model.…` beside `online_model.…`, or beside names without a
/// prefix.
struct AveragedNames {
  private static let averagePrefixes = [
    "ema_model.", "model_ema.", "ema.", "module_ema.", "ema_net.", "averaged_model.",
  ]

  /// The prefix of the averaged weights.
  private let average: String
  private let prefersAverage: Bool

  /// Creates the division of `names`; nil if not both kinds are there.
  init?(_ names: [String], preferAverage: Bool) {
    let first = names.filter { !Self.isCounter($0) }
    guard
      let prefix = Self.averagePrefixes.first(where: { prefix in
        first.contains { $0.hasPrefix(prefix) && $0.contains(".conv") }
      }), first.contains(where: { !$0.hasPrefix(prefix) && $0.hasSuffix(".weight") })
    else { return nil }
    average = prefix
    prefersAverage = preferAverage
  }

  var note: String {
    prefersAverage
      ? "took the averaged (EMA) weights below '\(average)'"
      : "took the plain weights; use --ema for the averaged ones below '\(average)'"
  }

  /// Returns the name to use for the tensor `name`, or nil if it is of the other kind.
  func select(_ name: String) -> String? {
    let isAverage = name.hasPrefix(average)
    guard isAverage == prefersAverage else { return nil }
    return isAverage ? String(name.dropFirst(average.count)) : name
  }

  private static func isCounter(_ name: String) -> Bool {
    ["initted", "step", "decay", "num_updates", "n_averaged"].contains {
      name == $0 || name.hasSuffix(".\($0)")
    }
  }
}
