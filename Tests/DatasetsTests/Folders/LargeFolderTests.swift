import Datasets
import Foundation
import TestSupport
import Testing

/// A small version of ImageNet's training set, whose listing is measured in Docs/Performance.md.
@Suite("Folders of many images")
struct LargeFolderTests {
  private static let classes = 100
  private static let imagesPerClass = 200

  /// Writes class folders of empty files, and a list of their names and classes.
  private func write(to folder: URL) throws {
    var list = ""
    for number in 0..<Self.classes {
      let name = "n\(10_000_000 + number)"
      let place = folder.appending(path: "images/\(name)")
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      for image in 0..<Self.imagesPerClass {
        let file = "\(name)_\(image).JPEG"
        close(open("\(place.path)/\(file)", O_CREAT | O_WRONLY, 0o666))
        list += "\(name)/\(file) \(number)\n"
      }
    }
    try Data(list.utf8).write(to: folder.appending(path: "list.txt"))
  }

  @Test("Listing opens no file, so 20,000 images take well under a second in either layout")
  func listing() throws {
    try withTemporaryFolder { folder in
      try write(to: folder)
      let images = folder.appending(path: "images")
      let clock = ContinuousClock()
      var sets: [ImageSet] = []
      let seconds = try clock.measure {
        sets.append(try ImageSet.open(images))
        sets.append(try ImageSet.open(images, labels: folder.appending(path: "list.txt")))
      }
      // A machine under load may take several times longer than the usual half a second.
      #expect(seconds < .seconds(20))
      for set in sets {
        #expect(set.items.count == Self.classes * Self.imagesPerClass)
        #expect(set.classNames.count == Self.classes)
        #expect(set.items[Self.imagesPerClass].name.hasPrefix("n10000001/"))
      }
    }
  }
}
