internal import Execution
package import Files
package import Foundation

/// A set of small pictures in ten classes that the program renders itself.
///
/// Each picture shows one outline of random rotation, size, place and colour. It is drawn among
/// clutter, and it may be partly hidden, badly lit and noisy. A picture depends only on the seed
/// and its index. It is computed with basic IEEE arithmetic, so it has the same bytes on every
/// machine.
package enum Shapes {
  /// The names of the classes in label order: circle, square, triangle and so on.
  package static let classNames = Outline.allCases.map(\.rawValue)

  /// The width and height of every picture in pixels.
  package static let side = Scene.side

  /// Returns picture number `index` of the endless set of `seed`; the labels take turns.
  package static func image(seed: UInt64, index: Int) -> (image: Image, label: Int) {
    let label = index % classNames.count
    var family = SplitMix64(seed: seed)
    let picture = family.next() &+ UInt64(truncatingIfNeeded: index) &* 0xD134_2543_DE82_EF95
    var scene = Scene(Outline.allCases[label], generator: SplitMix64(seed: picture))
    return (Image(width: side, height: side, pixels: scene.render()), label)
  }

  /// Writes the first `count` pictures of `seed` as PNG files, such as `circle/00010.png`.
  ///
  /// The result is an ImageFolder in `folder`, which must be absent or empty.
  ///
  /// - Throws: `cannotWrite` if the folder is not empty or cannot be written.
  package static func write(count: Int, seed: UInt64, to folder: URL) throws(InputError) {
    try requireEmpty(folder)
    for name in classNames { try make(folder.appending(path: name)) }
    for index in 0..<count {
      let (image, label) = image(seed: seed, index: index)
      let number = String(index)
      let digits = String(repeating: "0", count: max(5 - number.count, 0)) + number
      let file = folder.appending(path: "\(classNames[label])/\(digits).png")
      do {
        try encodePNG(image).write(to: file)
      } catch {
        throw cannotWrite(file, systemReason(error))
      }
    }
  }

  /// Throws `cannotWrite` if `folder` holds anything.
  package static func requireEmpty(_ folder: URL) throws(InputError) {
    let entries = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
    guard let entries, !entries.isEmpty else { return }
    throw InputError(
      .outputExists, "cannot write the pictures", at: folder.path,
      because: "the folder already holds \(entries.count) entries", try: "name an empty folder")
  }

  private static func make(_ folder: URL) throws(InputError) {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw cannotWrite(folder, systemReason(error))
    }
  }

  private static func cannotWrite(_ place: URL, _ reason: String) -> InputError {
    InputError(.cannotWrite, "cannot write the pictures", at: place.path, because: reason)
  }
}
