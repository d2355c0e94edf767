import CExecution
import CKernels
import Execution
import Testing

@Suite("Convolution of codes")
struct ConvolutionKernelTests {
  @Test("The plain twin follows the rule", arguments: UInt64(1)...12)
  func twin(seed: UInt64) {
    let trial = ConvolutionTrial(seed: seed)
    let geometry = trial.geometry, outcome = trial.twin()
    let (kernel, stride) = (Int(geometry.kernel), Int(geometry.stride))
    var index = 0
    for image in 0..<trial.input.images {
      for y in 0..<Int(geometry.to.height) {
        for x in 0..<Int(geometry.to.width) {
          for output in 0..<Int(geometry.to.channels) {
            let corner = (y * stride - Int(geometry.padding), x * stride - Int(geometry.padding))
            var sum = 0, tap = output * kernel * kernel * trial.input.channels
            for ky in 0..<kernel {
              for kx in 0..<kernel {
                for channel in 0..<trial.input.channels {
                  let code = trial.input[image, corner.0 + ky, corner.1 + kx, channel]
                  sum += Int(code) * Int(trial.weights.base[tap])
                  tap += 1
                }
              }
            }
            let value = trial.requantization.value(
              of: sum, output: output, at: (image, y, x), index: index)
            if trial.writesCodes {
              #expect(outcome.codes[image, y, x, output] == trial.requantization.code(of: value))
            } else {
              #expect(outcome.sums[index] == value)
            }
            index += 1
          }
        }
      }
    }
  }

  @Test(
    "All instructions give the twin's bits and do not touch the border", arguments: UInt64(1)...40)
  func equality(seed: UInt64) {
    let trial = ConvolutionTrial(seed: seed)
    let expected = trial.twin()
    for dot in dots {
      let outcome = trial.fast(dot, regions: [trial.wholeRegion])
      #expect(outcome == expected, "\(String(cString: ce_dot_name(dot))), \(trial)")
      #expect(outcome.codes.hasCleanBorder)
    }
  }

  @Test("The division of the work changes nothing", arguments: UInt64(1)...20)
  func regions(seed: UInt64) {
    let trial = ConvolutionTrial(seed: seed)
    let rows = trial.geometry.to.height, channels = trial.geometry.to.channels
    let cuts = (row: rows / 3, channel: channels > 64 ? Int32(64) : 0)
    let regions = [(0, cuts.row), (cuts.row, rows)].flatMap { band in
      [(0, cuts.channel), (cuts.channel, channels)].map { block in
        ck_region(
          images: Int32(trial.input.images), first_row: band.0, end_row: band.1,
          first_channel: block.0, end_channel: block.1)
      }
    }
    for dot in dots { #expect(trial.fast(dot, regions: regions) == trial.twin()) }
  }

  @Test("Values beyond 32 bits and biases that are not finite are clamped as in the twin")
  func overflow() {
    for seed in 1...8 {
      let trial = ConvolutionTrial(seed: UInt64(seed))
      let outputs = Int(trial.geometry.to.channels)
      for output in 0..<outputs {
        trial.requantization.multipliers.base[output] = [1e6, -1e6, 1e30, 0.3][output % 4]
        trial.requantization.bias.base[output] =
          [.infinity, -.infinity, .nan, 1e20][output / 4 % 4]
      }
      for dot in dots where trial.writesCodes {
        #expect(trial.fast(dot, regions: [trial.wholeRegion]) == trial.twin())
      }
    }
  }

  @Test("The plan chooses a form whose sums are exact")
  func forms() {
    func form(_ weights: (Int) -> Int, largestCode: Int, _ dot: ce_dot) -> String {
      var geometry = ck_integer_geometry(
        from: ck_codes(16, 4, 4), to: ck_codes(16, 4, 4), kernel: 1, stride: 1, padding: 0)
      let memory = KernelMemory((0..<256).map { Int16(weights($0)) })
      var plan = ck_integer_plan(&geometry, Int32(largestCode), memory.base, dot)
      return String(cString: ck_integer_form_name(&plan))
    }
    // 255 · (64 + 64) is within 16 bits, 255 · (65 + 64) is not.
    #expect(form({ _ in 64 }, largestCode: 255, CE_DOT_AVX2) == "s8")
    #expect(form({ $0 == 0 ? 65 : 64 }, largestCode: 255, CE_DOT_AVX2) == "s16")
    #expect(form({ _ in 127 }, largestCode: 127, CE_DOT_AVX512) == "s8")
    // Signs that differ do not add up.
    #expect(form({ $0 % 2 == 0 ? 127 : -127 }, largestCode: 255, CE_DOT_AVX2) == "s8")
    #expect(form({ $0 % 2 == 0 ? 127 : -128 }, largestCode: 255, CE_DOT_AVX512_VNNI) == "s8")
    #expect(
      form({ $0 == 0 ? 128 : 0 }, largestCode: 255, CE_DOT_AVX512_VNNI) == "s8 and window sums")
    #expect(form({ $0 % 2 == 0 ? 255 : -1 }, largestCode: 255, CE_DOT_AVX512_VNNI) == "s16")
  }

  @Test("The instructions in use belong to the family in use")
  func instructions() {
    let dot = ce_dot_in_use()
    #expect(ce_has_dot(dot) != 0)
    switch ce_family_in_use() {
    case CE_AVX512: #expect(dot == CE_DOT_AVX512 || dot == CE_DOT_AVX512_VNNI)
    case CE_AVX2: #expect(dot == CE_DOT_AVX2 || dot == CE_DOT_AVX_VNNI)
    default: #expect(dot == CE_DOT_PORTABLE)
    }
  }
}
