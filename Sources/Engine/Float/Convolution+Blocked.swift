package import CKernels
package import Graphs
internal import Tensors

extension Convolution {
  /// Whether the kernels can write its output in blocks of sixteen channels.
  var hasBlockedOutput: Bool {
    geometry.groups == 1 && outputChannels % 16 == 0
      && weight.shape[2] == weight.shape[3]
  }

  /// Whether it can work between blocked activations.
  package var suitsBlocks: Bool {
    let kernel = weight.shape[2]
    return hasBlockedOutput && [1, 3].contains(kernel) && geometry.padding == kernel / 2
      && weight.shape[1] % 16 == 0
  }

  /// The convolution's windows between blocked activations.
  package func window(from: BlockedShape, to: BlockedShape) -> ck_window {
    ck_window(
      from: from.kernel, to: to.kernel, kernel: Int32(weight.shape[2]),
      stride: Int32(geometry.stride), padding: Int32(geometry.padding))
  }
}
