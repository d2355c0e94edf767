// Calls of the Linux kernel that Swift's import of the C library lacks.
#ifndef CFILES_H
#define CFILES_H

// Renames path to target in one step; fails with EEXIST if there is an item at target. Returns 0 or -1.
int cf_rename_new(const char *path, const char *target);

// Exchanges two items in one step. Returns 0 or -1.
int cf_exchange(const char *path, const char *other);

// Writes all data of the file system of the open file or folder to disk. Returns 0 or -1.
int cf_sync(int descriptor);

#endif
