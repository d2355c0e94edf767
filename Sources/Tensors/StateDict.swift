/// Named tensors in the order of their file, the result of every checkpoint reader.
package struct StateDict: Sendable {
  /// The names in the order of the file.
  package private(set) var names: [String] = []
  private var tensors: [String: Tensor] = [:]

  package init() {}

  /// The tensor called `name`.
  ///
  /// Assigning a new name appends it; assigning `nil` removes it.
  package subscript(name: String) -> Tensor? {
    get { tensors[name] }
    set {
      if let newValue {
        if tensors.updateValue(newValue, forKey: name) == nil { names.append(name) }
      } else if tensors.removeValue(forKey: name) != nil {
        names.removeAll { $0 == name }
      }
    }
  }

  package var count: Int { names.count }
  package var isEmpty: Bool { names.isEmpty }

  /// Returns the same tensors under the names that `rename` returns; it drops those with `nil`.
  package func renaming(_ rename: (String) -> String?) -> StateDict {
    var renamed = StateDict()
    for name in names {
      if let newName = rename(name) { renamed[newName] = tensors[name] }
    }
    return renamed
  }
}
