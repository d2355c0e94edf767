import KitSupport
import Files
import Foundation
import Networks
import MixQuantKit
import Tensors
import TestSupport
import Testing

@Suite("Network description")
struct NetworkDescriptionTests {
  static let sketches: [CheckpointSketch] = [
    .tinyWithSubsampling, .tinyWithProjections, .tinyBottlenecks,
  ]

  private func network(_ sketch: CheckpointSketch) throws -> ResNet {
    try ResNet.build(sketch.randomStateDict(seed: 3)).network.foldingBatchNorm()
  }

  private func rebuilt(_ text: String, like network: ResNet) throws -> ResNet {
    let description = try JSONDecoder().decode(NetworkDescription.self, from: Data(text.utf8))
    let layers = Dictionary(uniqueKeysWithValues: network.layers.map { ($0.name, $0) })
    return try description.network { layer throws(InputError) in
      let shape = Shape(layer.shape)
      guard let known = layers[layer.name], known.weight.shape == shape else {
        return (Tensor(zeros: shape), nil)
      }
      return (known.weight, known.bias)
    }
  }

  @Test("A network becomes itself again by way of JSON", arguments: sketches.indices)
  func roundTrip(index: Int) throws {
    let network = try network(Self.sketches[index])
    let text = json(NetworkDescription(of: network))
    #expect(try rebuilt(text, like: network) == network)
  }

  /// What is replaced in the JSON of the smallest network, and by what.
  static let damages: [(original: String, replacement: String)] = [
    // A stride that the shortcut does not share.
    (
      #""stride":2},{"groups":1,"name":"layer2.0.conv2""#,
      #""stride":1},{"groups":1,"name":"layer2.0.conv2""#
    ),
    (#""name":"layer1.0.conv2""#, #""name":"layer1.0.conv1""#),
    (#""padding":1,"shape":[4,3,3,3]"#, #""padding":0,"shape":[4,3,3,3]"#),
    (#""shape":[4,3,3,3]"#, #""shape":[4,5,3,3]"#),
    (#""shape":[4,3,3,3]"#, #""shape":[4,3,3]"#),
    (#""shape":[4,3,3,3]"#, #""shape":[4,3,-3,-3]"#),
    (#""shape":[4,3,3,3]"#, #""shape":[9223372036854775807,3,3,3]"#),
    (#""shape":[10,16,1,1]"#, #""shape":[10,17,1,1]"#),
    (subsampling, #""subsampling":{"padding":2,"stride":0}"#),
    (subsampling, #""subsampling":{"padding":3,"stride":2}"#),
    (subsampling, #""subsampling":{"padding":9223372036854775807,"stride":2}"#),
    (subsampling, #""identity":{}"#),
  ]

  private static let subsampling = #""subsampling":{"padding":2,"stride":2}"#

  @Test("What does not make a network is refused by name", arguments: damages)
  func refusals(original: String, replacement: String) throws {
    let network = try network(.tinyWithSubsampling)
    let text = json(NetworkDescription(of: network))
    try #require(text.contains(original), "the description has changed: \(text)")
    let damaged = text.replacing(original, with: replacement, maxReplacements: 1)
    let error = try #require(inputError { _ = try rebuilt(damaged, like: network) })
    #expect(error.kind == .badData && !error.place.isEmpty)
  }

  @Test("A branch so long that its strides cannot be multiplied is refused")
  func longBranch() throws {
    let network = try network(.tinyWithSubsampling)
    let layers = (0..<30).map {
      #"{"groups":1,"name":"long\#($0)","padding":1,"shape":[4,4,3,3],"stride":8},"#
    }
    let text = json(NetworkDescription(of: network))
    let start = #""branch":["#
    try #require(text.contains(start), "the description has changed: \(text)")
    let long = text.replacing(start, with: start + layers.joined(), maxReplacements: 1)
    let error = try #require(inputError { _ = try rebuilt(long, like: network) })
    #expect(error.kind == .badData && error.reason.contains("32 layers"))
  }
}
