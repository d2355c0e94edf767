package import Tensors

/// The names of a checkpoint's tensors, in its file and in its network.
///
/// They differ for Hugging Face's checkpoints only.
package struct TensorNames: Sendable {
  private let fileNames: [String: String]

  /// Reads the names of the tensors in `stateDict`, the content of a file.
  package init(_ stateDict: StateDict) {
    let isHuggingFace = HuggingFaceLayout.matches(stateDict.names)
    let names = stateDict.names.map { name in
      (isHuggingFace ? HuggingFaceLayout.torchvisionName(of: name) : name, name)
    }
    fileNames = Dictionary(names, uniquingKeysWith: { first, _ in first })
  }

  /// Returns the name in the file of the tensor that the network calls `name`, or nil if there is none.
  package subscript(name: String) -> String? { fileNames[name] }
}
