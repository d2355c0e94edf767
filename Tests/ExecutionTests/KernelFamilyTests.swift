import Execution
import Foundation
import Testing

@Suite("Kernel families")
struct KernelFamilyTests {
  @Test("The family in use is the one that MIXQ_ISA names, or else the widest")
  func inUse() throws {
    try KernelFamily.checkRequest()
    let name = ProcessInfo.processInfo.environment["MIXQ_ISA"]
    #expect(KernelFamily.inUse == name.flatMap(KernelFamily.init) ?? .widest)
    #expect(KernelFamily.inUse <= .widest)
  }

  @Test("Families are ordered by the width of their instructions")
  func order() {
    #expect(KernelFamily.portable < .avx2 && KernelFamily.avx2 < .avx512)
  }
}
