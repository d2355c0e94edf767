// Parts of the program mixq that run before main or in handlers of signals.
#ifndef CSTART_H
#define CSTART_H

// Handles SIGINT and SIGTERM. Returns a descriptor from which one byte can be read for every signal,
// or -1 if the process may open no more files.
int cs_watch_signals(void);

// Makes a crash print `line` and exit with `code`. It is for a process whose memory is limited, because
// an allocation that fails ends in a crash.
void cs_explain_crash(const char *line, int code);

#endif
