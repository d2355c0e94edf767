// The size of a terminal.
#include <sys/ioctl.h>

#include "CStart.h"

int cs_terminal_columns(int descriptor) {
  struct winsize size;
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}
