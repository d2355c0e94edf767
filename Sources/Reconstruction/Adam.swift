internal import CKernels
package import Execution

/// Adam (Kingma and Ba, ICLR 2015) with PyTorch's defaults for all settings except the rate.
package struct Adam: Sendable {
  private var firstMoment: [Float]
  private var secondMoment: [Float]
  private var step = 0

  package init(count: Int) {
    firstMoment = [Float](repeating: 0, count: count)
    secondMoment = firstMoment
  }

  /// Changes `parameters` by one step against their gradient.
  package mutating func update(
    _ parameters: inout [Float], gradient: [Float], rate: Float, context: Context = .serial
  ) {
    precondition(parameters.count == firstMoment.count && gradient.count == parameters.count)
    step += 1
    let (count, step) = (parameters.count, step)
    parameters.withUnsafeMutableBufferPointer { parameters in
      firstMoment.withUnsafeMutableBufferPointer { first in
        secondMoment.withUnsafeMutableBufferPointer { second in
          let (parameters, first, second) = (
            SharedPointer(parameters), SharedPointer(first), SharedPointer(second)
          )
          context.forEach((0..<count).chunks(of: Self.parametersPerChunk)) { range in
            gradient[range].withUnsafeBufferPointer { gradient in
              ck_adam(
                range.count, Int32(step), rate, 0.9, 0.999, 1e-8, gradient.baseAddress,
                first.pointer(range), second.pointer(range), parameters.pointer(range))
            }
          }
        }
      }
    }
  }

  // The number of parameters that a worker takes at a time.
  private static let parametersPerChunk = 1 << 15
}

extension SharedPointer<UnsafeMutableBufferPointer<Float>> {
  /// Returns the pointer to the first element of `range`.
  fileprivate func pointer(_ range: Range<Int>) -> UnsafeMutablePointer<Float>? {
    base.baseAddress.map { $0 + range.lowerBound }
  }
}
