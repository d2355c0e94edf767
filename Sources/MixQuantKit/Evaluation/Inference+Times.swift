import Engine
package import Execution
package import Tensors

/// A step of an engine's program and the time that it took.
package struct StepTime: Sendable {
  /// The name of the layer, or of the node without weights.
  package let name: String
  package let kernel: String
  /// For one image.
  package let multiplyAdds: Int
  package let seconds: Double
}

extension Inference {
  /// The kernel of every step by the step's name; empty if no program computes the network.
  package var kernels: [String: String] {
    switch computation {
    case .integers(let program):
      Dictionary(program.kernels.map { ($0.name, $0.kernel) }) { first, _ in first }
    case .floats(let program):
      Dictionary(program.layerNames.map { ($0, Self.floatKernel) }) { first, _ in first }
    case .codes, .graph: [:]
    }
  }

  private static var floatKernel: String { "float" }

  /// Returns the time of every step for `input`; none if no program computes the network.
  package func stepTimes(of input: NetworkInput, context: Context) -> [StepTime] {
    switch computation {
    case .integers(let program):
      zip(program.kernels, program.stepTimes(input, context: context)).map { step, seconds in
        StepTime(
          name: step.name, kernel: step.kernel, multiplyAdds: step.multiplyAdds, seconds: seconds)
      }
    case .floats(let program):
      program.layerTimes(input.floats, context: context).map { layer in
        StepTime(
          name: layer.name, kernel: Self.floatKernel, multiplyAdds: layer.multiplyAdds,
          seconds: layer.seconds)
      }
    case .codes, .graph: []
    }
  }
}
