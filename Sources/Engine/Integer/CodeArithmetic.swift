internal import Graphs
internal import Tensors

extension Requantization {
  /// Returns the results for exact sums and their shape (OC, H, W).
  func callAsFunction(_ layer: (sums: [Int32], shape: Shape), residual: CodeValue?) -> CodeValue {
    let (sums, shape) = layer
    let plane = shape[1] * shape[2]
    var results = [Float](repeating: 0, count: sums.count)
    for channel in 0..<shape[0] {
      let (multiplier, bias) = (multipliers[channel], bias?[channel])
      let integerBias = integerBias?[channel] ?? 0
      for index in channel * plane..<(channel + 1) * plane {
        let t = Float(sums[index] + integerBias) * multiplier
        results[index] = bias.map { t + $0 } ?? t
      }
    }
    switch (self.residual, residual) {
    case (.codes(let zeroPoint, let multiplier)?, .codes(let maps)?):
      for index in results.indices {
        let product = Float(Int(maps.codes[index]) - zeroPoint) * multiplier
        results[index] = results[index] + product
      }
    case (.sums?, .floats(let tensor)?):
      for index in results.indices { results[index] += tensor.scalars[index] }
    case (nil, nil): break
    default: preconditionFailure("another residual than that of the arithmetic")
    }
    return CodeValue(results, shape: shape, codes: codes)
  }
}

extension PixelLayer {
  /// Returns the results for the exact sums (OC, OH, OW) of each colour.
  func value(_ colors: [(sums: [Int32], shape: Shape)]) -> CodeValue {
    let shape = colors[0].shape
    let plane = shape[1] * shape[2]
    var results = [Float](repeating: 0, count: shape.count)
    for y in 0..<shape[1] {
      for x in 0..<shape[2] {
        let bias = bias(y, x)
        for channel in 0..<shape[0] {
          let index = channel * plane + y * shape[2] + x
          var t = Float(colors[0].sums[index]) * multipliers[channel]
          t = t + Float(colors[1].sums[index]) * multipliers[shape[0] + channel]
          t = t + Float(colors[2].sums[index]) * multipliers[2 * shape[0] + channel]
          results[index] = t + bias[channel]
        }
      }
    }
    return CodeValue(results, shape: shape, codes: codes)
  }
}

extension AverageOfCodes {
  /// Returns the averages of `maps` over every window, or over whole maps if `window` is nil.
  func value(_ maps: CodeMaps, _ window: Window?) -> CodeValue {
    let (height, width) = (maps.shape[1], maps.shape[2])
    guard let window else {
      let results = (0..<maps.shape[0]).map { channel in
        share(of: maps, channel, rows: 0..<height, columns: 0..<width)
      }
      return CodeValue(results, shape: [maps.shape[0], 1, 1], codes: codes)
    }
    let shape: Shape = [
      maps.shape[0], window.outputExtent(height), window.outputExtent(width),
    ]
    var results: [Float] = []
    for channel in 0..<shape[0] {
      for y in 0..<shape[1] {
        for x in 0..<shape[2] {
          results.append(
            share(
              of: maps, channel, rows: window.pixels(y, of: height),
              columns: window.pixels(x, of: width)))
        }
      }
    }
    return CodeValue(results, shape: shape, codes: codes)
  }

  private func share(
    of maps: CodeMaps, _ channel: Int, rows: Range<Int>, columns: Range<Int>
  ) -> Float {
    var sum = 0
    for y in rows {
      let row = (channel * maps.shape[1] + y) * maps.shape[2]
      for x in columns { sum += Int(maps.codes[row + x]) - zeroPoint }
    }
    return Float(Int32(sum)) * Float(multiplier / Double(rows.count * columns.count))
  }
}

extension Window {
  /// Returns the pixels of a map that the window with an index covers along an axis.
  fileprivate func pixels(_ index: Int, of extent: Int) -> Range<Int> {
    let first = index * stride - padding
    return max(first, 0)..<min(first + kernel, extent)
  }
}

extension IntegerLayer {
  /// Returns the exact sums (OC) of the last layer on the sums of all codes of every map.
  func headSums(_ maps: CodeMaps) -> (sums: [Int32], shape: Shape) {
    let (channels, plane) = (maps.shape[0], maps.shape[1] * maps.shape[2])
    let totals = (0..<channels).map { channel in
      maps.codes[channel * plane..<(channel + 1) * plane].reduce(Int32(0)) { $0 + Int32($1) }
    }
    let sums = (0..<weights.outputChannels).map { output in
      var sum: Int32 = 0
      for channel in 0..<channels {
        sum += Int32(weights.values[output * channels + channel]) * totals[channel]
      }
      return sum
    }
    return (sums, [weights.outputChannels, 1, 1])
  }
}
