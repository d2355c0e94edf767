/// The frame of a plot: two axes with grid lines, numbers and names.
struct Plot {
  let x: Axis
  let y: Axis
  let xName: String
  let yName: String
  /// The distance that the frame reaches beyond the horizontal axis's ends.
  var margin = 8.0

  /// Grid lines behind, numbers below and to the left; the vertical axis's name stands above it, so that
  /// nobody has to tilt their head.
  var frame: [Markup] {
    let (left, right) = (x.start - margin, x.end + margin)
    let (bottom, top) = (y.start, y.end)
    var frame: [Markup] = []
    for tick in y.ticks {
      frame.append(.line(left, y(tick), right, y(tick), class: "grid"))
      frame.append(.label(Numbers.short(tick), x: left - 6, y: y(tick) + 4, .end, class: "small"))
    }
    for tick in x.ticks {
      frame.append(.line(x(tick), bottom, x(tick), bottom + 4, class: "axis"))
      frame.append(
        .label(Numbers.short(tick), x: x(tick), y: bottom + 18, .middle, class: "small"))
    }
    frame.append(.line(left, bottom, right, bottom, class: "axis"))
    frame.append(.label(yName, x: 0, y: top - 18, class: "small"))
    frame.append(.label(xName, x: right, y: bottom + 36, .end, class: "small"))
    return frame
  }
}

extension Axis {
  /// Returns vertical grid lines at the ticks of a horizontal axis, with their numbers below.
  func grid(from top: Double, to bottom: Double, numbersAt y: Double) -> [Markup] {
    ticks.flatMap { tick -> [Markup] in
      [
        .line(self(tick), top, self(tick), bottom, class: "grid"),
        .label(Numbers.short(tick), x: self(tick), y: y, .middle, class: "small"),
      ]
    }
  }
}

/// Keeps labels apart: as near to where they belong as `distance` between neighbours allows.
///
/// Groups of labels that touch are centred on where their members belong; the order stays.
package func spread(_ positions: [Double], distance: Double, within range: ClosedRange<Double>)
  -> [Double]
{
  struct Cluster {
    var sum: Double
    var members: [Int]
    func first(_ distance: Double) -> Double {
      sum / Double(members.count) - distance * Double(members.count - 1) / 2
    }
  }
  var clusters: [Cluster] = []
  for index in positions.indices.sorted(by: { (positions[$0], $0) < (positions[$1], $1) }) {
    clusters.append(Cluster(sum: positions[index], members: [index]))
    while clusters.count > 1 {
      let (above, below) = (clusters[clusters.count - 2], clusters[clusters.count - 1])
      let end = above.first(distance) + distance * Double(above.members.count)
      guard below.first(distance) < end else { break }
      clusters.removeLast(2)
      clusters.append(
        Cluster(sum: above.sum + below.sum, members: above.members + below.members))
    }
  }
  var placed = positions
  var lowest = range.lowerBound
  for cluster in clusters {
    let height = distance * Double(cluster.members.count - 1)
    let first = max(lowest, min(cluster.first(distance), range.upperBound - height))
    for (offset, index) in cluster.members.enumerated() {
      placed[index] = first + distance * Double(offset)
    }
    lowest = first + height + distance
  }
  return placed
}
