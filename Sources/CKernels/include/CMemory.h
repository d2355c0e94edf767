// The C library's memory.
#ifndef CMEMORY_H
#define CMEMORY_H

// Has malloc keep freed stretches of up to 32 MiB instead of giving them back to the kernel.
void ck_keep_freed_memory(void);

// Has malloc give all that it keeps back to the kernel.
void ck_return_freed_memory(void);

#endif
