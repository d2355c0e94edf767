import CExecution
import CKernels
import Execution
import Testing

@testable import Engine

@Suite("Exact Winograd convolutions of codes")
struct ExactWinogradTests {
  private static let dots = [
    CE_DOT_PORTABLE, CE_DOT_AVX2, CE_DOT_AVX_VNNI, CE_DOT_AVX512, CE_DOT_AVX512_VNNI,
  ].filter { ce_has_dot($0) != 0 }.map(\.rawValue)

  @Test(
    "All bits agree with the plain convolution, for random shapes and widths",
    arguments: [4, 2], dots)
  func twin(tile: Int, dot: UInt32) throws {
    var generator = SplitMix64(seed: UInt64(tile) * 100 + UInt64(dot))
    var ran = 0
    for trial in 0..<40 {
      let layer = CodeLayer(random: trial, narrow: tile == 2, &generator)
      let winograd = layer.winograd(tile, dot: ce_dot(dot))
      guard layer.suits(winograd) else { continue }
      ran += 1
      let parts = 1 + generator.index(below: 5)
      #expect(layer.isExact(winograd, parts: parts), "\(layer.description)")
    }
    #expect(ran >= 25, "only \(ran) layers passed the guards")
  }

  @Test(
    "The largest codes and weights wrap around and still give the exact sum", arguments: [4, 2])
  func extremes(tile: Int) {
    for sign in [-1, 1] {
      var layer = CodeLayer(
        channels: tile == 4 ? 48 : 512, outputs: 16, height: 14, width: 7,
        largestCode: tile == 4 ? 255 : 63)
      layer.fill(code: layer.largestCode, weight: tile == 4 ? sign * 255 : sign * 14)
      let winograd = layer.winograd(tile)
      #expect(layer.suits(winograd) && layer.isExact(winograd))
    }
  }

  @Test("A sum of 2²⁵ − 1 is exact")
  func largestSum() {
    // 31 · 1,082,401 = 2²⁵ − 1.
    var layer = CodeLayer(channels: 512, outputs: 16, height: 3, width: 3, largestCode: 31)
    layer.fill(code: 31, halfSum: 1_082_401)
    layer.integerBias = -(1 << 25)
    let winograd = layer.winograd(4)
    #expect(layer.suits(winograd))
    #expect(layer.isExact(winograd))
    // The middle pixel has all taps inside.
    #expect(layer.convolved(winograd).sums[4 * 16] == -1)
    // One more is 2²⁵ + 30, which the guard refuses.
    layer.fill(code: 31, halfSum: 1_082_402)
    #expect(!layer.suits(winograd))
  }

  @Test("Half sums beyond the guard are refused, and some of them do give wrong sums")
  func guardOfHalfSums() {
    // The first output of a tile of four has the largest factor, 576. That of the second tile has all taps
    // inside the map.
    var layer = CodeLayer(channels: 64, outputs: 32, height: 8, width: 8, largestCode: 255)
    let winograd = layer.winograd(4)
    layer.fill(code: 255, halfSum: 131_586)
    #expect(layer.suits(winograd) && layer.isExact(winograd))
    layer.fill(code: 255, halfSum: 131_587)
    #expect(!layer.suits(winograd))
    layer.fill(code: 255, halfSum: 133_632)
    #expect(!layer.suits(winograd) && !layer.isExact(winograd), "the bound would be loose")
  }

  @Test("One output channel that fails the guard refuses the layer")
  func guardOfChannels() {
    var layer = CodeLayer(channels: 64, outputs: 48, height: 4, width: 4, largestCode: 255)
    layer.fill(code: 9, weight: 100)
    #expect(layer.suits(layer.winograd(4)))
    layer.fill(output: 37, weight: 255)
    #expect(!layer.suits(layer.winograd(4)))
    // Negative weights count as much as positive ones.
    layer.fill(output: 37, weight: -255)
    #expect(!layer.suits(layer.winograd(4)))
  }

  @Test("Bytes are refused if transformed codes or weights do not fit")
  func guardOfBytes() {
    var layer = CodeLayer(channels: 16, outputs: 16, height: 4, width: 4, largestCode: 63)
    // Nine taps of 14 add up to 126, and of 15 to 135.
    layer.fill(code: 63, weight: 14)
    #expect(layer.suits(layer.winograd(2)))
    layer.fill(output: 3, weight: 15)
    #expect(!layer.suits(layer.winograd(2)))
    #expect(layer.suits(layer.winograd(4)))
    var wide = CodeLayer(channels: 16, outputs: 16, height: 4, width: 4, largestCode: 64)
    wide.fill(code: 64, weight: 1)
    #expect(!wide.suits(wide.winograd(2)))
  }

  @Test("Maps are cut into tiles with the fewest products")
  func products() {
    func products(_ extent: Int, _ tile: Int) -> Int {
      var winograd = CodeLayer(
        channels: 16, outputs: 16, height: extent, width: extent, largestCode: 3
      ).winograd(tile)
      return Int(ck_exact_winograd_products(&winograd))
    }
    // The tiles have 4, 4 + 3, 3 + 3, 4 + 4 + 3 + 3 and 7 · 4 outputs, and each has two more points.
    #expect(products(4, 4) == 6 * 6)
    #expect(products(7, 4) == 11 * 11)
    #expect(products(5, 4) == 10 * 10)
    #expect(products(14, 4) == 22 * 22)
    #expect(products(28, 4) == 42 * 42)
    // The tiles have 3 · 2 + 1 and 7 · 2 outputs.
    #expect(products(7, 2) == 15 * 15)
    #expect(products(14, 2) == 28 * 28)
  }
}

/// The results of a convolution: codes with their border, or sums.
private struct CodeResult: Equatable {
  var codes: [UInt8] = []
  var sums: [Float] = []
}

/// A 3×3 convolution of random or extreme codes.
private struct CodeLayer {
  let from: ck_codes
  let to: ck_codes
  let images: Int
  let largestCode: Int
  var weights: [Int16]
  var integerBias: Int32?
  private var source: [UInt8]
  private var multipliers: [Float]
  private var bias: [Float]
  private var residualCodes: [UInt8]?
  private var residualSums: [Float]?
  private var zeroPoint = 0
  private var givesCodes = false

  /// Creates a layer of zeros whose result is its sums, as floats.
  init(
    channels: Int, outputs: Int, height: Int, width: Int, largestCode: Int, images: Int = 1
  ) {
    from = ck_codes(channels: Int32(channels), height: Int32(height), width: Int32(width))
    to = ck_codes(channels: Int32(outputs), height: Int32(height), width: Int32(width))
    self.images = images
    self.largestCode = largestCode
    weights = [Int16](repeating: 0, count: outputs * 9 * channels)
    source = [UInt8](repeating: 0, count: images * withUnsafePointer(to: from, ck_codes_bytes))
    multipliers = [Float](repeating: 1, count: outputs)
    bias = [Float](repeating: 0, count: outputs)
  }

  /// Creates a random layer with a random requantization.
  init(random trial: Int, narrow: Bool, _ generator: inout SplitMix64) {
    func number(_ range: ClosedRange<Int>) -> Int {
      range.lowerBound + generator.index(below: range.count)
    }
    let codeWidth = narrow ? number(2...6) : number(2...8)
    let weightWidth = narrow ? number(2...4) : number(2...8)
    self.init(
      channels: 16 * number(1...(trial % 10 == 0 ? 32 : 6)),
      outputs: [16, 32, 64, 96, 80][trial % 5],
      height: number(1...19), width: number(1...19), largestCode: 1 << codeWidth - 1,
      images: number(1...3))
    let largest = (narrow ? 14 : 255) >> (narrow ? 4 - weightWidth : 8 - weightWidth)
    for index in weights.indices { weights[index] = Int16(number(-largest...largest)) }
    let range = 0...largestCode
    fillMaps { number(range) }
    let scale = Float(largestCode) / Float(largestCode * largest * 12 * 24)
    multipliers = multipliers.map { _ in scale * Float(generator.uniform()) }
    bias = bias.map { _ in Float(generator.uniform(-9..<9)) }
    givesCodes = trial % 4 != 0
    zeroPoint = trial % 6 == 0 ? 3 : 0
    switch trial % 3 {
    case 0: residualCodes = outputMaps { UInt8(number(0...255)) }
    case 1:
      residualSums = (0..<images * Int(to.height * to.width * to.channels)).map { _ in
        Float(generator.uniform(-9..<9))
      }
    default: break
    }
  }

  var description: String {
    "\(images)×\(from.channels)×\(from.height)×\(from.width) to \(to.channels), A\(largestCode)"
  }

  // MARK: Codes and weights

  mutating func fill(code: Int, weight: Int) {
    fillMaps { code }
    weights = weights.map { _ in Int16(weight) }
  }

  mutating func fill(output: Int, weight: Int) {
    let length = 9 * Int(from.channels)
    for index in output * length..<(output + 1) * length { weights[index] = Int16(weight) }
  }

  /// Sets all codes to `code`, and the weights so that those of each output add up to `halfSum`.
  mutating func fill(code: Int, halfSum: Int) {
    fillMaps { code }
    let length = 9 * Int(from.channels)
    for output in 0..<Int(to.channels) {
      var left = halfSum
      for index in 0..<length {
        weights[output * length + index] = Int16(min(left, 255))
        left -= min(left, 255)
      }
      precondition(left == 0, "too few weights")
    }
  }

  private mutating func fillMaps(_ code: () -> Int) {
    forEachCode(of: from) { source[$0] = UInt8(code()) }
  }

  private func outputMaps(_ code: () -> UInt8) -> [UInt8] {
    var maps = [UInt8](repeating: 0, count: images * withUnsafePointer(to: to, ck_codes_bytes))
    forEachCode(of: to) { maps[$0] = code() }
    return maps
  }

  private func forEachCode(of maps: ck_codes, _ body: (Int) -> Void) {
    var maps = maps
    for image in 0..<images {
      for y in 0..<Int(maps.height) {
        let row =
          image * ck_codes_bytes(&maps) + ck_codes_origin(&maps) + y * ck_codes_row(&maps)
        for index in 0..<Int(maps.width * maps.channels) { body(row + index) }
      }
    }
  }

  // MARK: Convolutions

  func winograd(_ tile: Int, dot: ce_dot = ce_dot_in_use()) -> ck_exact_winograd {
    ck_exact_winograd(
      from: from, to: to, tile: Int32(tile), largest_code: Int32(largestCode), dot: dot)
  }

  func suits(_ winograd: ck_exact_winograd) -> Bool {
    withUnsafePointer(to: winograd) { ck_exact_winograd_suits($0, weights) != 0 }
  }

  /// Returns true if all bits agree with the plain convolution.
  func isExact(_ winograd: ck_exact_winograd, parts: Int = 1) -> Bool {
    plain() == convolved(winograd, parts: parts)
  }

  func plain() -> CodeResult {
    result { requantization, output in
      var geometry = ck_integer_geometry(from: from, to: to, kernel: 3, stride: 1, padding: 1)
      let region = ck_region(
        images: Int32(images), first_row: 0, end_row: to.height, first_channel: 0,
        end_channel: to.channels)
      ck_reference_integer_convolve(
        &geometry, region, source, weights, &requantization, output)
    }
  }

  func convolved(_ winograd: ck_exact_winograd, parts: Int = 1) -> CodeResult {
    var winograd = winograd
    let panels = KernelMemory(bytes: ck_exact_winograd_panel_bytes(&winograd))
    ck_exact_winograd_pack(&winograd, 0, to.channels, weights, panels.base)
    let scratch = KernelMemory(
      bytes: ck_exact_winograd_scratch(&winograd, Int32(images), Int32(parts)))
    return result { requantization, output in
      for part in 0..<parts {
        for channels in (0..<Int(to.channels)).chunks(of: 64) {
          let region = ck_exact_winograd_region(
            images: Int32(images), part: Int32(part), parts: Int32(parts),
            first_channel: Int32(channels.lowerBound), end_channel: Int32(channels.upperBound))
          ck_exact_winograd_convolve(
            &winograd, region, source, panels.base, &requantization, output, scratch.base)
        }
      }
    }
  }

  private func result(
    _ convolve: (inout ck_requantization, ck_output) -> Void
  ) -> CodeResult {
    let floats = images * Int(to.height * to.width * to.channels)
    let multipliers = KernelMemory(multipliers)
    let bias = KernelMemory(bias)
    let integers = integerBias.map { KernelMemory([Int32](repeating: $0, count: Int(to.channels))) }
    let residualCodes = residualCodes.map { KernelMemory($0) }
    let residualSums = residualSums.map { KernelMemory($0) }
    let output = KernelMemory(
      bytes: givesCodes ? images * withUnsafePointer(to: to, ck_codes_bytes) : 4 * floats)
    return withExtendedLifetime((integers, residualCodes, residualSums)) {
      var requantization = ck_requantization(
        integer_bias: integers.map { UnsafePointer($0.pointer(Int32.self)) },
        multipliers: multipliers.pointer(Float.self), bias: bias.pointer(Float.self),
        zero_point: Int32(zeroPoint), low: Int32(zeroPoint),
        high: Int32(max(largestCode, zeroPoint)),
        residual_codes: residualCodes.map { UnsafePointer($0.pointer(UInt8.self)) },
        residual_zero_point: Int32(zeroPoint), residual_multiplier: 0.03,
        residual_sums: residualSums.map { UnsafePointer($0.pointer(Float.self)) })
      convolve(
        &requantization,
        ck_output(
          codes: givesCodes ? output.pointer(UInt8.self) : nil,
          sums: givesCodes ? nil : output.pointer(Float.self)))
      return givesCodes
        ? CodeResult(codes: output.values(UInt8.self, output.bytes))
        : CodeResult(sums: output.values(Float.self, floats))
    }
  }
}

extension KernelMemory {
  fileprivate func values<T>(_ type: T.Type, _ count: Int) -> [T] {
    Array(UnsafeBufferPointer(start: pointer(type), count: count))
  }
}
