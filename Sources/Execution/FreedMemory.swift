internal import CExecution

/// Keeps freed memory blocks of up to 32 MiB for later tensors, for the whole process.
///
/// Every step of a reconstruction frees and allocates the same megabytes. Without this, the kernel
/// would clear their pages each time. Only a program may call this function, because it affects
/// the whole process.
package func keepFreedMemory() { ce_keep_freed_memory() }

/// Returns the kept blocks to the kernel.
///
/// Call it at the end of work on tensors of sizes that will not be needed again.
package func returnFreedMemory() { ce_return_freed_memory() }
