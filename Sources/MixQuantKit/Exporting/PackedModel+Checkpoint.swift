package import Checkpoints
import Files
import Foundation
import Graphs
import Quantization
import Tensors

extension PackedModel {
  /// The dequantized network as a checkpoint under the original names.
  ///
  /// A folded batch normalisation becomes an exact identity plus the layer's bias: scale 1, mean 0, and
  /// a variance that is 1 after ε is added. The program that wrote the checkpoint can therefore load
  /// the file strictly and computes the same values as the quantized network without activation grids.
  package var dequantizedCheckpoint: SafetensorsFile {
    let nodes = Dictionary(
      network.network.parameterNodes.map { ($0.name, $0.operation) },
      uniquingKeysWith: { first, _ in first })
    let entries = checkpoint.modules.flatMap { module -> [SafetensorsEntry] in
      switch nodes[module.node] {
      case .convolution(let convolution): module.entries(convolution)
      case .batchNorm(let batchNorm): module.entries(batchNorm)
      default: preconditionFailure("\(module.node) has no parameters")
      }
    }
    // Hugging Face's loader requires the format.
    return SafetensorsFile(
      entries: entries, metadata: ["format": "pt", "mixq.provenance": json(provenance)])
  }
}

extension Graph {
  /// The layers and batch normalisations.
  fileprivate var parameterNodes: [Node] {
    nodes.filter {
      switch $0.operation {
      case .convolution, .batchNorm: true
      default: false
      }
    }
  }
}

extension CheckpointLayout.Module {
  /// Returns the tensors of a layer and of the normalisation that was folded into it.
  fileprivate func entries(_ convolution: Convolution) -> [SafetensorsEntry] {
    let weight = convolution.weight
    let channels = convolution.outputChannels
    let shape = linear == true ? Shape(Array(weight.shape.dimensions.prefix(2))) : weight.shape
    let values = convolution.bias ?? [Float](repeating: 0, count: channels)
    var entries = [
      SafetensorsEntry(name: "\(name).weight", shape: shape, float32: weight.scalars)
    ]
    if bias == true || normalization == nil && convolution.bias != nil {
      let own = normalization == nil ? values : [Float](repeating: 0, count: channels)
      entries.append(SafetensorsEntry(name: "\(name).bias", shape: [channels], float32: own))
    }
    if let normalization { entries += normalization.entries(adding: values) }
    return entries
  }

  /// Returns the tensors of a normalisation that was not folded.
  fileprivate func entries(_ batchNorm: BatchNorm) -> [SafetensorsEntry] {
    NormalizationTensor.allCases.map { tensor in
      let values = tensor.values(of: batchNorm)
      return SafetensorsEntry(
        name: "\(name).\(tensor.rawValue)", shape: [values.count], float32: values)
    } + (counter == true ? [.batchCounter(of: name)] : [])
  }
}

extension CheckpointLayout.Normalization {
  /// Returns the tensors of the normalisation that only adds `biases`.
  fileprivate func entries(adding biases: [Float]) -> [SafetensorsEntry] {
    let identity = BatchNorm(
      scale: [Float](repeating: 1, count: biases.count), shift: biases,
      mean: [Float](repeating: 0, count: biases.count),
      variance: [Float](repeating: unitVariance, count: biases.count), epsilon: epsilon)
    return NormalizationTensor.allCases.map { tensor in
      SafetensorsEntry(
        name: "\(name).\(tensor.rawValue)", shape: [biases.count],
        float32: tensor.values(of: identity))
    } + (counter == true ? [.batchCounter(of: name)] : [])
  }

  /// The variance that gives exactly 1 when ε is added in single precision.
  private var unitVariance: Float {
    let guess = Float(1 - epsilon)
    return [guess, guess.nextUp, guess.nextDown].first { $0 + Float(epsilon) == 1 } ?? guess
  }
}

extension SafetensorsEntry {
  /// The number of batches that a normalisation saw: none.
  fileprivate static func batchCounter(of module: String) -> SafetensorsEntry {
    SafetensorsEntry(
      name: "\(module).num_batches_tracked", elementType: .int64, shape: [],
      data: Data(count: ElementType.int64.byteCount))
  }
}
