import Files
import Foundation
import Tensors
import Testing

@testable import Checkpoints

@Suite("Unwrapping checkpoints")
struct UnwrappingTests {
  /// The names read from nested dictionaries, whose leaves are tensors.
  private func read(_ root: Nest, preferEMA: Bool = false) throws -> CheckpointFile {
    try readCheckpoint(torchArchive(root.pickle), preferEMA: preferEMA)
  }

  @Test(
    "weights are found below the usual keys",
    arguments: ["state_dict", "model_state_dict", "model", "net"])
  func wrappers(key: String) throws {
    let file = try read([("epoch", .integer), (key, [("a", .tensor)])])
    #expect(file.stateDict.names == ["a"])
    #expect(file.notes == ["took '\(key)' of a training checkpoint (also there: epoch)"])
  }

  @Test("wrappers in wrappers are opened")
  func nested() throws {
    let file = try read([("model", [("state_dict", [("module.a", .tensor)])])])
    #expect(file.stateDict.names == ["a"])
    #expect(
      file.notes == [
        "took 'model' of a training checkpoint", "took 'model.state_dict' of a training checkpoint",
        "removed the prefix 'module.' from 1 names",
      ])
  }

  @Test("plain weights are taken before averaged ones, unless those are preferred")
  func averages() throws {
    let root: Nest = [
      ("state_dict_ema", [("average", .tensor)]), ("state_dict", [("plain", .tensor)]),
    ]
    let plain = try read(root)
    #expect(plain.stateDict.names == ["plain"])
    #expect(
      plain.notes.last
        == "took the plain weights; use --ema for the averaged ones in 'state_dict_ema'")
    let average = try read(root, preferEMA: true)
    #expect(average.stateDict.names == ["average"])
    #expect(average.notes.first?.contains("averaged (EMA)") == true)
  }

  @Test("averaged weights alone are taken, and reported as averaged")
  func averageAlone() throws {
    let file = try read([("ema", [("decay", .integer), ("module", [("a", .tensor)])])])
    #expect(file.stateDict.names == ["a"])
    #expect(file.notes.first?.contains("averaged (EMA)") == true)
  }

  @Test("asking for averaged weights that the file lacks is an error, for safetensors too")
  func noAverage() throws {
    let pickle = torchArchive(Nest([("model", [("a", .tensor)])]).pickle)
    let file = SafetensorsFile(entries: [SafetensorsEntry(name: "a", shape: [1], float32: [0])])
    for bytes in [pickle, file.encoded] {
      let error = try readingError(bytes, preferEMA: true)
      #expect(error.kind == .usage && error.reason == "it holds no EMA weights")
    }
  }

  @Test(
    "prefixes that every name has are removed",
    arguments: [
      (["module.a", "module.b"], ["a", "b"]), (["module._orig_mod.model.a"], ["a"]),
      (["backbone.a", "backbone.fc"], ["a", "fc"]), (["backbone.a", "fc"], ["backbone.a", "fc"]),
      (["model.", "model.a"], ["model.", "model.a"]), (["n_averaged", "module.a"], ["a"]),
    ])
  func prefixes(names: [String], expected: [String]) throws {
    #expect(try read(Nest(names.map { ($0, .tensor) })).stateDict.names == expected)
  }

  @Test("a file without tensors is refused with the keys that it has")
  func noTensors() throws {
    let error = try readingError(torchArchive(Nest([("epoch", .integer)]).pickle))
    #expect(error.reason == "no tensors were found; its keys are epoch")
    let number = try readingError(torchArchive(Nest.integer.pickle))
    #expect(number.reason.contains("no dictionary"))
  }

  @Test("wrappers and modules that contain themselves are refused")
  func cycles() throws {
    var pickle = PickleWriter()
    pickle.raw("}q\0")
    pickle.text("model")
    pickle.raw("h\0s.")
    #expect(try readingError(torchArchive(pickle.bytes)).reason.contains("contains itself"))

    #expect(try readingError(torchArchive(selfContainingModule)).reason.contains("nest deeper"))
  }

  /// A module whose only submodule is itself.
  private var selfContainingModule: Data {
    var pickle = PickleWriter()
    pickle.global("torch.nn", "Module")
    pickle.raw(")Rq\0}(")
    pickle.text("_parameters")
    pickle.raw("}")
    pickle.text("_modules")
    pickle.raw("}")
    pickle.text("self")
    pickle.raw("h\0sub.")
    return pickle.bytes
  }

  @Test("the walk over modules that share submodules ends")
  func sharedModules() throws {
    #expect(try readingError(torchArchive(doublingModules)).reason.contains("more members than"))
  }

  /// Forty modules; each but the first has its predecessor as two submodules, which makes 2⁴⁰ paths.
  private var doublingModules: Data {
    var pickle = PickleWriter()
    pickle.raw("}(")
    for memo in UInt8(0)..<40 {
      pickle.text(memo == 39 ? "model" : "\(memo)")
      pickle.global("torch.nn", "Module")
      pickle.raw(")R")
      pickle.raw(UInt8(ascii: "q"), memo)
      pickle.raw("}(")
      pickle.text("_parameters")
      pickle.raw("}")
      if memo > 0 {
        pickle.text("_modules")
        pickle.raw("}(")
        for name in ["left", "right"] {
          pickle.text(name)
          pickle.raw(UInt8(ascii: "h"), memo - 1)
        }
        pickle.raw("u")
      }
      pickle.raw("ub")
    }
    pickle.raw("u.")
    return pickle.bytes
  }
}

/// Nested dictionaries of tensors and numbers, to be pickled.
private enum Nest: ExpressibleByArrayLiteral {
  case tensor, integer
  case members([(String, Nest)])

  init(_ members: [(String, Nest)]) { self = .members(members) }

  init(arrayLiteral members: (String, Nest)...) { self = .members(members) }

  var pickle: Data {
    var pickle = PickleWriter()
    write(to: &pickle)
    pickle.raw(".")
    return pickle.bytes
  }

  private func write(to pickle: inout PickleWriter) {
    switch self {
    case .tensor: pickle.tensor(sizes: [4], strides: [1])
    case .integer: pickle.integer(3)
    case .members(let members):
      pickle.raw("}(")
      for (name, value) in members {
        pickle.text(name)
        value.write(to: &pickle)
      }
      pickle.raw("u")
    }
  }
}
