// Signal handlers: requests to end, and crashes for lack of memory.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "CStart.h"

static int ends[2] = {-1, -1};

static void report(int number) {
  int saved = errno;
  unsigned char byte = (unsigned char)number;
  ssize_t written = write(ends[1], &byte, 1);
  (void)written;
  errno = saved;
}

int cs_watch_signals(void) {
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return -1;
  // The handler must not block when it writes; the reader waits for bytes.
  fcntl(ends[0], F_SETFL, 0);
  // Signals are handled, not blocked, because OpenBLAS starts threads before the program can block them.
  struct sigaction action = {.sa_handler = report, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  // The program inherits its parent's signal mask, which may block them.
  sigset_t both;
  sigemptyset(&both);
  sigaddset(&both, SIGINT);
  sigaddset(&both, SIGTERM);
  pthread_sigmask(SIG_UNBLOCK, &both, NULL);
  return ends[0];
}

static char explanation[512];
static int explained_code;

static void explain(int number) {
  (void)number;
  ssize_t written = write(STDERR_FILENO, explanation, strlen(explanation));
  (void)written;
  _exit(explained_code);
}

void cs_explain_crash(const char *line, int code) {
  strncpy(explanation, line, sizeof explanation - 1);
  explained_code = code;
  static char stack[1 << 14];
  stack_t alternative = {.ss_sp = stack, .ss_size = sizeof stack};
  sigaltstack(&alternative, NULL);
  struct sigaction action = {.sa_handler = explain, .sa_flags = SA_ONSTACK};
  sigemptyset(&action.sa_mask);
  const int crashes[] = {SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS};
  for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++) sigaction(crashes[i], &action, NULL);
}
