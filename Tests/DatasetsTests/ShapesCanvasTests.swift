import Execution
import Testing

@testable import Datasets

@Suite("The canvas of Shapes")
struct ShapesCanvasTests {
  private func grey(_ level: Double) -> Shade {
    Shade(centre: Colour(red: level, green: level, blue: level), slopeX: 0, slopeY: 0)
  }

  private func bytes(of canvas: Canvas, noise: Double = 0) -> [UInt8] {
    var generator = SplitMix64(seed: 1)
    return canvas.pixels(noise: noise, &generator)
  }

  @Test("A pixel that a layer covers by half takes the mean colour")
  func antialiasing() {
    var canvas = Canvas(side: 4, background: grey(0))
    canvas.paint(grey(200), x: 1.5, y: 2, radius: 4) { x, _ in x < 0 }
    let firstRow = bytes(of: canvas).prefix(12)
    #expect(Array(firstRow) == [200, 200, 200, 100, 100, 100, 0, 0, 0, 0, 0, 0])
  }

  @Test("A layer beyond the rim paints nothing and harms nothing")
  func clipping() {
    var canvas = Canvas(side: 4, background: grey(7))
    canvas.paint(grey(200), x: -40, y: 90, radius: 3) { _, _ in true }
    #expect(bytes(of: canvas) == [UInt8](repeating: 7, count: 48))
  }

  @Test("A shade changes linearly from rim to rim")
  func shading() {
    let shade = Shade(centre: Colour(red: 100, green: 50, blue: 0), slopeX: 20, slopeY: -10)
    #expect(shade(-1, 0) == Colour(red: 80, green: 30, blue: -20))
    #expect(shade(0, 1) == Colour(red: 90, green: 40, blue: -10))
  }

  @Test("Noise has mean 0 and the standard deviation asked for")
  func noise() {
    let noisy = bytes(of: Canvas(side: 128, background: grey(128)), noise: 12)
    let errors = noisy.map { Double($0) - 128 }
    let mean = errors.reduce(0, +) / Double(errors.count)
    let variance = errors.map { $0 * $0 }.reduce(0, +) / Double(errors.count)
    #expect(abs(mean) < 0.2)
    #expect(abs(variance.squareRoot() - 12) < 0.2)
  }

  @Test("Values beyond a byte are clipped")
  func saturation() {
    #expect(bytes(of: Canvas(side: 1, background: grey(300))) == [255, 255, 255])
    #expect(bytes(of: Canvas(side: 1, background: grey(-3))) == [0, 0, 0])
  }
}
