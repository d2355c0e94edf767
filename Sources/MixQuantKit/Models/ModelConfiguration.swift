package import Files
package import Foundation
package import Networks

/// The parts of a checkpoint's JSON configuration about classes and architecture.
///
/// The file has timm's or Hugging Face's form. Datasets reads the transform from the same file.
package struct ModelConfiguration: Decodable, Sendable {
  /// The name of the architecture, such as `resnet18`.
  package let architecture: String?
  /// The number of classes.
  package let classCount: Int?
  /// The name of each class, such as a wnid, in the order of the network's classes.
  package let labelNames: [String]?
  /// The description of each class for people, such as "tench", in the same order.
  package let labelDescriptions: [String]?
  /// Hugging Face: true if bottlenecks have their stride on the first 1×1 convolution.
  package let strideIn1x1: Bool?
  /// Hugging Face: true if the first stage halves the resolution too.
  package let downsampleInFirstStage: Bool?
  /// The arguments of the network's constructor (timm), and the properties at the top level.
  package let arguments: ModelArguments

  private enum CodingKeys: String, CodingKey {
    case architecture
    case pretrained = "pretrained_cfg"
    case classCount = "num_classes"
    case labelNames = "label_names"
    case labelsByIndex = "id2label"
    case labelDescriptions = "label_descriptions"
    case strideIn1x1 = "downsample_in_bottleneck"
    case downsampleInFirstStage = "downsample_in_first_stage"
    case arguments = "model_args"
    case labelCount = "num_labels"
    case globalPool = "global_pool"
    case activation = "hidden_act"
    case layerType = "layer_type"
    case depths
    case outputStride = "output_stride"
    case filters = "aa_layer"
  }

  /// The properties at the top level that are arguments too.
  private static let properties: [CodingKeys] = [
    .globalPool, .activation, .layerType, .outputStride, .filters,
  ]

  /// The inner object in which timm may store or repeat values.
  private struct Pretrained: Decodable {
    let label_names: [String]?
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    architecture = try values.decodeIfPresent(String.self, forKey: .architecture)
    classCount =
      try values.decodeIfPresent(Int.self, forKey: .classCount)
      ?? values.decodeIfPresent(Int.self, forKey: .labelCount)
    let byIndex = try values.decodeIfPresent([String: String].self, forKey: .labelsByIndex)
    labelNames =
      try values.decodeIfPresent([String].self, forKey: .labelNames)
      ?? values.decodeIfPresent(Pretrained.self, forKey: .pretrained)?.label_names
      ?? byIndex.flatMap(Self.namesInOrder)
    let descriptions =
      try values.decodeIfPresent([String: String].self, forKey: .labelDescriptions) ?? [:]
    labelDescriptions =
      descriptions.isEmpty ? nil : labelNames?.map { descriptions[$0] ?? $0 }
    strideIn1x1 = try values.decodeIfPresent(Bool.self, forKey: .strideIn1x1)
    downsampleInFirstStage = try values.decodeIfPresent(Bool.self, forKey: .downsampleInFirstStage)
    var arguments =
      try values.decodeIfPresent(ModelArguments.self, forKey: .arguments) ?? ModelArguments()
    for key in Self.properties {
      if let text = try? values.decodeIfPresent(String.self, forKey: key) {
        arguments.add(key.rawValue, text, from: key.rawValue)
      } else if let number = try? values.decodeIfPresent(Int.self, forKey: key) {
        arguments.add(key.rawValue, String(number), from: key.rawValue)
      }
    }
    if let depths = try? values.decodeIfPresent([Int].self, forKey: .depths) {
      let text = depths.map(String.init).joined(separator: ",")
      arguments.add(CodingKeys.depths.rawValue, text, from: CodingKeys.depths.rawValue)
    }
    try Self.addUnknownKeys(of: decoder, to: &arguments)
    self.arguments = arguments
  }

  /// Returns the names in the order of their indices, or nil if these are not exactly 0..<count.
  private static func namesInOrder(_ byIndex: [String: String]) -> [String]? {
    let names = (0..<byIndex.count).compactMap { byIndex[String($0)] }
    return names.count == byIndex.count ? names : nil
  }

  /// Reads `url`; throws `missingInput`, or `badData` that names the key that does not fit.
  package init(contentsOf url: URL) throws(InputError) {
    let data = try InputFile.readText(url)
    do { self = try JSONDecoder().decode(ModelConfiguration.self, from: data) } catch {
      throw InputError(
        .badConfiguration, "cannot read the model's configuration", at: url.path,
        because: decodingReason(error), try: "correct or remove the file")
    }
  }

  /// Returns the options of this configuration; `flags` have priority.
  package func options(overriddenBy flags: ArchitectureOptions) -> ArchitectureOptions {
    var options = flags
    options.strideIn1x1 = flags.strideIn1x1 ?? strideIn1x1
    options.downsampleInFirstStage = flags.downsampleInFirstStage ?? downsampleInFirstStage
    options.architecture = flags.architecture ?? architecture
    options.classCount = flags.classCount ?? classCount
    options.arguments = arguments
    return options
  }
}
