#include "CImages.h"

#include <png.h>
#include <stdio.h>
#include <string.h>

static png_image header(uint32_t width, uint32_t height) {
  png_image image;
  memset(&image, 0, sizeof image);
  image.version = PNG_IMAGE_VERSION;
  image.width = width;
  image.height = height;
  image.format = PNG_FORMAT_RGB;
  return image;
}

size_t ci_png_capacity(uint32_t width, uint32_t height) {
  png_image image = header(width, height);
  return PNG_IMAGE_PNG_SIZE_MAX(image);
}

size_t ci_png_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, uint8_t *bytes, char *message) {
  png_image image = header(width, height);
  png_alloc_size_t count = ci_png_capacity(width, height);
  if (png_image_write_to_memory(&image, bytes, &count, 0, pixels, 0, NULL)) return count;
  snprintf(message, CI_MESSAGE_SIZE, "%s", image.message);
  return 0;
}
