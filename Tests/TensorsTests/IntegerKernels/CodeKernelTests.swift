import CKernels
import Execution
import Testing

@Suite("Pools, sums and conversions of codes")
struct CodeKernelTests {
  static func map(_ layout: ck_codes, seed: UInt64) -> CodeMap {
    var generator = SplitMix64(seed: seed)
    let map = CodeMap(layout, images: 1)
    map.fill { UInt8(generator.integer(0...255)) }
    return map
  }

  struct Window: Sendable {
    let kernel: Int, stride: Int, padding: Int, height: Int, width: Int

    var kernelWindow: ck_codes_window {
      func extent(_ extent: Int) -> Int { (extent + 2 * padding - kernel) / stride + 1 }
      return ck_codes_window(
        from: ck_codes(32, height, width), to: ck_codes(32, extent(height), extent(width)),
        kernel: Int32(kernel), stride: Int32(stride), padding: Int32(padding))
    }

    /// Returns the codes of one channel inside the window of the output pixel (y, x).
    func codes(_ map: CodeMap, _ y: Int, _ x: Int, _ channel: Int) -> [Int] {
      let (top, left) = (y * stride - padding, x * stride - padding)
      return (max(top, 0)..<min(top + kernel, height)).flatMap { row in
        (max(left, 0)..<min(left + kernel, width)).map { Int(map[0, row, $0, channel]) }
      }
    }
  }

  static let windows = [
    Window(kernel: 3, stride: 2, padding: 1, height: 9, width: 12),
    Window(kernel: 2, stride: 2, padding: 0, height: 6, width: 7),
    Window(kernel: 5, stride: 1, padding: 2, height: 5, width: 4),
    Window(kernel: 3, stride: 1, padding: 1, height: 1, width: 1),
  ]

  @Test("A max pool takes the largest code inside the window", arguments: windows)
  func maxPool(_ window: Window) {
    let source = Self.map(window.kernelWindow.from, seed: 1)
    let result = CodeMap(window.kernelWindow.to, images: 1)
    var kernel = window.kernelWindow
    ck_codes_max_pool(&kernel, 0, kernel.to.height, source.memory.base, result.memory.base)
    for y in 0..<result.height {
      for x in 0..<result.width {
        for channel in 0..<32 {
          let largest = window.codes(source, y, x, channel).max()
          #expect(Int(result[0, y, x, channel]) == largest)
        }
      }
    }
    #expect(result.hasCleanBorder)
  }

  @Test("An average pool divides by the pixels inside the map", arguments: windows)
  func averagePool(_ window: Window) {
    let source = Self.map(window.kernelWindow.from, seed: 2)
    let result = CodeMap(window.kernelWindow.to, images: 1)
    let sums = KernelMemory<Float>(count: result.sums)
    var kernel = window.kernelWindow, rule = ck_requantization()
    (rule.zero_point, rule.low, rule.high) = (10, 3, 200)
    let outputs = [
      ck_output(codes: result.memory.base, sums: nil), ck_output(codes: nil, sums: sums.base),
    ]
    for output in outputs {
      ck_codes_average_pool(
        &kernel, 0, kernel.to.height, source.memory.base, 7, 0.75, &rule, output)
    }
    var index = 0
    for y in 0..<result.height {
      for x in 0..<result.width {
        for channel in 0..<32 {
          let codes = window.codes(source, y, x, channel)
          let value =
            Float(codes.reduce(0) { $0 + $1 - 7 }) * Float(0.75 / Double(codes.count))
          #expect(sums.base[index] == value)
          let code = Int(value.rounded(.toNearestOrEven)) + 10
          #expect(Int(result[0, y, x, channel]) == min(max(code, 3), 200))
          index += 1
        }
      }
    }
  }

  @Test("Codes of a map add up")
  func sums() {
    var layout = ck_codes(48, 7, 5)
    let source = Self.map(layout, seed: 3)
    let sums = KernelMemory<Int32>(count: 48)
    ck_codes_sums(&layout, source.memory.base, sums.base)
    for channel in 0..<48 {
      let expected = (0..<35).reduce(0) { $0 + Int(source[0, $1 / 5, $1 % 5, channel]) }
      #expect(Int(sums.base[channel]) == expected)
    }
  }

  @Test("Codes on two grids add up on a third")
  func addition() {
    var layout = ck_codes(16, 3, 4)
    let (a, b) = (Self.map(layout, seed: 4), Self.map(layout, seed: 5))
    let result = CodeMap(layout, images: 1)
    var rule = ck_requantization()
    (rule.zero_point, rule.low, rule.high) = (100, 100, 255)
    ck_codes_add(
      &layout, 0, 3, a.memory.base, 120, 0.5, b.memory.base, 3, 0.3, &rule, result.memory.base)
    let expected = zip(a.codes, b.codes).map { a, b in
      let product = Float(Int(b) - 3) * 0.3
      let value = Float(Int(a) - 120) * 0.5 + product
      return UInt8(min(max(Int(value.rounded(.toNearestOrEven)) + 100, 100), 255))
    }
    #expect(result.codes == expected)
  }

  @Test("A shortcut without weights takes every second pixel and adds channels of code 0")
  func subsample() {
    var (from, to) = (ck_codes(16, 5, 6), ck_codes(32, 3, 3))
    let source = Self.map(from, seed: 6), result = CodeMap(to, images: 1)
    ck_codes_subsample(&from, &to, 10, 2, 7, source.memory.base, result.memory.base)
    for y in 0..<3 {
      for x in 0..<3 {
        for channel in 0..<32 {
          let isCopied = (7..<17).contains(channel)
          #expect(
            result[0, y, x, channel] == (isCopied ? source[0, 2 * y, 2 * x, channel - 7] : 0))
        }
      }
    }
  }

  @Test("The head is exact in 32 bits", arguments: [1, 3, 9])
  func head(rows: Int) {
    let (outputs, channels) = (21, 80)
    var generator = SplitMix64(seed: 7)
    let sums = (0..<rows * channels).map { _ in Int32(generator.integer(0...100_000)) }
    let weights = (0..<outputs * channels).map { _ in Int16(generator.integer(-255...255)) }
    let multipliers = (0..<outputs).map { _ in Float(generator.uniform()) }
    let bias = (0..<outputs).map { _ in Float(generator.normal()) }
    let packed = KernelMemory<Int16>(count: channels * 32)
    ck_head_pack(Int32(outputs), Int32(channels), weights, packed.base)
    let logits = KernelMemory<Float>(count: rows * outputs)
    multipliers.withUnsafeBufferPointer { multipliers in
      bias.withUnsafeBufferPointer { bias in
        var rule = ck_requantization()
        (rule.multipliers, rule.bias) = (multipliers.baseAddress, bias.baseAddress)
        ck_head(
          Int32(outputs), Int32(channels), Int32(rows), sums, packed.base, &rule, logits.base)
      }
    }
    for row in 0..<rows {
      for output in 0..<outputs {
        let sum = (0..<channels).reduce(0) {
          $0 + Int(sums[row * channels + $1]) * Int(weights[output * channels + $1])
        }
        let product = Float(sum) * multipliers[output]
        #expect(logits.base[row * outputs + output] == product + bias[output])
      }
    }
  }

  @Test("Codes made from planes of floats agree with ck_quantize and convert back")
  func conversions() {
    var layout = ck_codes(32, 4, 5)
    var blocked = ck_blocked(channels: 32, height: 4, width: 5)
    let channels = 20, pixels = 20
    var generator = SplitMix64(seed: 8)
    let planes = (0..<channels * pixels).map { _ in Float(generator.normal()) }
    var expected = [UInt8](repeating: 0, count: planes.count)
    ck_quantize(planes.count, planes, 0.02, 30, 200, &expected)

    let codes = CodeMap(layout, images: 1)
    ck_codes_from_planes(&layout, Int32(channels), planes, 0.02, 30, 200, codes.memory.base)
    #expect(codes.hasCleanBorder)
    for pixel in 0..<pixels {
      for channel in 0..<32 {
        let code = channel < channels ? expected[channel * pixels + pixel] : 0
        #expect(codes[0, pixel / 5, pixel % 5, channel] == code)
      }
    }
    let back = KernelMemory<Float>(count: planes.count)
    ck_planes_from_codes(&layout, Int32(channels), codes.memory.base, 0.02, 30, back.base)
    #expect(back.elements == expected.map { Float(Int($0) - 30) * 0.02 })

    // Blocked floats give the same codes again, because every value lies on the grid.
    let floats = KernelMemory<Float>(count: ck_blocked_floats(&blocked))
    ck_blocked_from_codes(&layout, codes.memory.base, 0.02, 30, floats.base)
    let again = CodeMap(layout, images: 1)
    ck_codes_from_blocked(&layout, floats.base, 0.02, 30, 256, again.memory.base)
    #expect(again.memory.elements == codes.memory.elements)

    let sums = KernelMemory<Float>(count: pixels * 32),
      planesAgain = KernelMemory<Float>(count: 400)
    ck_sums_from_planes(&layout, Int32(channels), planes, sums.base)
    ck_planes_from_sums(&layout, Int32(channels), sums.base, planesAgain.base)
    #expect(planesAgain.elements == planes)
    #expect((0..<pixels).allSatisfy { sums.base[$0 * 32 + 31] == 0 })
  }
}
