/// The choice of an image's windows for a Gram matrix.
struct WindowSampling: Sendable {
  /// The number of windows used per image.
  let count: Int
  private let step: Int
  private let outputWidth: Int
  private let geometry: ConvolutionGeometry

  init(_ images: Shape, _ weights: Shape, _ geometry: ConvolutionGeometry, limit: Int) {
    let height = geometry.outputExtent(images[2], kernel: weights[2])
    let width = geometry.outputExtent(images[3], kernel: weights[3])
    var step = (height * width - 1) / limit + 1
    while step > 1 && greatestCommonDivisor(step, width) > 1 { step += 1 }
    self.step = min(step, height * width)
    count = height * width / self.step
    outputWidth = width
    self.geometry = geometry
  }

  /// True if all windows are used.
  var isComplete: Bool { step == 1 }

  /// Returns the upper left corners of the windows in pixels of the image.
  ///
  /// They are negative inside the padding.
  func corners(image: Int) -> (tops: [Int32], lefts: [Int32]) {
    let positions = (0..<count).map { image % step + $0 * step }
    return (
      positions.map { Int32($0 / outputWidth * geometry.stride - geometry.padding) },
      positions.map { Int32($0 % outputWidth * geometry.stride - geometry.padding) }
    )
  }
}

private func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
  b == 0 ? a : greatestCommonDivisor(b, a % b)
}
