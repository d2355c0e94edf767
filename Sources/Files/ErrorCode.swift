/// The stable code of a kind of error, which is printed with every error.
///
/// Codes are words, so that a message explains itself and a search finds them. A released code keeps
/// its meaning and its exit code. Docs/Errors.md lists all of them with causes and remedies.
package enum ErrorCode: String, CaseIterable, Codable, Sendable {
  // A goal was not met.
  case belowMinimum = "below-minimum"
  case dropTooLarge = "drop-too-large"
  case failedCheck = "failed-check"

  // Wrong usage.
  case usage = "wrong-usage"
  case unknownCommand = "unknown-command"
  case unknownOption = "unknown-option"
  case missingOption = "missing-option"
  case missingArgument = "missing-argument"
  case extraArgument = "extra-argument"
  case missingValue = "missing-value"
  case badValue = "bad-value"
  case outOfRange = "out-of-range"
  case conflictingOptions = "conflicting-options"
  case unusedOption = "unused-option"
  case unreadableArgument = "unreadable-argument"
  case swappedPaths = "swapped-paths"
  case impossiblePlan = "impossible-plan"
  case noSuchLayer = "no-such-layer"
  case tooFewImages = "too-few-images"
  case sharedImages = "shared-images"
  case otherImages = "other-images"
  case tooLittleBudget = "too-little-budget"
  case unsuitableChoice = "unsuitable-choice"
  case unusableRanks = "unusable-ranks"

  // Bad data.
  case badData = "bad-data"
  case badCheckpoint = "bad-checkpoint"
  case unsupportedNetwork = "unsupported-network"
  case badONNX = "bad-onnx"
  case badPackedFile = "bad-packed-file"
  case badConfiguration = "bad-configuration"
  case badPlan = "bad-plan"
  case badRecipe = "bad-recipe"
  case badLabels = "bad-labels"
  case unmatchedClasses = "unmatched-classes"
  case badImage = "bad-image"
  case badImageFolder = "bad-image-folder"
  case badInputSize = "bad-input-size"
  case badKeptResult = "bad-kept-result"
  case uselessNetwork = "useless-network"
  case numericFault = "numeric-fault"
  case tooLarge = "too-large"
  case changedFile = "changed-file"

  // Missing inputs.
  case missingInput = "missing-input"
  case missingFile = "missing-file"
  case missingFolder = "missing-folder"
  case folderForFile = "folder-for-file"
  case fileForFolder = "file-for-folder"
  case archive = "archive"

  // Outputs that cannot be written.
  case cannotWrite = "cannot-write"
  case outputExists = "output-exists"
  case outputPlace = "output-place"
  case otherWork = "other-work"

  // The program or the machine.
  case internalError = "internal-error"
  case tooLittleMemory = "too-little-memory"
  case tooFewFiles = "too-few-files"
  case interrupted = "interrupted"
  case lostRank = "lost-rank"

  /// The kind of errors with this code.
  package var kind: InputError.Kind {
    switch self {
    case .belowMinimum, .dropTooLarge, .failedCheck: .unmet
    case .usage, .unknownCommand, .unknownOption, .missingOption, .missingArgument,
      .extraArgument, .missingValue, .badValue, .outOfRange, .conflictingOptions, .unusedOption,
      .unreadableArgument, .swappedPaths, .impossiblePlan, .noSuchLayer, .tooFewImages,
      .sharedImages, .otherImages, .tooLittleBudget, .unsuitableChoice, .unusableRanks:
      .usage
    case .badData, .badCheckpoint, .unsupportedNetwork, .badONNX, .badPackedFile,
      .badConfiguration, .badPlan, .badRecipe, .badLabels, .unmatchedClasses, .badImage,
      .badImageFolder, .badInputSize, .badKeptResult, .uselessNetwork, .numericFault, .tooLarge,
      .changedFile:
      .badData
    case .missingInput, .missingFile, .missingFolder, .folderForFile, .fileForFolder, .archive:
      .missingInput
    case .cannotWrite, .outputExists, .outputPlace, .otherWork: .cannotWrite
    case .internalError, .tooLittleMemory, .tooFewFiles: .failure
    case .interrupted, .lostRank: .interrupted
    }
  }
}
