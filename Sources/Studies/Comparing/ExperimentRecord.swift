package import Files
package import Foundation
package import MixQuantKit

/// The subject of an experiment and its finished cells, kept as `experiment.json` in its folder.
///
/// The cells' scores are in `cells/KEY.json` beside it (`CellScore`); `ExperimentResult` joins them.
package struct ExperimentRecord: Codable, Equatable, Sendable {
  /// Full precision's answers, one per image, and the size of its weights as Float32.
  package struct FullPrecision: Codable, Equatable, Sendable {
    package let answers: [Int]
    package let bytes: Int
    /// Images whose label is among the first five answers; nil in records of older versions.
    package var correct5: Int?
  }

  /// A finished cell and the key of its score; equal work has equal keys.
  package struct Entry: Codable, Equatable, Sendable {
    package let cell: ExperimentCell
    package let key: String
  }

  /// The checkpoint's file name.
  package let model: String
  package let architecture: String
  /// SHA-256 of the folded network.
  package let network: String
  /// SHA-256 of the evaluation images' list, classes and transform.
  package let evaluation: String
  /// SHA-256 of the list of calibration images of each seed; nil in records of older versions.
  package var calibration: [String]?
  package let design: ExperimentDesign
  /// In bytes, one per target of the design.
  package let budgets: [Int]
  /// The evaluation images' paths; every list of a score is in this order.
  package let images: [String]
  /// The network's class of every image.
  package let labels: [Int]
  package let fullPrecision: FullPrecision
  package let audit: ImageAudit
  /// In the order of work.
  package internal(set) var entries: [Entry] = []

  private enum CodingKeys: String, CodingKey {
    case model, architecture, network, evaluation, calibration, design, budgets, images, labels,
      audit, entries
    case fullPrecision = "full_precision"
  }
}

extension ExperimentRecord {
  /// The SHA-256 of the record.
  package var digest: String { SHA256.hexDigest(of: Data(json(self).utf8)) }

  /// Full precision's counts of right answers; those among the first five are as many as the first if
  /// unknown.
  package var accuracy: Accuracy {
    let correct = zip(fullPrecision.answers, labels).count { $0 == $1 }
    return Accuracy(
      images: labels.count, correct1: correct, correct5: fullPrecision.correct5 ?? correct)
  }

  package static let fileName = "experiment.json"

  /// Reads the record in `folder`; throws `missingInput` if there is none, `badData` for other content.
  package init(contentsOf folder: URL) throws(InputError) {
    let url = folder.appending(path: Self.fileName)
    guard AtomicFile.type(at: url) != nil else {
      throw InputError(
        .missingFile, "cannot read the experiment", at: url.path, because: "there is no such file",
        try: "give a folder that `mixq compare --output` wrote")
    }
    let data = try InputFile.readText(url)
    do { self = try JSONDecoder().decode(ExperimentRecord.self, from: data) } catch {
      throw InputError(
        .badKeptResult, "cannot read the experiment", at: url.path, because: decodingReason(error))
    }
    if let fault = design.fault {
      throw InputError(.badKeptResult, "cannot read the experiment", at: url.path, because: fault)
    }
  }

  /// Throws `cannotWrite` if the store's folder holds an experiment on another network or on other
  /// evaluation images; more seeds, budgets or allocators may be added to one.
  func requireSameSubject(in store: ResultStore) throws(InputError) {
    guard let folder = store.folder else { return }
    try store.onFirst { () throws(InputError) in try requireSameSubject(in: folder) }
  }

  private func requireSameSubject(in folder: URL) throws(InputError) {
    guard FileManager.default.fileExists(atPath: folder.appending(path: Self.fileName).path)
    else { return }
    let other = try ExperimentRecord(contentsOf: folder)
    guard other.network == network, other.evaluation == evaluation else {
      throw InputError(
        .otherWork, "cannot continue the experiment", at: folder.path,
        because: "it is on \(other.model) and \(other.images.count) images, and "
          + (other.network == network ? "the images" : "the network") + " are others now",
        try: "choose another folder with --output")
    }
    // Seeds may be added; the images of those that are there must be the same.
    let common = Set(design.seeds).intersection(other.design.seeds)
    guard
      common.allSatisfy({ other.images(of: $0) == nil || other.images(of: $0) == images(of: $0) })
    else {
      throw InputError(
        .otherWork, "cannot continue the experiment", at: folder.path,
        because: "its calibration images were others",
        try: "use the same images, or choose another folder with --output")
    }
  }

  /// Returns the hash of the calibration images of `seed`, if it is known.
  private func images(of seed: UInt64) -> String? {
    guard let calibration, calibration.count == design.seeds.count else { return nil }
    return design.seeds.firstIndex(of: seed).map { calibration[$0] }
  }

  /// Keeps the record in the store's folder, if it has one.
  func write(to store: ResultStore) throws(InputError) {
    guard let folder = store.folder else { return }
    try store.onFirst { () throws(InputError) in
      try AtomicFile.write(
        Data(json(self, isPretty: true).utf8), to: folder.appending(path: Self.fileName),
        overwriting: true)
    }
  }
}
