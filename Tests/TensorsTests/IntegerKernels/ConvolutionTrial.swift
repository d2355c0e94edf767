import CExecution
import CKernels
import Execution
import Testing

/// A random convolution of codes.
struct ConvolutionTrial: CustomStringConvertible {
  let geometry: ck_integer_geometry
  let largestCode: Int
  /// (OC, K, K, C), code − zero point.
  let weights: KernelMemory<Int16>
  let input: CodeMap
  let writesCodes: Bool
  let requantization: RequantizationCase
  let seed: UInt64

  init(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let kernel = [1, 3, 3, 3, 2, 5][generator.index(below: 6)]
    let stride = generator.integer(1...2), padding = kernel == 1 ? 0 : generator.integer(0...1)
    let isTiny = padding == 1 && kernel <= 3 && generator.chance(1, in: 6)
    let sides = isTiny ? 2...3 : max(4, kernel)...19
    let height = generator.integer(sides), width = generator.integer(sides)
    let channels = 16 * generator.integer(1...(generator.chance(1, in: 4) ? 12 : 3))
    let outputs = 16 * generator.integer(1...(generator.chance(1, in: 4) ? 9 : 3))
    func extent(_ extent: Int) -> Int { (extent + 2 * padding - kernel) / stride + 1 }
    geometry = ck_integer_geometry(
      from: ck_codes(channels, height, width),
      to: ck_codes(outputs, extent(height), extent(width)),
      kernel: Int32(kernel), stride: Int32(stride), padding: Int32(padding))
    let images = generator.integer(1...4)
    largestCode = (1 << generator.integer(2...8)) - 1
    weights = KernelMemory(
      Self.weights(outputs * kernel * kernel * channels, &generator))
    input = CodeMap(geometry.from, images: images)
    let isFull = generator.chance(1, in: 5), top = largestCode
    input.fill { UInt8(isFull ? top : generator.integer(0...top)) }
    writesCodes = generator.chance(3, in: 4)
    requantization = RequantizationCase(
      for: CodeMap(geometry.to, images: images), multipliers: outputs, biases: outputs,
      residuals: true, &generator)
    self.seed = seed
  }

  /// Returns weights of 2 to 8 bits with a zero point at the bottom, in the middle, at the top or anywhere.
  ///
  /// Some trials have weights only at the ends of the range, and some have weights that need nine bits.
  static func weights(_ count: Int, _ generator: inout SplitMix64) -> [Int16] {
    let top = (1 << generator.integer(2...8)) - 1
    let zeroPoint = [0, top / 2 + 1, top, generator.integer(0...top)][generator.index(below: 4)]
    let isExtreme = generator.chance(1, in: 5), isWide = generator.chance(1, in: 16)
    return (0..<count).map { _ in
      if isWide { return Int16(generator.integer(-255...255)) }
      let code = isExtreme ? top * generator.integer(0...1) : generator.integer(0...top)
      return Int16(code - zeroPoint)
    }
  }

  var description: String {
    """
    \(geometry.from) to \(geometry.to), kernel \(geometry.kernel), stride \(geometry.stride), \
    padding \(geometry.padding), seed \(seed)
    """
  }

  var wholeRegion: ck_region {
    ck_region(
      images: Int32(input.images), first_row: 0, end_row: geometry.to.height, first_channel: 0,
      end_channel: geometry.to.channels)
  }

  /// Returns the codes and floats that `body` writes; one of the two stays zero.
  func outcome(_ body: (ck_output) -> Void) -> Outcome {
    let codes = CodeMap(geometry.to, images: input.images)
    let sums = KernelMemory<Float>(count: codes.sums)
    body(ck_output(codes: writesCodes ? codes.memory.base : nil, sums: sums.base))
    return Outcome(codes: codes, sums: sums.elements)
  }

  /// Returns the outcome of the plain twin.
  func twin() -> Outcome {
    outcome { output in
      var (geometry, rule) = (geometry, requantization.kernel)
      ck_reference_integer_convolve(
        &geometry, wholeRegion, input.memory.base, weights.base, &rule, output)
    }
  }

  /// Returns the plan for some instructions, with its panels.
  func packed(_ dot: ce_dot) -> (plan: ck_integer_convolution, panels: KernelMemory<UInt8>) {
    var geometry = geometry
    var plan = ck_integer_plan(&geometry, Int32(largestCode), weights.base, dot)
    let panels = KernelMemory<UInt8>(count: ck_integer_panel_bytes(&plan))
    for first in stride(from: 0, to: geometry.to.channels, by: 64) {
      ck_integer_pack(
        &plan, first, min(first + 64, geometry.to.channels), weights.base, panels.base)
    }
    return (plan, panels)
  }

  /// Returns the outcome of the kernels for some instructions, region after region.
  func fast(_ dot: ce_dot, regions: [ck_region]) -> Outcome {
    var (plan, panels) = packed(dot)
    return outcome { output in
      var rule = requantization.kernel
      for region in regions {
        ck_integer_convolve(&plan, region, input.memory.base, panels.base, &rule, output)
      }
    }
  }
}

/// Outputs of a layer, as codes or as floats.
struct Outcome: Equatable {
  let codes: CodeMap
  let sums: [Float]

  static func == (left: Outcome, right: Outcome) -> Bool {
    left.codes.memory.elements == right.codes.memory.elements
      && left.sums.map(\.bitPattern) == right.sums.map(\.bitPattern)
  }
}
