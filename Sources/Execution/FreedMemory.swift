internal import CExecution

/// Keeps freed stretches of up to 32 MiB for the next tensors.
///
/// Every step of a reconstruction frees and takes again the same megabytes; from the kernel they would come back
/// as pages to be cleared, each time. For the whole process, so only a program may ask for it.
package func keepFreedMemory() { ce_keep_freed_memory() }

/// Gives what is kept back to the kernel, at the end of work whose tensors have sizes of their own.
package func returnFreedMemory() { ce_return_freed_memory() }
