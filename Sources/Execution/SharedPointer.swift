/// A pointer or a buffer that several workers use at once; the caller keeps their places apart.
package struct SharedPointer<Pointer>: @unchecked Sendable {
  package let base: Pointer

  package init(_ base: Pointer) { self.base = base }
}
