package import CKernels
package import Graphs
internal import Tensors

extension Convolution {
  /// True if the kernels can write its output in blocks of 16 channels.
  var hasBlockedOutput: Bool {
    geometry.groups == 1 && outputChannels % 16 == 0
      && weight.shape[2] == weight.shape[3]
  }

  /// True if the kernels can read its input and write its output in blocks of 16 channels.
  package var suitsBlocks: Bool {
    let kernel = weight.shape[2]
    return hasBlockedOutput && [1, 3].contains(kernel) && geometry.padding == kernel / 2
      && weight.shape[1] % 16 == 0
  }

  /// Returns the convolution's windows between blocked activations.
  package func window(from: BlockedShape, to: BlockedShape) -> ck_window {
    ck_window(
      from: from.kernel, to: to.kernel, kernel: Int32(weight.shape[2]),
      stride: Int32(geometry.stride), padding: Int32(geometry.padding))
  }
}
