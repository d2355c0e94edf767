import KitSupport
import Datasets
import Files
import Foundation
import MixQuantKit
import TestSupport
import Testing

@Suite("Image audit")
struct ImageAuditTests {
  @Test("Images are compared by content, whatever their names and seeds")
  func overlap() throws {
    try withTemporaryFolder { folder in
      let evaluation = try shapes(20, seed: 1, in: folder)
      let other = try shapes(30, seed: 2, in: folder)
      let shared = folder.appending(path: "shapes-2").appending(path: other.items[0].name)
        .deletingLastPathComponent()
      for (index, item) in evaluation.items.prefix(3).enumerated() {
        try evaluation.contents(of: item)
          .write(to: shared.appending(path: "copy\(index).png"))
      }
      let pool = try ImageSet.open(folder.appending(path: "shapes-2"))
      let audit = ImageAudit(evaluation: evaluation, calibration: [pool], classCount: 10)
      #expect(audit.inCalibration == 3 && audit.calibrationImages == 33)
      #expect(audit.lines.count == 1 && audit.lines[0].contains("3 of 20 evaluation images"))

      let apart = ImageAudit(evaluation: evaluation, calibration: [other], classCount: 10)
      #expect(apart.inCalibration == 0 && apart.evaluationImages == 20)
      try apart.requireNoOverlap()
      let error = inputError { try audit.requireNoOverlap() }
      #expect(error?.kind == .usage && error?.reason.hasPrefix("3 of 20 evaluation") == true)
      #expect(error?.remedy.contains("--allow-overlap") == true)
    }
  }

  @Test("Two names of one file count as one image, and deleted files do not count")
  func links() throws {
    try withTemporaryFolder { folder in
      let evaluation = try shapes(20, seed: 1, in: folder)
      let links = folder.appending(path: "links")
      try FileManager.default.createDirectory(at: links, withIntermediateDirectories: true)
      for (index, item) in evaluation.items.prefix(4).enumerated() {
        try FileManager.default.createSymbolicLink(
          atPath: links.appending(path: "\(index).png").path,
          withDestinationPath: evaluation.path(of: item))
      }
      let pool = try ImageSet.open(links, purpose: .calibration)
      let audit = ImageAudit(evaluation: evaluation, calibration: [pool], classCount: 10)
      #expect(audit.inCalibration == 4)
      try FileManager.default.removeItem(atPath: evaluation.path(of: evaluation.items[0]))
      let without = ImageAudit(evaluation: evaluation, calibration: [pool], classCount: 10)
      #expect(without.inCalibration == 3 && without.calibrationImages == 4)
    }
  }

  @Test("An image drawn by several seeds is one calibration image")
  func seeds() throws {
    try withTemporaryFolder { folder in
      let images = try shapes(20, seed: 1, in: folder)
      let audit = ImageAudit(
        evaluation: images,
        calibration: [images.drawing(20, seed: 0), images.drawing(5, seed: 1)], classCount: 10)
      #expect(audit.calibrationImages == 20 && audit.inCalibration == 20)
    }
  }

  @Test("For 1000 classes, training images of ImageNet are recognised by their names")
  func training() throws {
    try withTemporaryFolder { folder in
      let set = folder.appending(path: "imagenet/n01440764")
      try FileManager.default.createDirectory(at: set, withIntermediateDirectories: true)
      for name in [
        "n01440764_10026.JPEG", "n01440764_7.jpeg", "ILSVRC2012_val_00000293.JPEG",
        "photograph.jpg",
      ] {
        try Data("no picture".utf8).write(to: set.appending(path: name))
      }
      let images = try ImageSet.open(folder.appending(path: "imagenet"))
      let audit = ImageAudit(evaluation: images, calibration: [], classCount: 1000)
      #expect(audit.namedAsImageNetTraining == 2 && audit.inCalibration == nil)
      #expect(audit.lines.count == 1 && audit.lines[0].contains("2 of 4"))
      #expect(audit.lines[0].contains("optimistic if trained on ImageNet-1k"))

      let small = ImageAudit(evaluation: images, calibration: [], classCount: 10)
      #expect(small.namedAsImageNetTraining == nil && small.lines.isEmpty)
    }
  }
}
