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
    /// The SHA-256 of the packed file, which is kept for the first seed.
    package var file: String?
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
    try self.init(try InputFile.readText(url), at: url)
  }

  private init(_ data: Data, at url: URL) throws(InputError) {
    func fault(_ reason: String) -> InputError {
      InputError(
        .badKeptResult, "cannot read the experiment", at: url.path, because: reason,
        try: "remove the file and run the same `mixq compare` again; finished cells are kept")
    }
    do { self = try JSONDecoder().decode(ExperimentRecord.self, from: data) } catch {
      throw fault(decodingReason(error))
    }
    if let reason = design.fault { throw fault(reason) }
    guard budgets.count == design.targetBits.count else {
      throw fault("it has \(budgets.count) budgets for \(design.targetBits.count) targets")
    }
    guard !images.isEmpty, labels.count == images.count,
      fullPrecision.answers.count == images.count
    else {
      throw fault(
        "it has \(images.count) images, \(labels.count) labels and "
          + "\(fullPrecision.answers.count) answers")
    }
  }

  /// Returns the record of the store's folder, to which more seeds, budgets or allocators may be added, or nil.
  ///
  /// - Throws: `cannotWrite` if it is of another network or of other evaluation images.
  func earlier(in store: ResultStore) throws(InputError) -> ExperimentRecord? {
    guard let folder = store.folder else { return nil }
    let url = folder.appending(path: Self.fileName)
    let data = try store.read(url)
    guard !data.isEmpty else { return nil }
    let other = try ExperimentRecord(data, at: url)
    guard other.network == network else {
      throw InputError(
        .otherWork, "cannot continue the experiment", at: folder.path,
        because: "it is on another network, \(other.model)",
        try: "choose another folder with --output")
    }
    guard other.evaluation == evaluation, other.images == images, other.labels == labels else {
      throw InputError(
        .otherWork, "cannot continue the experiment", at: folder.path,
        because:
          "its \(other.images.count) evaluation images are not the \(images.count) of this run",
        try: "choose another folder with --output")
    }
    // Seeds may be added; the images of those that are there must be the same.
    let common = Set(design.seeds).intersection(other.design.seeds)
    guard
      common.allSatisfy({ other.images(of: $0) == nil || other.images(of: $0) == images(of: $0) })
    else {
      throw InputError(
        .otherWork, "cannot continue the experiment", at: folder.path,
        because: "it was calibrated on other images",
        try: "use the same images, or choose another folder with --output")
    }
    return other
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
