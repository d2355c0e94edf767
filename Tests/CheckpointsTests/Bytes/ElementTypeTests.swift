import Testing

@testable import Checkpoints

@Suite("Element types")
struct ElementTypeTests {
  @Test("every type is found by its safetensors tag", arguments: ElementType.allCases)
  func tags(type: ElementType) {
    #expect(ElementType(safetensorsTag: type.safetensorsTag) == type)
    #expect(ElementType(torchName: "torch.\(type.rawValue)") == type)
  }

  @Test("torch's storage classes name their elements")
  func storages() {
    #expect(ElementType(torchName: "torch.HalfStorage") == .float16)
    #expect(ElementType(torchName: "torch.LongStorage") == .int64)
    #expect(ElementType(torchName: "torch.QInt8Storage") == nil)
    #expect(ElementType(torchName: "evil.float32") == nil)
  }
}
