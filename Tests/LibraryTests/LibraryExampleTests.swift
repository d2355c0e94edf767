import Foundation
import MixQuantKit
import Testing

/// The public library as a stranger uses it: nothing but its own module is imported for the work.
@Suite struct LibraryExampleTests {
  @Test("The example of the documentation quantizes, writes, reads and scores a model")
  func example() throws {
    let (train, validation) = (
      try Pictures(count: 64, seed: 3), try Pictures(count: 100, seed: 4)
    )
    let file = train.folder.appendingPathExtension("mixq")
    defer { try? FileManager.default.removeItem(at: file) }

    let model = try FullPrecisionModel(contentsOf: Pictures.model)
    let images = try CalibrationImages(folder: train.folder, for: model, count: 64)
    let packed = try model.quantized(
      to: .uniform(4, for: model), with: Recipe(method: .gptq), on: images)
    try packed.write(to: file)

    let opened = try QuantizedModel(contentsOf: file)
    let accuracy = try opened.evaluated(on: LabelledImages(folder: validation.folder))
    #expect(opened.plan == packed.plan && opened.byteCount == packed.byteCount)
    #expect(accuracy.imageCount == 100 && accuracy.correct1 >= 85)
    #expect(throws: MixQuantError.self) { try packed.write(to: file) }
  }

  @Test(
    "A quantized model is exported in every format, and an existing file stays unless asked for",
    arguments: [
      (QuantizedModel.ExportedFormat.onnx, "mixq.flavour"), (.safetensors, "layer1.0.conv1.weight"),
      (.encodings, "param_encodings"),
    ])
  func exports(format: QuantizedModel.ExportedFormat, content: String) throws {
    let model = try FullPrecisionModel(contentsOf: Pictures.model)
    let train = try Pictures(count: 16, seed: 3)
    let images = try CalibrationImages(folder: train.folder, for: model, count: 16)
    let packed = try model.quantized(
      to: .uniform(4, for: model), with: Recipe(method: .nearest), on: images)
    let file = train.folder.appendingPathExtension("export")
    defer { try? FileManager.default.removeItem(at: file) }
    try packed.export(to: file, as: format)
    let bytes = try Data(contentsOf: file)
    #expect(bytes.range(of: Data(content.utf8)) != nil)
    let error = #expect(throws: MixQuantError.self) { try packed.export(to: file, as: format) }
    #expect(error?.kind == .cannotWrite)
    try packed.export(to: file, as: format, overwriting: true)
    #expect(try Data(contentsOf: file) == bytes)
  }

  @Test("A plan is read from the JSON that mixq plan writes, and only for its own model")
  func plans() throws {
    let model = try FullPrecisionModel(contentsOf: Pictures.model)
    let plan = try Plan.mixQuant(averageBits: 3, for: model)
    #expect(plan.widths["conv1"] == 8 && Set(plan.widths.values).isSubset(of: Set(2...8)))
    #expect((2...8).contains(plan.averageBits))
    let error = #expect(throws: MixQuantError.self) {
      try Plan(json: Data("{\"layers\": []}".utf8), for: model)
    }
    #expect(error?.kind == .badData)
  }

  @Test("A cancelled run keeps its finished units, and the next one resumes to the same bytes")
  func cancellation() throws {
    let train = try Pictures(count: 32, seed: 3)
    let state = train.folder.appendingPathExtension("state")
    let model = try FullPrecisionModel(contentsOf: Pictures.model)
    let images = try CalibrationImages(folder: train.folder, for: model, count: 32)
    let plan = try Plan.mixQuant(averageBits: 3, for: model)
    let recipe = Recipe(method: .brecqQuick)

    let error = #expect(throws: MixQuantError.self) {
      try model.quantized(to: plan, with: recipe, on: images, resuming: state) { progress in
        progress.task.contains("layer1.2") ? .cancel : .proceed
      }
    }
    #expect(error?.kind == .cancelled)
    #expect(FileManager.default.fileExists(atPath: state.path))

    var tasks: [String] = []
    let resumed = try model.quantized(
      to: plan, with: recipe, on: images, resuming: state
    ) { progress in
      tasks.append(progress.task)
      return .proceed
    }
    #expect(tasks.first == "resuming after 2 finished units")
    #expect(!FileManager.default.fileExists(atPath: state.path))

    let whole = try model.quantized(to: plan, with: recipe, on: images)
    #expect(try bytes(resumed) == bytes(whole))
  }

  private func bytes(_ model: QuantizedModel) throws -> Data {
    let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).mixq")
    defer { try? FileManager.default.removeItem(at: url) }
    try model.write(to: url)
    return try Data(contentsOf: url)
  }

  @Test("Errors name their kind, and what to do")
  func errors() throws {
    let missing = #expect(throws: MixQuantError.self) {
      try FullPrecisionModel(contentsOf: URL(filePath: "/nowhere/model.pth"))
    }
    #expect(missing?.kind == .missingInput)
    let model = try FullPrecisionModel(contentsOf: Pictures.model)
    let width = #expect(throws: MixQuantError.self) { try Plan.uniform(9, for: model) }
    #expect(width?.kind == .usage && width?.description.contains("2 to 8") == true)
  }
}
