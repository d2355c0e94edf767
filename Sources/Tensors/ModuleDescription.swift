/// A module of a network that was saved whole: its class and its simple attributes.
package struct ModuleDescription: Sendable, Equatable {
  /// The class with its package, such as `torch.nn.modules.conv.Conv2d`.
  package let className: String
  /// Numbers, flags and texts by name; the numbers of a tuple are joined by commas.
  package let attributes: [String: String]
  /// True if it contains other modules.
  package let hasChildren: Bool

  package init(className: String, attributes: [String: String] = [:], hasChildren: Bool = false) {
    self.className = className
    self.attributes = attributes
    self.hasChildren = hasChildren
  }

  /// The class without its package, such as `Conv2d`.
  package var shortName: String { String(className.split(separator: ".").last ?? "") }
}

/// A module of a network that was saved whole, by its path in the file.
package struct NamedModule: Sendable, Equatable {
  package let path: String
  package let module: ModuleDescription

  package init(path: String, module: ModuleDescription) {
    self.path = path
    self.module = module
  }
}
