internal import Foundation

/// The kind of a file, judged by its first bytes.
enum FileKind {
  case zip
  case pickle
  case safetensors
  case onnx
  /// A file whose weights cannot be read: a description of it, and advice on what to do.
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

  /// Returns true if `head` begins with the version of an ONNX model (field 1 of `ModelProto`) and
  /// another field of that message.
  ///
  /// The length of a safetensors header may have the same first bytes, but its upper half is zero. A
  /// Core ML model has a message in the place of the text that names ONNX's producer.
  private static func isONNX(_ head: [UInt8]) -> Bool {
    let tags: [UInt8] = [0x12, 0x1A, 0x22, 0x28, 0x32, 0x3A, 0x42, 0x72]
    guard head.count > 8, head[0] == 0x08, (1..<0x80).contains(head[1]), tags.contains(head[2]),
      head[4..<8] != [0, 0, 0, 0]
    else { return false }
    return head[2] != 0x12 || head[3] == 0 || head[4] >= 0x20
  }

  private static func other(_ head: [UInt8]) -> FileKind {
    guard !head.isEmpty else {
      return .other(appearance: "the file is empty", remedy: "copy or download it again")
    }
    if let format = ForeignFormat.find(head) {
      return .other(appearance: "it is \(format.name)", remedy: format.remedy)
    }
    if isText(head) {
      let start =
        String(decoding: head.prefix(24), as: UTF8.self)
        .split(whereSeparator: \.isNewline).first ?? ""
      return .other(
        appearance: "it is text that begins with '\(start)', not a checkpoint",
        remedy: "check whether the download saved an error page, and \(ForeignFormat.expected)")
    }
    let bytes = head.prefix(8).map { String($0, radix: 16) }.joined(separator: " ")
    return .other(
      appearance: "it begins with the bytes \(bytes), which match no supported format",
      remedy: ForeignFormat.expected)
  }

  private static func isText(_ head: [UInt8]) -> Bool {
    head.allSatisfy { $0 >= 0x20 && $0 < 0x7F || (0x09...0x0D).contains($0) }
  }
}

/// A format of files that are no checkpoints of PyTorch, recognised by bytes at a fixed place.
struct ForeignFormat {
  static let expected = "name a .pth, .pt, .th, .safetensors or .onnx file"
  private static let export =
    "save the weights with torch.save or as safetensors, or export to ONNX"

  /// The name with its article.
  let name: String
  let remedy: String
  private let signature: [UInt8]
  private let offset: Int

  private init(
    _ name: String, _ signature: [UInt8], at offset: Int = 0, try remedy: String = export
  ) {
    (self.name, self.signature, self.offset, self.remedy) = (name, signature, offset, remedy)
  }

  private init(
    _ name: String, _ signature: String, at offset: Int = 0, try remedy: String = export
  ) {
    self.init(name, Array(signature.utf8), at: offset, try: remedy)
  }

  /// Returns the format of a file that begins with `head`, or nil if it is unknown.
  static func find(_ head: [UInt8]) -> ForeignFormat? {
    if let format = all.first(where: { $0.matches(head) }) { return format }
    let text = String(decoding: head, as: UTF8.self).lowercased()
    let start = text.drop { $0.isWhitespace }
    if start.hasPrefix("<!doctype") || start.hasPrefix("<html") {
      return ForeignFormat(
        "an HTML page: text that begins with '\(String(decoding: head.prefix(15), as: UTF8.self))'",
        "", try: "the download saved an error page: download the file again")
    }
    if text.contains("<net name=") {
      return ForeignFormat("an OpenVINO network (.xml)", "", try: export)
    }
    return protobuf(head)
  }

  private func matches(_ head: [UInt8]) -> Bool {
    head.count >= offset + signature.count
      && head[offset..<offset + signature.count].elementsEqual(signature)
  }

  /// Returns the format of a file in Protocol Buffers, which has no signature.
  ///
  /// Core ML begins with its version (field 1) and a description (field 2) that is itself a message. Caffe
  /// begins with the network's name (field 1).
  private static func protobuf(_ head: [UInt8]) -> ForeignFormat? {
    guard head.count > 8 else { return nil }
    if head[0] == 0x08, head[1] < 0x20, head[2] == 0x12 {
      return ForeignFormat("a Core ML model", "")
    }
    let name = head.dropFirst(2).prefix(min(Int(head[1]), 8))
    if head[0] == 0x0A, head[1] > 2, head[1] < 64, name.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) {
      return ForeignFormat("a Caffe network (.caffemodel)", "")
    }
    return nil
  }

  private static let all = [
    ForeignFormat(
      "a Git LFS pointer, not the file itself", "version https://git-lfs", try: "run git lfs pull"),
    ForeignFormat("compressed with gzip", [0x1F, 0x8B], try: "unpack it first"),
    ForeignFormat("compressed with bzip2", "BZh", try: "unpack it first"),
    ForeignFormat("compressed with xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A], try: "unpack it first"),
    ForeignFormat("compressed with zstd", [0x28, 0xB5, 0x2F, 0xFD], try: "unpack it first"),
    ForeignFormat("a 7z archive", [0x37, 0x7A, 0xBC, 0xAF], try: "unpack it first"),
    ForeignFormat("a RAR archive", "Rar!", try: "unpack it first"),
    ForeignFormat(
      "a tar archive, the format of PyTorch before 0.1.10", "ustar", at: 257,
      try: "unpack it, or save it again with a later PyTorch"),
    ForeignFormat("an HDF5 file, as written by Keras", [0x89, 0x48, 0x44, 0x46]),
    ForeignFormat("a TensorFlow Lite model", "TFL3", at: 4),
    ForeignFormat("a GGUF file of a language model", "GGUF"),
    ForeignFormat("a NumPy array", [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]),
    ForeignFormat("an ExecuTorch program", "ET12", at: 4),
    ForeignFormat("an MXNet parameter file", [0x12, 0x01, 0, 0, 0, 0, 0, 0]),
    ForeignFormat("a PNG image", [0x89, 0x50, 0x4E, 0x47], try: expected),
    ForeignFormat("a JPEG image", [0xFF, 0xD8, 0xFF], try: expected),
    ForeignFormat("a PDF document", "%PDF", try: expected),
    ForeignFormat("a program or a shared library", [0x7F, 0x45, 0x4C, 0x46], try: expected),
  ]
}
