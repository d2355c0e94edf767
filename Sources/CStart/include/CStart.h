// Parts of the program mixq that need C: code before main, signal handlers, and the width of a terminal.
#ifndef CSTART_H
#define CSTART_H

// Handles SIGINT and SIGTERM. Returns a descriptor from which one byte can be read for every signal,
// or -1 if the process may open no more files.
int cs_watch_signals(void);

// Makes a crash print `line` and exit with `code`. It is for a process whose memory is limited, because
// an allocation that fails ends in a crash.
void cs_explain_crash(const char *line, int code);

// Returns the number of columns of the terminal of a descriptor, or 0 if the descriptor is not a terminal
// or the terminal's size is unknown.
int cs_terminal_columns(int descriptor);

#endif
