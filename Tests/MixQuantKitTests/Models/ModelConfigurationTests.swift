import Files
import Foundation
import Networks
import MixQuantKit
import TestSupport
import Testing

@Suite("Model configuration")
struct ModelConfigurationTests {
  private func configuration(_ text: String) throws -> ModelConfiguration {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "config.json")
      try Data(text.utf8).write(to: url)
      return try ModelConfiguration(contentsOf: url)
    }
  }

  @Test("timm's keys: architecture, number of classes, label names at either place")
  func timm() throws {
    let top = try configuration(
      #"{"architecture": "resnet18", "num_classes": 2, "label_names": ["a", "b"]}"#)
    #expect(top.architecture == "resnet18" && top.classCount == 2 && top.labelNames == ["a", "b"])
    let nested = try configuration(#"{"pretrained_cfg": {"label_names": ["a", "b"]}}"#)
    #expect(nested.labelNames == ["a", "b"])
  }

  @Test("Hugging Face's keys: labels in the order of their indices, and where strides sit")
  func huggingFace() throws {
    let configuration = try configuration(
      """
      {"id2label": {"10": "k", "2": "c", "0": "a", "1": "b", "3": "d", "4": "e", "5": "f",
       "6": "g", "7": "h", "8": "i", "9": "j"}, "downsample_in_bottleneck": true,
       "downsample_in_first_stage": false}
      """)
    #expect(configuration.labelNames == "abcdefghijk".map(String.init))
    #expect(configuration.strideIn1x1 == true && configuration.downsampleInFirstStage == false)
  }

  @Test("Unknown keys at the top level become arguments, which the report names")
  func unknownKeys() throws {
    let configuration = try configuration(
      #"{"model_type": "resnet", "hidden_sizes": [8], "_name": "a", "stem_gain": [2], "x": null}"#)
    #expect(
      configuration.arguments.unknown == [
        "stem_gain: not known, so without effect", "x: not known, so without effect",
      ])
  }

  @Test("Indices with gaps name no classes")
  func gaps() throws {
    #expect(try configuration(#"{"id2label": {"0": "a", "2": "c"}}"#).labelNames == nil)
  }

  @Test("A flag has priority over the configuration")
  func flags() throws {
    let options = try configuration(#"{"downsample_in_bottleneck": true, "num_classes": 7}"#)
      .options(overriddenBy: ArchitectureOptions(strideIn1x1: false))
    #expect(options.strideIn1x1 == false && options.classCount == 7)
  }

  @Test("A value of the wrong kind is an error that names its key")
  func refusals() {
    let error = inputError { _ = try configuration(#"{"num_classes": "ten"}"#) }
    #expect(error?.kind == .badData && error?.reason.contains("num_classes") == true)
    #expect(inputError { _ = try configuration("[") }?.kind == .badData)
  }

  @Test("A file that is absent is a missing input")
  func absent() {
    let error = inputError {
      _ = try ModelConfiguration(contentsOf: URL(filePath: "/no/such/config.json"))
    }
    #expect(error?.kind == .missingInput)
  }
}
