package import Tensors

/// The names of a checkpoint's tensors, in its file and in its network.
///
/// They differ if the file's names have a prefix or are those of another library than torchvision.
package struct TensorNames: Sendable {
  private let fileNames: [String: String]

  /// Reads the names of the tensors in `stateDict`, the content of a file.
  package init(_ stateDict: StateDict) {
    let network = try? NetworkNames(of: stateDict.names)
    let names = stateDict.names.map { (network?.canonical($0) ?? $0, $0) }
    fileNames = Dictionary(names, uniquingKeysWith: { first, _ in first })
  }

  /// Returns the name in the file of the tensor that the network calls `name`, or nil if there is none.
  package subscript(name: String) -> String? { fileNames[name] }
}
