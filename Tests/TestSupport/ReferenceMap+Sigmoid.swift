internal import Foundation

extension ReferenceMap {
  /// 1 / (1 + e⁻ˣ) of every value.
  func sigmoid() -> ReferenceMap { mapped { 1 / (1 + exp(-$0)) } }
}
