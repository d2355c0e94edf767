import CExecution
import CKernels
import Execution

@testable import Engine

/// The results of a convolution: codes with their border, or sums.
struct CodeResult: Equatable {
  var codes: [UInt8] = []
  var sums: [Float] = []
}

/// A 3×3 convolution of random or extreme codes.
struct CodeLayer {
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
