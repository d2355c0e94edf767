import Testing

@testable import Datasets

@Suite("The outlines of Shapes")
struct ShapesOutlineTests {
  /// Points of a fine grid over [-1.1, 1.1]².
  private static let grid: [(x: Double, y: Double)] = {
    let steps = stride(from: -1.0995, to: 1.1, by: 0.001 * 4).map { $0 }
    return steps.flatMap { y in steps.map { x in (x, y) } }
  }()

  private static func area(_ outline: Outline) -> Double {
    Double(grid.count { outline.contains($0.x, $0.y) }) * 0.004 * 0.004
  }

  @Test(
    "Every outline lies about the unit disc and fills a fair part of it",
    arguments: Outline.allCases)
  func extent(outline: Outline) {
    let outside = Self.grid.count {
      $0.x * $0.x + $0.y * $0.y > 1.3 && outline.contains($0.x, $0.y)
    }
    #expect(outside == 0)
    #expect(Self.area(outline) > 0.9)
  }

  @Test(
    "Areas are those of the geometry",
    arguments: [
      // π r²
      (Outline.circle, 2.54469),
      // side²
      (.square, 2.3104),
      // 3/4 · √3 · r²
      (.triangle, 1.29904),
      // 5/2 · sin 72° · r²
      (.pentagon, 2.14580),
      // 10 · 1/2 · outer · inner · sin 36°
      (.star, 1.29313),
      // two bars less the square that they share
      (.cross, 1.848),
      // π (R² − r²)
      (.ring, 1.98580),
      // head and shaft
      (.arrow, 1.1808),
    ])
  func areas(outline: Outline, expected: Double) {
    #expect(abs(Self.area(outline) - expected) < 0.005)
  }

  @Test("Each outline is its own mirror image", arguments: Outline.allCases)
  func mirrorSymmetry(outline: Outline) {
    // The crescent opens to the right; the others stand upright.
    let different = Self.grid.count { point in
      let mirrored =
        outline == .crescent
        ? outline.contains(point.x, -point.y) : outline.contains(-point.x, point.y)
      return mirrored != outline.contains(point.x, point.y)
    }
    // Points on a rim may fall on either side by rounding.
    #expect(different < 100)
  }

  @Test("A ring and a crescent have their hole, a heart its notch")
  func holes() {
    #expect(!Outline.ring.contains(0, 0))
    #expect(Outline.ring.contains(0.7, 0))
    #expect(!Outline.crescent.contains(0.5, 0))
    #expect(Outline.crescent.contains(-0.7, 0))
    #expect(!Outline.heart.contains(0, 0.85))
    #expect(Outline.heart.contains(0.5, 0.6))
  }
}
