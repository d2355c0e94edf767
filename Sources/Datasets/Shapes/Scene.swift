internal import Execution

/// The random content of one picture: a background, clutter, one outline and things in front of it.
struct Scene {
  /// The side of the picture in pixels.
  static let side = 32

  private let outline: Outline
  /// A number from 0 to 0.8; a larger one makes the outline fainter, noisier and more hidden.
  ///
  /// Networks learn from the easy pictures first. If all pictures are hard, training does not
  /// start.
  private let difficulty: Double
  private var generator: SplitMix64

  init(_ outline: Outline, generator: SplitMix64) {
    self.outline = outline
    self.generator = generator
    difficulty = 0.8 * self.generator.uniform()
  }

  /// Returns the picture's bytes: rows of red, green and blue.
  mutating func render() -> [UInt8] {
    let background = Colour(
      red: generator.uniform(35..<220), green: generator.uniform(35..<220),
      blue: generator.uniform(35..<220))
    var canvas = Canvas(side: Scene.side, background: shade(background))
    let radius = generator.uniform(8..<13)
    let x = position(radius)
    let y = position(radius)

    for _ in 0..<generator.index(below: 2 + Int(4 * difficulty)) {
      paintClutter(on: &canvas, around: background)
    }
    paintOutline(on: &canvas, x: x, y: y, radius: radius, around: background)
    for _ in 0..<generator.index(below: 2 + Int(2 * difficulty)) {
      paintOccluder(on: &canvas, x: x, y: y, radius: radius, around: background)
    }
    return canvas.pixels(noise: 3 + 17 * difficulty * generator.uniform(), &generator)
  }

  /// Returns a coordinate at which a disc of `radius` stays within about a pixel of the picture.
  private mutating func position(_ radius: Double) -> Double {
    let play = max(Double(Scene.side) / 2 - radius + 1, 1)
    return Double(Scene.side) / 2 + generator.uniform(-play..<play)
  }

  private mutating func paintOutline(
    on canvas: inout Canvas, x: Double, y: Double, radius: Double, around background: Colour
  ) {
    let turn = generator.rotation()
    // A random stretch and shear make each class a family of outlines.
    let width = generator.uniform(0.8..<1.0) * radius
    let height = generator.uniform(0.8..<1.0) * radius
    let shear = generator.uniform(-0.2..<0.2)
    let faintest = 65 - 42 * difficulty
    let shade = shade(colour(around: background, contrast: faintest..<faintest + 75))
    let outline = outline
    canvas.paint(shade, x: x, y: y, radius: 1.25 * radius) { dx, dy in
      let u = (turn.cosine * dx + turn.sine * dy) / width
      let v = (turn.cosine * dy - turn.sine * dx) / height
      return outline.contains(u - shear * v, v)
    }
  }

  /// Paints a stroke or a blob anywhere in the picture.
  private mutating func paintClutter(on canvas: inout Canvas, around background: Colour) {
    let x = generator.uniform(0..<Double(Scene.side))
    let y = generator.uniform(0..<Double(Scene.side))
    let isStroke = generator.uniform() < 0.6
    let long = isStroke ? generator.uniform(4..<13) : generator.uniform(1.5..<4)
    let short = isStroke ? generator.uniform(0.5..<1.5) : generator.uniform(1.5..<4)
    let colour = colour(around: background, contrast: 15..<60)
    paintBar(colour, on: &canvas, x: x, y: y, long: long, short: short)
  }

  /// Paints a stroke or a blob over the rim of the outline.
  private mutating func paintOccluder(
    on canvas: inout Canvas, x: Double, y: Double, radius: Double, around background: Colour
  ) {
    let turn = generator.rotation()
    let distance = radius * generator.uniform(0.3..<1.1)
    let colour = colour(around: background, contrast: 0..<60)
    let long = generator.uniform(0.3..<0.9) * radius
    let short = generator.uniform(0.12..<0.35) * radius
    paintBar(
      colour, on: &canvas, x: x + distance * turn.cosine, y: y + distance * turn.sine,
      long: long, short: short)
  }

  /// Paints a bar with round ends and half-axes `long` and `short`, turned at random.
  private mutating func paintBar(
    _ colour: Colour, on canvas: inout Canvas, x: Double, y: Double, long: Double, short: Double
  ) {
    let turn = generator.rotation()
    let straight = max(long - short, 0)
    let shade = shade(colour)
    canvas.paint(shade, x: x, y: y, radius: max(long, short) + 1) { dx, dy in
      let u = max(abs(turn.cosine * dx + turn.sine * dy) - straight, 0)
      let v = turn.cosine * dy - turn.sine * dx
      return u * u + v * v <= short * short
    }
  }

  /// Returns `colour` with light from a random side.
  private mutating func shade(_ colour: Colour) -> Shade {
    Shade(
      centre: colour, slopeX: generator.uniform(-22..<22), slopeY: generator.uniform(-22..<22))
  }

  /// Returns a colour that differs from `base` by a random amount of `contrast`.
  ///
  /// One channel differs by the whole amount and the others by at most that. A channel that would
  /// leave 0…255 is moved the other way.
  private mutating func colour(around base: Colour, contrast: Range<Double>) -> Colour {
    let amount = generator.uniform(contrast)
    let fullChannel = generator.index(below: 3)
    func moved(_ value: Double, _ channel: Int, _ direction: Double) -> Double {
      let share = channel == fullChannel ? (direction < 0 ? -1 : 1) : direction
      let change = amount * share
      return (0...255).contains(value + change) ? value + change : value - change
    }
    return Colour(
      red: moved(base.red, 0, generator.uniform(-1..<1)),
      green: moved(base.green, 1, generator.uniform(-1..<1)),
      blue: moved(base.blue, 2, generator.uniform(-1..<1)))
  }
}

extension SplitMix64 {
  /// Returns the cosine and sine of a random angle.
  ///
  /// The rational parametrisation of the circle needs no trigonometric function, whose last bits
  /// differ between C libraries.
  fileprivate mutating func rotation() -> (cosine: Double, sine: Double) {
    // Tangents of up to an eighth turn around four axes make the angle nearly uniform.
    let t = uniform(-0.41421356..<0.41421356)
    let cosine = (1 - t * t) / (1 + t * t)
    let sine = 2 * t / (1 + t * t)
    return switch index(below: 4) {
    case 0: (cosine, sine)
    case 1: (-sine, cosine)
    case 2: (-cosine, -sine)
    default: (sine, -cosine)
    }
  }
}
