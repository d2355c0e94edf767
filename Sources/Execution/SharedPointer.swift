/// A pointer or buffer that several workers use at once; the caller keeps their parts separate.
package struct SharedPointer<Pointer>: @unchecked Sendable {
  package let base: Pointer

  package init(_ base: Pointer) { self.base = base }
}
