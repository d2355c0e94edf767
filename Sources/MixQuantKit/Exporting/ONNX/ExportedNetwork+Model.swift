package import Checkpoints
import Datasets
import Files
import Foundation
import Graphs
import Quantization

extension ExportedNetwork {
  /// Returns the network as an ONNX model with the metadata of `packed`.
  ///
  /// The model has operator set 17 and IR version 8, which every current runtime reads. Weights of
  /// 4 bits need operator set 21 and IR version 10.
  package func model(of packed: PackedModel) -> ONNXModel {
    let isNarrow = weights.values.contains { !$0.container.isByte }
    return ONNXModel(
      irVersion: isNarrow ? 10 : 8,
      operatorSets: [ONNXOperatorSet(version: isNarrow ? 21 : 17)], producerName: "mixq",
      producerVersion: packed.provenance.build.version,
      graph: ONNXWriter.graph(self, inputSize: packed.transform.usualInputSize),
      metadata: metadata(of: packed))
  }

  private func metadata(of packed: PackedModel) -> [ONNXEntry] {
    let encoded = packed.encoded
    var entries = ["plan", "activations", "transform", "labels", "provenance"].compactMap { key in
      encoded.metadata["mixq.\(key)"].map { ONNXEntry("mixq.\(key)", $0) }
    }
    entries.append(ONNXEntry("mixq.flavour", flavour.rawValue))
    entries.append(ONNXEntry("mixq.sha256", SHA256.hexDigest(of: encoded.encoded)))
    if flavour == .deploy {
      let added = grids.filter { graph.nodes[$0.key].operation != .relu }
      let named = added.map { (graph.nodes[$0.key].name, $0.value) }
      entries.append(
        ONNXEntry(
          "mixq.deploy", json(Dictionary(named, uniquingKeysWith: { first, _ in first }))))
    }
    return entries.sorted { $0.key < $1.key }
  }
}
