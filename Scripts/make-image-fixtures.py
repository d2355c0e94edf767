#!/usr/bin/env python3
"""Writes Tests/DatasetsTests/Fixtures: tiny images and what Pillow makes of them, as PPM files.

Needs Pillow (made with 13.0.0, libjpeg-turbo 3.2.0). Equal versions write equal bytes.
"""
import math
import pathlib
import struct
import zlib

from PIL import Image

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "Tests/DatasetsTests/Fixtures"


def picture(width, height):
    """A smooth picture with a few edges, so that rounding and ringing show."""
    image = Image.new("RGB", (width, height))
    for y in range(height):
        for x in range(width):
            wave = math.sin(x * 0.7) * math.cos(y * 0.45)
            red, green = round(127.5 + 127.4 * wave), (x * 255) // max(width - 1, 1)
            image.putpixel((x, y), (red, green, 255 if (x // 5 + y // 4) % 2 else 12))
    return image


def write_png(name, width, height, depth, colour, rows, extra=b"", interlace=0):
    """A PNG that Pillow cannot write: `rows` are the filter-0 scanlines, in file order."""

    def chunk(kind, data):
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    body = zlib.compress(b"".join(b"\0" + row for row in rows))
    (FOLDER / name).write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", body) + chunk(b"IEND", b""))


def adam7_rows(image):
    for x0, y0, dx, dy in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4),
                           (1, 0, 2, 2), (0, 1, 1, 2)]:
        columns = range(x0, image.width, dx)
        for y in range(y0, image.height, dy) if columns else []:
            yield bytes(value for x in columns for value in image.getpixel((x, y)))


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    base = picture(37, 29)
    for name, options in {
        "420.jpg": {"subsampling": 2}, "422.jpg": {"subsampling": 1}, "444.jpg": {"subsampling": 0},
        "progressive.jpg": {"progressive": True},
    }.items():
        base.save(FOLDER / name, quality=88, **options)
    base.convert("L").save(FOLDER / "grey.jpg", quality=88)
    base.convert("CMYK").save(FOLDER / "cmyk.jpg", quality=88)
    base.save(FOLDER / "rgb.png")
    picture(8, 6).save(FOLDER / "small.png")
    base.save(FOLDER / "named-jpeg-holds-png.jpg", format="PNG")
    base.quantize(13).save(FOLDER / "palette.png", transparency=3)
    base.convert("1").save(FOLDER / "bilevel.png")
    alpha = base.convert("L")
    base_with_alpha = base.copy()
    base_with_alpha.putalpha(alpha)
    base_with_alpha.save(FOLDER / "rgba.png")
    Image.merge("LA", (alpha, alpha.transpose(Image.Transpose.FLIP_LEFT_RIGHT))).save(
        FOLDER / "grey-alpha.png")
    write_png("interlaced.png", 37, 29, 8, 2, adam7_rows(base), interlace=1)
    wide = [bytes(b for value in base.crop((0, y, 37, y + 1)).tobytes() for b in (value, 255 - value))
            for y in range(29)]
    gamma = struct.pack(">I", 4) + b"gAMA" + struct.pack(">I", 220000)
    gamma += struct.pack(">I", zlib.crc32(gamma[4:]))
    write_png("rgb16-gamma.png", 37, 29, 16, 2, wide, extra=gamma)

    for path in sorted(FOLDER.glob("*.jpg")) + sorted(FOLDER.glob("*.png")):
        Image.open(path).convert("RGB").save(path.with_name(path.name + ".ppm"))
    base.save(FOLDER / "rgb16-gamma.png.ppm")  # The high bytes, whatever Pillow does with 16 bits.

    for label, filter in {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}.items():
        for width, height in [(18, 14), (91, 71), (37, 14), (5, 29)]:
            base.resize((width, height), filter).save(FOLDER / f"rgb.{label}-{width}x{height}.ppm")


main()
