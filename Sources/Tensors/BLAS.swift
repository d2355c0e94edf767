internal import CKernels

/// The BLAS library that matrix products run on.
package enum BLAS {
  /// Its name, version and chosen kernels, such as "OpenBLAS 0.3.21 SkylakeX".
  package static var description: String {
    let words = String(cString: ck_blas_config()).split(separator: " ").prefix(2)
    return (words + [Substring(String(cString: ck_blas_core()))]).joined(separator: " ")
  }

  /// The bytes of address space that each thread needs for matrix products.
  package static var bufferBytes: Int { Int(CK_BLAS_BUFFER) }

  /// Allocates the buffers of `threads` threads, which must fit into the address space.
  package static func reserveBuffers(_ threads: Int) { ck_blas_reserve(Int32(threads)) }
}
