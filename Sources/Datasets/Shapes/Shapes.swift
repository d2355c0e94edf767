internal import Execution
package import Files
package import Foundation

/// A ten-class set of small pictures that the toolkit renders itself: one outline each, of any turn,
/// size, place and colour, among clutter, half hidden, badly lit and noisy.
///
/// A picture depends on the seed and its index alone. It is computed by basic IEEE arithmetic only, so
/// it is the same, to the byte, on every machine.
package enum Shapes {
  /// The classes in label order: circle, square, triangle and so on.
  package static let classNames = Outline.allCases.map(\.rawValue)

  /// The extents of every picture in pixels.
  package static let side = Scene.side

  /// Picture number `index` of the endless set of `seed`; labels take turns.
  package static func image(seed: UInt64, index: Int) -> (image: Image, label: Int) {
    let label = index % classNames.count
    var family = SplitMix64(seed: seed)
    let picture = family.next() &+ UInt64(truncatingIfNeeded: index) &* 0xD134_2543_DE82_EF95
    var scene = Scene(Outline.allCases[label], generator: SplitMix64(seed: picture))
    return (Image(width: side, height: side, pixels: scene.render()), label)
  }

  /// Writes the first `count` pictures of `seed` as an ImageFolder of PNG files, `circle/00010.png`,
  /// into `folder`, which must be absent or empty.
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

  /// Throws `cannotWrite` where `folder` holds anything.
  package static func requireEmpty(_ folder: URL) throws(InputError) {
    let entries = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
    guard let entries, !entries.isEmpty else { return }
    throw InputError(
      .cannotWrite, "cannot write the pictures", at: folder.path,
      because: "the folder holds \(entries.count) entries already", try: "name an empty folder")
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
