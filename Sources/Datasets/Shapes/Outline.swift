/// The outlines of the ten classes in label order.
///
/// Each outline fills about the unit disc and stays within 1.13 of the origin. Only additions,
/// multiplications and comparisons decide whether a point is inside, so every machine agrees on
/// every sample.
enum Outline: String, CaseIterable, Sendable {
  case circle, square, triangle, pentagon, star, cross, ring, crescent, heart, arrow

  /// Returns true if the point lies inside; y grows upwards.
  func contains(_ x: Double, _ y: Double) -> Bool {
    switch self {
    case .circle: isInDisc(x, y, radius: 0.9)
    case .square: abs(x) <= 0.76 && abs(y) <= 0.76
    case .triangle: isInPolygon(Outline.triangleCorners, x, y)
    case .pentagon: isInPolygon(Outline.pentagonCorners, x, y)
    case .star: isInPolygon(Outline.starCorners, x, y)
    case .cross: max(abs(x), abs(y)) <= 0.92 && min(abs(x), abs(y)) <= 0.3
    case .ring: isInDisc(x, y, radius: 0.95) && !isInDisc(x, y, radius: 0.52)
    case .crescent: isInDisc(x, y, radius: 0.98) && !isInDisc(x - 0.48, y, radius: 0.78)
    case .heart: isInHeart(x, y)
    case .arrow: isInPolygon(Outline.arrowCorners, x, y)
    }
  }

  private typealias Point = (x: Double, y: Double)

  private static let triangleCorners: [Point] = [(0, 1), (-0.866, -0.5), (0.866, -0.5)]

  private static let pentagonCorners: [Point] = [
    (0, 0.95), (-0.9035, 0.2936), (-0.5584, -0.7686), (0.5584, -0.7686), (0.9035, 0.2936),
  ]

  private static let starCorners: [Point] = [
    (0, 1), (-0.2586, 0.3560), (-0.9511, 0.3090), (-0.4185, -0.1360), (-0.5878, -0.8090),
    (0, -0.44), (0.5878, -0.8090), (0.4185, -0.1360), (0.9511, 0.3090), (0.2586, 0.3560),
  ]

  private static let arrowCorners: [Point] = [
    (0, 0.98), (-0.72, 0.12), (-0.27, 0.12), (-0.27, -0.92), (0.27, -0.92), (0.27, 0.12),
    (0.72, 0.12),
  ]

  private func isInDisc(_ x: Double, _ y: Double, radius: Double) -> Bool {
    x * x + y * y <= radius * radius
  }

  /// Returns true if the point lies inside the sextic (x² + y² − 1)³ ≤ x²y³.
  ///
  /// The curve is scaled and lowered to about the unit disc.
  private func isInHeart(_ x: Double, _ y: Double) -> Bool {
    let u = x * 1.22
    let v = (y + 0.05) * 1.22
    let disc = u * u + v * v - 1
    return disc * disc * disc <= u * u * v * v * v
  }

  /// Returns true if the point lies inside the polygon, by the even-odd rule.
  ///
  /// A ray from an inner point to the right crosses the boundary an odd number of times.
  private func isInPolygon(_ corners: [Point], _ x: Double, _ y: Double) -> Bool {
    var isInside = false
    var previous = corners[corners.count - 1]
    for corner in corners {
      if (corner.y > y) != (previous.y > y) {
        let crossing =
          corner.x + (y - corner.y) / (previous.y - corner.y) * (previous.x - corner.x)
        if x < crossing { isInside.toggle() }
      }
      previous = corner
    }
    return isInside
  }
}
