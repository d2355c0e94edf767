// jpeglib.h uses FILE without its header.
#include <stdio.h>
#include <jpeglib.h>
