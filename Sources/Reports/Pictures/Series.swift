/// The rows of one allocator and one method, by size: what one line of a plot joins.
struct Series {
  let allocator: String
  let method: String
  let rows: [Report.Row]
  let marker: Marker

  /// For example `mixquant, brecq`.
  var name: String { "\(allocator), \(method)" }

  /// True if there is one row per size; several random fills of one size are no line.
  var isLine: Bool { rows.count > 1 && Set(rows.map(\.bytes)).count == rows.count }
}

extension Report {
  /// The allocators in the order in which the rows first name them; an allocator's place decides its
  /// colour and shape everywhere.
  var allocators: [String] {
    rows.filter { !$0.isFullPrecision }.map(\.allocator).uniqued()
  }

  /// The methods in the order in which the rows first name them.
  var methods: [String] { rows.filter { !$0.isFullPrecision }.map(\.method).uniqued() }

  /// Returns the rows of `method` as series.
  func series(method: String) -> [Series] {
    allocators.enumerated().compactMap { index, allocator in
      let rows = rows.filter { $0.allocator == allocator && $0.method == method }
      guard !rows.isEmpty else { return nil }
      return Series(
        allocator: allocator, method: method, rows: rows.sorted { $0.bytes < $1.bytes },
        marker: Marker(index: index, isHollow: method == "nearest"))
    }
  }

  /// The colour and shape of what `allocator` planned.
  func marker(of allocator: String) -> Marker {
    Marker(index: allocators.firstIndex(of: allocator) ?? 0, isHollow: false)
  }
}

extension Sequence where Element: Hashable {
  /// Returns every element once, at its first place.
  func uniqued() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
