import CExecution
import CKernels
import Execution
import Testing

/// A random first convolution, on planes of pixels.
struct RGBTrial: CustomStringConvertible {
  let geometry: ck_rgb_geometry
  /// (OC, C, K, K), code − zero point.
  let weights: KernelMemory<Int16>
  /// (N, C, H, W).
  let pixels: [UInt8]
  let input: KernelMemory<UInt8>
  let images: Int
  let writesCodes: Bool
  let requantization: RequantizationCase
  let seed: UInt64

  init(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let kernel = [7, 7, 3, 3, 1, 2, 4, 5, 6, 8, 9][generator.index(below: 11)]
    let stride = generator.integer(1...3), padding = generator.integer(0...kernel / 2)
    let channels = generator.chance(3, in: 4) ? 3 : generator.integer(1...5)
    let height = generator.integer(kernel...28), width = generator.integer(kernel...36)
    let outputs = 16 * generator.integer(1...(generator.chance(1, in: 3) ? 9 : 4))
    let isApart = generator.chance(1, in: 2)
    func extent(_ extent: Int) -> Int { (extent + 2 * padding - kernel) / stride + 1 }
    var geometry = ck_rgb_geometry(
      from: ck_pixels(
        channels: Int32(channels), height: Int32(height), width: Int32(width),
        padding: Int32(padding)),
      to: ck_codes(outputs, extent(height), extent(width)), kernel: Int32(kernel),
      stride: Int32(stride), apart: isApart ? 1 : 0)
    self.geometry = geometry
    images = generator.integer(1...3)
    weights = KernelMemory(
      ConvolutionTrial.weights(outputs * channels * kernel * kernel, &generator))

    let isWhite = generator.chance(1, in: 5), size = channels * height * width
    let pixels = (0..<images * size).map { _ in isWhite ? 255 : UInt8(generator.integer(0...255)) }
    let bytes = ck_pixels_bytes(&geometry.from)
    let input = KernelMemory<UInt8>(count: images * bytes)
    let border = Int32(isApart ? 0 : generator.integer(0...255))
    for image in 0..<images {
      Array(pixels[image * size..<(image + 1) * size]).withUnsafeBufferPointer {
        ck_pixels_pad(&geometry.from, nil, border, $0.baseAddress, input.base + image * bytes)
      }
    }
    (self.pixels, self.input) = (pixels, input)
    writesCodes = generator.chance(3, in: 4)
    requantization = RequantizationCase(
      for: CodeMap(geometry.to, images: images), multipliers: outputs * (isApart ? channels : 1),
      biases: outputs * Int(ck_rgb_classes(&geometry)), residuals: false, &generator)
    self.seed = seed
  }

  var description: String {
    "\(geometry.from) to \(geometry.to), kernel \(geometry.kernel), stride \(geometry.stride), seed \(seed)"
  }

  func outcome(_ body: (ck_region, ck_output) -> Void) -> Outcome {
    let codes = CodeMap(geometry.to, images: images)
    let sums = KernelMemory<Float>(count: codes.sums)
    let whole = ck_region(
      images: Int32(images), first_row: 0, end_row: geometry.to.height, first_channel: 0,
      end_channel: geometry.to.channels)
    body(whole, ck_output(codes: writesCodes ? codes.memory.base : nil, sums: sums.base))
    return Outcome(codes: codes, sums: sums.elements)
  }

  func twin() -> Outcome {
    outcome { region, output in
      var (geometry, rule) = (geometry, requantization.kernel)
      ck_reference_rgb(&geometry, region, input.base, weights.base, &rule, output)
    }
  }

  func fast(_ dot: ce_dot) -> Outcome {
    var (geometry, rule) = (geometry, requantization.kernel)
    var plan = ck_rgb_plan(&geometry, weights.base, dot)
    let panels = KernelMemory<UInt8>(count: ck_rgb_panel_bytes(&plan))
    ck_rgb_pack(&plan, weights.base, panels.base)
    return outcome { region, output in
      let half = region.end_row / 2
      var (upper, lower) = (region, region)
      (upper.end_row, lower.first_row) = (half, half)
      for part in [upper, lower] {
        ck_rgb_convolve(&plan, part, input.base, panels.base, &rule, output)
      }
    }
  }
}

@Suite("The first convolution, on pixels")
struct RGBKernelTests {
  @Test("All instructions give the twin's bits", arguments: UInt64(1)...40)
  func equality(seed: UInt64) {
    let trial = RGBTrial(seed: seed)
    let expected = trial.twin()
    for dot in dots {
      let outcome = trial.fast(dot)
      #expect(outcome == expected, "\(String(cString: ce_dot_name(dot))), \(trial)")
      #expect(outcome.codes.hasCleanBorder)
    }
  }

  @Test("A 7×7 window at stride 2 has sixteen classes at the border")
  func classes() {
    var geometry = ck_rgb_geometry(
      from: ck_pixels(channels: 3, height: 224, width: 224, padding: 3),
      to: ck_codes(64, 112, 112), kernel: 7, stride: 2, apart: 1)
    #expect(ck_rgb_classes(&geometry) == 16)
    #expect([0, 1, 2, 110, 111].map { ck_rgb_class(&geometry, 0, $0) } == [0, 1, 2, 2, 3])
    #expect(ck_rgb_class(&geometry, 111, 111) == 15)
  }

  /// The network subtracts means and divides by deviations; padding is zero after that, not before.
  @Test("Sums of pixels with the table of biases equal a convolution of normalized pixels")
  func normalization() {
    let means = [0.485, 0.456, 0.406], deviations = [0.229, 0.224, 0.225]
    for trial in (50..<60).map({ RGBTrial(seed: $0) })
    where trial.geometry.apart == 1 && trial.geometry.from.channels == 3 {
      var geometry = trial.geometry
      let outputs = Int(geometry.to.channels)
      var generator = SplitMix64(seed: 5)
      let scales = (0..<outputs).map { _ in generator.uniform(0.001..<0.01) }
      let bias = (0..<outputs).map { _ in generator.uniform(-1..<1) }
      for channel in 0..<3 {
        for output in 0..<outputs {
          trial.requantization.multipliers.base[channel * outputs + output] =
            Float(scales[output] / (255 * deviations[channel]))
        }
      }
      let table = trial.requantization.bias
      ck_rgb_bias(
        &geometry, trial.weights.base, zip(means, deviations).map { $0 / $1 }, scales, bias,
        table.base)
      let sums = trial.outcome { region, output in
        var rule = ck_requantization()
        rule.multipliers = UnsafePointer(trial.requantization.multipliers.base)
        rule.bias = UnsafePointer(table.base)
        var output = output
        output.codes = nil
        ck_reference_rgb(&geometry, region, trial.input.base, trial.weights.base, &rule, output)
      }.sums
      let expected = trial.normalizedConvolution(means, deviations, scales, bias)
      #expect(zip(sums, expected).allSatisfy { abs(Double($0) - $1) < 1e-4 * (1 + abs($1)) })
    }
  }

  @Test("Pixels are mapped by tables when they are copied into padded planes")
  func tables() {
    var pixels = ck_pixels(channels: 2, height: 2, width: 3, padding: 1)
    let row = ck_pixels_row(&pixels)
    let tables = (0..<512).map { UInt8(255 - $0 % 256) }
    let padded = KernelMemory<UInt8>(count: ck_pixels_bytes(&pixels))
    ck_pixels_pad(&pixels, tables, 9, (0..<12).map { UInt8($0) }, padded.base)
    #expect(padded.elements.count == 2 * 4 * row)
    #expect(padded.elements[0..<row].allSatisfy { $0 == 9 })
    #expect(Array(padded.elements[row..<row + 5]) == [9, 255, 254, 253, 9])
    #expect(Array(padded.elements[5 * row..<5 * row + 5]) == [9, 249, 248, 247, 9])
  }
}

extension RGBTrial {
  /// Returns Σ over taps inside the image of scale · w · (p / 255 − mean) / deviation, plus the bias, in Double.
  fileprivate func normalizedConvolution(
    _ means: [Double], _ deviations: [Double], _ scales: [Double], _ bias: [Double]
  ) -> [Double] {
    let (kernel, stride) = (Int(geometry.kernel), Int(geometry.stride))
    let (height, width) = (Int(geometry.from.height), Int(geometry.from.width))
    var results: [Double] = []
    for image in 0..<images {
      for y in 0..<Int(geometry.to.height) {
        for x in 0..<Int(geometry.to.width) {
          let top = y * stride - Int(geometry.from.padding)
          let left = x * stride - Int(geometry.from.padding)
          for output in 0..<Int(geometry.to.channels) {
            var sum = 0.0
            for channel in 0..<3 {
              for row in max(top, 0)..<min(top + kernel, height) {
                for column in max(left, 0)..<min(left + kernel, width) {
                  let pixel = pixels[((image * 3 + channel) * height + row) * width + column]
                  let tap = ((output * 3 + channel) * kernel + row - top) * kernel + column - left
                  let value = (Double(pixel) / 255 - means[channel]) / deviations[channel]
                  sum += value * Double(weights.base[tap])
                }
              }
            }
            results.append(scales[output] * sum + bias[output])
          }
        }
      }
    }
    return results
  }
}
