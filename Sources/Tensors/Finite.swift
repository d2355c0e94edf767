extension Tensor {
  /// The index of the first scalar that is NaN or infinite; `nil` if there is none.
  package var firstNonFinite: Int? {
    // Adding one to an exponent of all ones carries into the sign bit. This form vectorises.
    let carries = scalars.withUnsafeBufferPointer { buffer in
      buffer.reduce(UInt32(0)) { $0 | (($1.bitPattern & 0x7FFF_FFFF) &+ 0x0080_0000) }
    }
    return carries >> 31 == 0 ? nil : scalars.firstIndex { !$0.isFinite }
  }
}
