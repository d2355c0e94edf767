/// The sign of a series: a shape and a colour, so that neither is the only sign; hollow if the weights
/// were only rounded to nearest.
struct Marker: Equatable, Sendable {
  /// The index of a series of the palette.
  let index: Int
  let isHollow: Bool

  private enum Shape: CaseIterable { case circle, square, diamond, triangle, wedge, cross }

  private var shape: Shape { Shape.allCases[index % Shape.allCases.count] }

  /// The class that carries the colour.
  var colour: String { Palette.series[index % Palette.series.count].name }

  /// The shape centred on a point.
  func drawn(x: Double, y: Double, radius r: Double = 4.5) -> Markup {
    let name = isHollow ? "mark hollow" : "mark"
    let at = Numbers.coordinate
    func polygon(_ corners: [(Double, Double)]) -> Markup {
      let path = corners.map { "\(at(x + $0.0 * r)) \(at(y + $0.1 * r))" }.joined(separator: "L")
      return Markup("path", ["d": "M\(path)Z", "class": name])
    }
    switch shape {
    case .circle:
      return Markup("circle", ["cx": at(x), "cy": at(y), "r": at(r), "class": name])
    case .square: return polygon([(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)])
    case .diamond: return polygon([(0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)])
    case .triangle: return polygon([(0, -1.2), (1.15, 0.9), (-1.15, 0.9)])
    case .wedge: return polygon([(0, 1.2), (1.15, -0.9), (-1.15, -0.9)])
    case .cross:
      return polygon([
        (-0.4, -1.1), (0.4, -1.1), (0.4, -0.4), (1.1, -0.4), (1.1, 0.4), (0.4, 0.4), (0.4, 1.1),
        (-0.4, 1.1), (-0.4, 0.4), (-1.1, 0.4), (-1.1, -0.4), (-0.4, -0.4),
      ])
    }
  }
}
