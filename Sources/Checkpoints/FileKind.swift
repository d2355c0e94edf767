internal import Foundation

/// The kind of a file, judged by its first bytes.
enum FileKind {
  case zip
  case pickle
  case safetensors
  case onnx
  /// A file without weights: a description of it, and advice on what to do.
  case other(appearance: String, remedy: String)

  /// Recognises the kind of a file that begins with `bytes`.
  init(_ bytes: Data) {
    let head = Array(bytes.prefix(512))
    if head.starts(with: Array("PK\u{3}\u{4}".utf8))
      || head.starts(with: Array("PK\u{5}\u{6}".utf8))
    {
      self = .zip
    } else if head.count > 1, head[0] == 0x80, (2...5).contains(head[1]) {
      self = .pickle
    } else if Self.isONNX(head) {
      self = .onnx
    } else if head.count > 8, head[8] == UInt8(ascii: "{") {
      self = .safetensors
    } else {
      self = Self.other(head)
    }
  }

  /// Returns true for the version, field 1 of `ModelProto`, and another field of it.
  ///
  /// A safetensors file whose header has a length of such bytes has zeros in the length's upper half.
  private static func isONNX(_ head: [UInt8]) -> Bool {
    let tags: [UInt8] = [0x12, 0x1A, 0x22, 0x28, 0x32, 0x3A, 0x42, 0x72]
    return head.count > 8 && head[0] == 0x08 && (1..<0x80).contains(head[1])
      && tags.contains(head[2]) && head[4..<8] != [0, 0, 0, 0]
  }

  private static func other(_ head: [UInt8]) -> FileKind {
    let expected = "name a .pth, .pt, .th, .safetensors or .onnx file"
    guard !head.isEmpty else {
      return .other(appearance: "the file is empty", remedy: "copy or download it again")
    }
    if head.starts(with: Array("version https://git-lfs".utf8)) {
      return .other(
        appearance: "it is a Git LFS pointer, not the file itself", remedy: "run git lfs pull")
    }
    if head.starts(with: [0x1F, 0x8B]) {
      return .other(appearance: "it is compressed with gzip", remedy: "unpack it first")
    }
    if head.starts(with: [0x89, 0x48, 0x44, 0x46]) {
      return .other(appearance: "it is an HDF5 file, as written by Keras", remedy: expected)
    }
    if head.count > 262, head[257..<262].elementsEqual(Array("ustar".utf8)) {
      return .other(
        appearance: "it is a tar archive, the format of PyTorch before 0.1.10",
        remedy: "save it again with a later PyTorch, or unpack it")
    }
    if head.allSatisfy({ $0 >= 0x20 && $0 < 0x7F || (0x09...0x0D).contains($0) }) {
      let start =
        String(decoding: head.prefix(24), as: UTF8.self)
        .split(whereSeparator: \.isNewline).first ?? ""
      return .other(
        appearance: "it is text that begins with '\(start)', not a checkpoint",
        remedy: "check whether the download saved an error page, and \(expected)")
    }
    let bytes = head.prefix(8).map { String($0, radix: 16) }.joined(separator: " ")
    return .other(
      appearance: "it begins with the bytes \(bytes), which match no supported format",
      remedy: expected)
  }
}
