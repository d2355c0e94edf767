import Datasets
import Files
import Foundation
import Tensors
import TestSupport
import Testing

/// The bytes of a committed fixture.
func fixture(_ name: String) throws -> Data {
  try Data(
    contentsOf: SharedFiles.projectRoot.appending(path: "Tests/DatasetsTests/Fixtures/\(name)"))
}

/// A binary PPM file, as Pillow writes it: `P6`, width and height, 255, pixels.
func ppm(_ name: String) throws -> Image {
  let bytes = [UInt8](try fixture(name))
  let lines = bytes.split(separator: 10, maxSplits: 3, omittingEmptySubsequences: false)
  let extents = String(decoding: lines[1], as: UTF8.self).split(separator: " ").compactMap {
    Int($0)
  }
  return Image(width: extents[0], height: extents[1], pixels: Array(lines[3]))
}

/// An image of one colour.
func plain(_ width: Int, _ height: Int, _ value: UInt8 = 255) -> Image {
  Image(width: width, height: height, pixels: [UInt8](repeating: value, count: width * height * 3))
}

/// Gives `body` a temporary folder with these files.
func withFolder(_ files: [String: Data], _ body: (URL) throws -> Void) throws {
  let root = FileManager.default.temporaryDirectory.appending(path: "datasets-\(UUID().uuidString)")
  defer { try? FileManager.default.removeItem(at: root) }
  try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
  for (name, bytes) in files {
    let file = root.appending(path: name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try bytes.write(to: file)
  }
  try body(root)
}

/// The uint8 tensors of a safetensors file, as images.
func goldenImages() throws -> [String: Image] {
  struct Entry: Decodable {
    let shape: [Int]
    let data_offsets: [Int]
  }
  let bytes = try Data(contentsOf: SharedFiles.url("golden/images_expected.safetensors"))
  let headerSize = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
  let header = try JSONDecoder().decode([String: Entry].self, from: bytes[8..<8 + headerSize])
  return header.mapValues { entry in
    let start = 8 + headerSize
    return Image(
      width: entry.shape[1], height: entry.shape[0],
      pixels: [UInt8](bytes[start + entry.data_offsets[0]..<start + entry.data_offsets[1]]))
  }
}

/// Returns the error that `body` throws, if it is an `InputError`.
func inputError(_ body: () throws -> Void) -> InputError? {
  do { try body() } catch { return error as? InputError }
  return nil
}
