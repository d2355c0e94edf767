import Files
import Tensors

/// The names of a checkpoint's tensors, divided into those of one residual network and the others.
struct NetworkNames {
  let scheme: NamingScheme
  /// The text before the names of the network's modules, such as `backbone.`.
  let prefix: String
  /// The prefixes of copies of the network that inference does not use, such as `encoder_k.`.
  let copies: [String]

  /// Finds the residual network in `names`.
  ///
  /// A network is recognised by the names in its first block. If there is none, the names are taken
  /// for torchvision's, so that errors name the first tensor that does not fit.
  ///
  /// - Throws: `badData` if there are several networks and none of them is plainly the copy of another.
  init(of names: [String]) throws(InputError) {
    for firstBlock in Self.firstBlocks {
      var prefixes = Self.prefixes(before: firstBlock, in: names)
      guard !prefixes.isEmpty else { continue }
      let copies = prefixes.count > 1 ? prefixes.filter(Self.isCopy) : []
      prefixes.removeAll(where: copies.contains)
      guard prefixes.count == 1 else {
        throw InputError(
          .badCheckpoint, "the checkpoint does not fit", at: copies.first ?? prefixes[0],
          because: "it holds several residual networks, with the prefixes "
            + (prefixes + copies).map { "'\($0)'" }.joined(separator: ", "),
          try: "save the state dict of one of them")
      }
      let below = Set(
        names.filter { $0.hasPrefix(prefixes[0]) }.map { $0.dropFirst(prefixes[0].count) })
      scheme = Self.scheme(firstBlock, Set(below.map(String.init)))
      prefix = prefixes[0]
      self.copies = copies
      return
    }
    if let found = Self.sequential(in: names) {
      (prefix, scheme) = (found.prefix, .sequential(firstStage: found.stage))
    } else {
      (prefix, scheme) = ("", .torchvision)
    }
    copies = []
  }

  /// Returns the network's name of the tensor `name`, or nil if it is not one of the network's.
  func canonical(_ name: String) -> String? {
    guard name.hasPrefix(prefix), name.count > prefix.count else { return nil }
    return scheme.tensorName(String(name.dropFirst(prefix.count)))
  }

  /// Returns the network's path of the module `path`, or nil if it is not one of the network's.
  func canonicalModule(_ path: String) -> String? {
    guard path.hasPrefix(prefix), path.count > prefix.count else { return nil }
    return scheme.translate(
      path.dropFirst(prefix.count).split(separator: ".", omittingEmptySubsequences: false)
        .map(String.init))
  }

  /// The beginnings of the names in first blocks; the longer come before those that end them.
  private static let firstBlocks = [
    NamingScheme.huggingFace, .timmV2, .torchvision, .nvidia, .weiaicunzai, .pytorchcv([]),
    .openLTH([]),
  ].map(\.firstBlock)

  private static func scheme(_ firstBlock: String, _ names: Set<String>) -> NamingScheme {
    switch firstBlock {
    case NamingScheme.huggingFace.firstBlock: .huggingFace
    case NamingScheme.timmV2.firstBlock: .timmV2
    case NamingScheme.nvidia.firstBlock: .nvidia
    case NamingScheme.weiaicunzai.firstBlock: .weiaicunzai
    case "stage1.unit1.": .pytorchcv(names)
    case "blocks.0.": .openLTH(names)
    default:
      names.contains { $0.hasPrefix("stem.0.") || $0.contains(".se_layer.") }
        ? .mmPretrain : .torchvision
    }
  }

  /// The largest number of prefixes to distinguish.
  private static let mostPrefixes = 16

  /// Returns the texts before `firstBlock` in `names`, in the order of the file.
  private static func prefixes(before firstBlock: String, in names: [String]) -> [String] {
    var prefixes: [String] = []
    for name in names {
      guard let range = name.firstRange(of: firstBlock) else { continue }
      let prefix = String(name[..<range.lowerBound])
      guard prefix.isEmpty || prefix.hasSuffix("."), prefixes.last != prefix,
        !prefixes.contains(prefix)
      else { continue }
      prefixes.append(prefix)
      if prefixes.count == mostPrefixes { break }
    }
    return prefixes
  }

  /// Returns the prefix and the first stage's number of a network whose modules are numbered.
  private static func sequential(in names: [String]) -> (prefix: String, stage: Int)? {
    for name in names {
      guard name.hasSuffix(".0.conv1.weight"),
        let match = name.wholeMatch(of: #/(|.*\.)(\d{1,2})\.0\.conv1\.weight/#),
        let stage = Int(match.2), (2...9).contains(stage),
        names.contains("\(match.1)0.weight"), names.contains("\(match.1)1.running_mean")
      else { continue }
      return (String(match.1), stage)
    }
    return nil
  }

  /// Returns true if a prefix stands for a copy that self-supervised training or averaging keeps.
  private static func isCopy(_ prefix: String) -> Bool {
    prefix.split(separator: ".").contains { part in
      copyMarks.contains { part == $0 || part.hasPrefix("\($0)_") || part.hasSuffix("_\($0)") }
    }
  }

  private static let copyMarks = [
    "teacher", "momentum", "target", "ema", "encoder_k", "key", "k", "shadow", "swa", "old", "prev",
  ]
}
