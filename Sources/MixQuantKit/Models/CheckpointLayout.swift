import Checkpoints
import Graphs
import Networks
import Tensors

/// The modules of the checkpoint from which a packed file was made.
///
/// An export writes weights under these names, so that the program that wrote the checkpoint can load
/// the export.
package struct CheckpointLayout: Codable, Equatable, Sendable {
  /// A module with parameters.
  package struct Module: Codable, Equatable, Sendable {
    /// The layer of the packed network, or its batch normalisation that could not be folded.
    package let node: String
    /// The name of the module in the checkpoint.
    package let name: String
    /// True if the weights have two axes, as those of linear layers; absent if false.
    package private(set) var linear: Bool?
    /// True if a layer has a bias in the checkpoint; absent if false.
    package private(set) var bias: Bool?
    /// True if the checkpoint counts the batches that a normalisation saw; absent if false.
    package private(set) var counter: Bool?
    /// The batch normalisation that was folded into the layer.
    package private(set) var normalization: Normalization?
  }

  /// A batch normalisation that was folded.
  package struct Normalization: Codable, Equatable, Sendable {
    package let name: String
    package let epsilon: Double
    /// True if the checkpoint counts the batches that it saw; absent if false.
    package private(set) var counter: Bool?
  }

  /// The modules in the order of the network's nodes.
  package let modules: [Module]
}

extension CheckpointLayout {
  /// Reads the layout of `model`.
  init(of model: CheckpointModel) {
    let source = Source(model)
    let graph = model.unfolded
    let readers = graph.readers
    var modules: [Module] = []
    var folded: Set<Int> = []
    for (index, node) in graph.nodes.enumerated() {
      switch node.operation {
      case .convolution:
        let reader = readers[index].count == 1 ? readers[index][0] : nil
        var normalization: Normalization?
        if let reader, case .batchNorm(let batchNorm) = graph.nodes[reader].operation {
          folded.insert(reader)
          normalization = source.normalization(graph.nodes[reader].name, batchNorm.epsilon)
        }
        modules.append(source.layer(node.name, normalization))
      case .batchNorm where !folded.contains(index):
        modules.append(source.module(node.name))
      default: break
      }
    }
    self.modules = modules
  }

  /// The tensors of a checkpoint's file.
  private struct Source {
    let tensors: StateDict
    let names: TensorNames

    init(_ model: CheckpointModel) {
      tensors = model.file.stateDict
      names = TensorNames(tensors)
    }

    func layer(_ node: String, _ normalization: Normalization?) -> Module {
      let weight = names["\(node).weight"].flatMap { tensors[$0] }
      return Module(
        node: node, name: name(of: node), linear: weight?.shape.rank == 2 ? true : nil,
        bias: has("\(node).bias"), normalization: normalization)
    }

    func module(_ node: String) -> Module {
      Module(node: node, name: name(of: node), counter: has("\(node).num_batches_tracked"))
    }

    func normalization(_ node: String, _ epsilon: Double) -> Normalization {
      Normalization(
        name: name(of: node), epsilon: epsilon, counter: has("\(node).num_batches_tracked"))
    }

    private func name(of node: String) -> String {
      guard let weight = names["\(node).weight"], weight.hasSuffix(".weight") else { return node }
      return String(weight.dropLast(".weight".count))
    }

    private func has(_ tensor: String) -> Bool? { names[tensor] == nil ? nil : true }
  }
}

extension CheckpointLayout {
  /// Returns the reason why the layout does not belong to `network`, or nil if it does.
  func flaw(for network: Graph) -> String? {
    let nodes = network.nodes.filter {
      switch $0.operation {
      case .convolution, .batchNorm: true
      default: false
      }
    }
    guard modules.map(\.node) == nodes.map(\.name) else {
      return "the modules of the checkpoint differ from those of the network"
    }
    let normalizations = modules.compactMap(\.normalization)
    guard normalizations.allSatisfy({ (0..<1).contains($0.epsilon) }) else {
      return "an epsilon of the checkpoint is not at least 0 and below 1"
    }
    let names = modules.map(\.name) + normalizations.map(\.name)
    guard Set(names).count == names.count else { return "two modules have the same name" }
    return nil
  }
}
