#!/usr/bin/env python3
"""Writes Tests/DatasetsTests/Fixtures: tiny images, and the pixels that Pillow decodes from them as PPM files.

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
    """Writes a PNG that Pillow cannot write; `rows` are the filter-0 scanlines, in file order."""

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


def chunk(kind, data, damage=0):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data) ^ damage)


def write_damaged(image):
    """JPEG and PNG files that Pillow reads in spite of their damage."""
    image.save(FOLDER / "restart.jpg", quality=88, subsampling=0, restart_marker_blocks=1)
    intact = (FOLDER / "restart.jpg").read_bytes()
    markers = [i for i in range(len(intact)) if intact[i] == 0xFF and 0xD0 <= intact[i + 1] <= 0xD7]
    lost = intact[:markers[1]] + intact[markers[1] + 2:]
    (FOLDER / "lost-restart.jpg").write_bytes(lost)
    flipped = bytearray(intact)
    flipped[markers[0] + 6] ^= 0x55
    (FOLDER / "damaged-restart.jpg").write_bytes(flipped)
    short = intact[:markers[2]] + b"\xff\xd9"
    (FOLDER / "short-restart.jpg").write_bytes(short)
    # Adobe's marker with transform 2 says that the four components are YCCK.
    image.convert("CMYK").save(FOLDER / "ycck.jpg", quality=88)
    ycck = (FOLDER / "ycck.jpg").read_bytes()
    adobe = ycck.index(b"Adobe")
    (FOLDER / "ycck.jpg").write_bytes(ycck[:adobe + 11] + b"\2" + ycck[adobe + 12:])

    image.save(FOLDER / "checksum-idat.png")
    png = bytearray((FOLDER / "checksum-idat.png").read_bytes())
    data = png.index(b"IDAT")
    length = struct.unpack(">I", png[data - 4:data])[0]
    png[data + 4 + length] ^= 1
    (FOLDER / "checksum-idat.png").write_bytes(png)
    image.save(FOLDER / "checksum-text.png")
    png = (FOLDER / "checksum-text.png").read_bytes()
    end = png.index(b"IEND") - 4
    (FOLDER / "checksum-text.png").write_bytes(
        png[:end] + chunk(b"tEXt", b"key\0value", damage=1) + png[end:])
    rows = [bytes([0, 1, 2, 200, 255][x % 5] for x in range(19)) for _ in range(13)]
    write_png("palette-beyond.png", 19, 13, 8, 3, rows, extra=chunk(b"PLTE", bytes(range(10, 70, 10))))
    bomb = zlib.compress(b"a" * 7_900_000, 9)
    write_png("text-bomb.png", 4, 4, 8, 2, [b"\x55" * 12] * 4, extra=chunk(b"zTXt", b"k\0\0" + bomb))


def write_webp(image):
    image.save(FOLDER / "lossy.webp", quality=80)
    image.save(FOLDER / "lossless.webp", lossless=True)
    alpha = image.copy()
    alpha.putalpha(image.convert("L"))
    alpha.save(FOLDER / "alpha.webp", quality=80, exact=True)
    alpha.save(FOLDER / "lossless-alpha.webp", lossless=True, exact=True)
    frames = [image.rotate(angle) for angle in (90, 180)]
    image.save(FOLDER / "animated.webp", save_all=True, append_images=frames, duration=40, quality=80)
    # The first frame covers only a part of the canvas: 16 rows and columns from (2, 4).
    part = image.crop((0, 0, 12, 8))
    part.save(FOLDER / "part.webp", lossless=True)
    bitstream = (FOLDER / "part.webp").read_bytes()[12:]
    frame = b"".join(v.to_bytes(3, "little") for v in (1, 2, 11, 7, 40)) + b"\0" + bitstream
    body = b"WEBP" + b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + b"".join(
        v.to_bytes(3, "little") for v in (18, 12))
    body += b"ANIM" + struct.pack("<IIH", 6, 0xFF3366CC, 0)
    for _ in range(2):
        body += b"ANMF" + struct.pack("<I", len(frame)) + frame + b"\0" * (len(frame) % 2)
    (FOLDER / "part.webp").write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)


def bmp(width, height, bits, pixels, compression=0, masks=b"", palette=b"", header=40):
    size = header if header != 12 else 12
    if header == 12:
        info = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        info = struct.pack("<IiiHHIIiiII", size, width, height, 1, bits, compression, len(pixels), 0, 0, len(palette) // 4, 0)
        info += masks
        info += b"\0" * (size - len(info)) if size > 40 else b""
    offset = 14 + len(info) + len(palette)
    return b"BM" + struct.pack("<IHHI", offset + len(pixels), 0, 0, offset) + info + palette + pixels


def write_bmp(image):
    width, height = image.size
    image.save(FOLDER / "rgb24.bmp")
    image.convert("L").save(FOLDER / "grey.bmp")
    image.convert("1").save(FOLDER / "bilevel.bmp")
    paletted = image.quantize(13)
    paletted.save(FOLDER / "palette8.bmp")
    colours = (paletted.getpalette() + [0] * 768)[:48]
    palette16 = b"".join(bytes([colours[i + 2], colours[i + 1], colours[i], 0]) for i in range(0, 48, 3))
    index = [[paletted.getpixel((x, y)) for x in range(width)] for y in range(height)]
    rows4 = b""
    for row in reversed(index):
        padded = row + [0] * (-len(row) % 8)
        rows4 += bytes(padded[i] << 4 | padded[i + 1] for i in range(0, len(padded), 2))
    (FOLDER / "palette4.bmp").write_bytes(bmp(width, height, 4, rows4, palette=palette16))

    def word(pixel, green_bits):
        r, g, b = pixel
        return (r >> 3) << (5 + green_bits) | (g >> (8 - green_bits)) << 5 | b >> 3

    def rows16(green_bits, order):
        data = b""
        for y in order:
            data += b"".join(struct.pack("<H", word(image.getpixel((x, y)), green_bits)) for x in range(width))
            data += b"\0" * (-2 * width % 4)
        return data

    bottom_up, top_down = range(height - 1, -1, -1), range(height)
    (FOLDER / "rgb555.bmp").write_bytes(bmp(width, height, 16, rows16(5, bottom_up)))
    (FOLDER / "rgb565-top-down.bmp").write_bytes(
        bmp(width, -height, 16, rows16(6, top_down), 3, struct.pack("<III", 0xF800, 0x7E0, 0x1F)))
    rows32 = b"".join(bytes([*image.getpixel((x, y))[::-1], x]) for y in bottom_up for x in range(width))
    (FOLDER / "rgb32.bmp").write_bytes(bmp(width, height, 32, rows32))
    rgba = b"".join(bytes([*image.getpixel((x, y)), x]) for y in bottom_up for x in range(width))
    masks = struct.pack("<IIII", 0xFF, 0xFF00, 0xFF0000, 0xFF000000)
    (FOLDER / "rgba32-v5.bmp").write_bytes(bmp(width, height, 32, rgba, 3, masks, header=124))
    core = b"".join(
        b"".join(bytes(image.getpixel((x, y))[::-1]) for x in range(width)) + b"\0" * (-3 * width % 4)
        for y in bottom_up)
    (FOLDER / "core-header.bmp").write_bytes(bmp(width, height, 24, core, header=12))

    rle8 = b""
    for y in reversed(range(height)):
        row, x = index[y], 0
        while x < width:
            run = 1
            while x + run < width and row[x + run] == row[x]:
                run += 1
            if y % 3 == 0 and width - x >= 5:
                rle8 += bytes([0, 5, *row[x:x + 5], 0])
                x += 5
            else:
                rle8 += bytes([run, row[x]])
                x += run
        rle8 += b"\0\0"
    (FOLDER / "rle8.bmp").write_bytes(bmp(width, height, 8, rle8 + b"\0\1", 1, palette=palette16))
    rle4 = b""
    for y in range(height):
        rle4 += bytes([6, 0x12, 0, 5, 0x34, 0x56, 0x70, 0, 4, 0x88])
        rle4 += b"\0\2\2\0\2\x99\0\0" if y % 2 else b"\4\xAB\0\0"
    (FOLDER / "rle4.bmp").write_bytes(bmp(width, height, 4, rle4 + b"\0\1", 2, palette=palette16))


def tiff(order, entries, data):
    """A TIFF file of one strip or tile per plane; `data` are the planes."""
    offset, places = 8, []
    for part in data:
        places.append(offset)
        offset += len(part) + len(part) % 2
    entries = dict(entries)
    is_tiled = 322 in entries
    entries[324 if is_tiled else 273] = (4, places)
    entries[325 if is_tiled else 279] = (4, [len(part) for part in data])
    body, extra, directory = b"".join(part + b"\0" * (len(part) % 2) for part in data), b"", b""
    start = offset
    table = start + 2 + 12 * len(entries) + 4
    for tag in sorted(entries):
        kind, values = entries[tag]
        packed = struct.pack(order + {3: "H", 4: "I"}[kind] * len(values), *values)
        if len(packed) > 4:
            value = struct.pack(order + "I", table + len(extra))
            extra += packed + b"\0" * (len(packed) % 2)
        else:
            value = packed + b"\0" * (4 - len(packed))
        directory += struct.pack(order + "HHI", tag, kind, len(values)) + value
    magic = b"II*\0" if order == "<" else b"MM\0*"
    return (magic + struct.pack(order + "I", start) + body + struct.pack(order + "H", len(entries)) +
            directory + struct.pack(order + "I", 0) + extra)


def write_tiff(image):
    width, height = image.size
    for name, compression in {
        "raw": None, "lzw": "tiff_lzw", "deflate": "tiff_adobe_deflate", "packbits": "packbits",
        "zstd": "zstd",
    }.items():
        image.save(FOLDER / f"{name}.tif", compression=compression)
    image.save(FOLDER / "jpeg.tif", compression="jpeg", quality=88)
    image.convert("L").save(FOLDER / "grey.tif", compression="tiff_lzw")
    image.convert("1").save(FOLDER / "fax.tif", compression="group4")
    image.quantize(13).save(FOLDER / "palette.tif")
    image.convert("CMYK").save(FOLDER / "cmyk.tif", compression="tiff_lzw")
    image.convert("YCbCr").save(FOLDER / "ycbcr.tif", compression="tiff_lzw")
    alpha = image.copy()
    alpha.putalpha(image.convert("L"))
    alpha.save(FOLDER / "rgba.tif")
    image.save(FOLDER / "pages.tif", save_all=True, append_images=[image.rotate(180)])
    for turn in range(2, 9):
        image.crop((0, 0, 7, 5)).save(FOLDER / f"turned{turn}.tif", tiffinfo={274: turn})

    pixels = [[image.getpixel((x, y)) for x in range(width)] for y in range(height)]
    rgb = {256: (3, [width]), 257: (3, [height]), 258: (3, [8, 8, 8]), 259: (3, [1]), 262: (3, [2]),
           277: (3, [3]), 278: (3, [height])}
    planes = [bytes(p[c] for row in pixels for p in row) for c in range(3)]
    (FOLDER / "planar.tif").write_bytes(tiff("<", {**rgb, 284: (3, [2])}, planes))
    wide = b"".join(struct.pack(">HHH", *(v << 8 | 255 - v for v in p)) for row in pixels for p in row)
    (FOLDER / "rgb16-big-endian.tif").write_bytes(tiff(">", {**rgb, 258: (3, [16, 16, 16])}, [wide]))
    tiles = []
    for top in range(0, height, 16):
        for left in range(0, width, 16):
            tiles.append(b"".join(
                bytes(pixels[y][x] if y < height and x < width else (9, 9, 9))
                for y in range(top, top + 16) for x in range(left, left + 16)))
    tiled = {k: v for k, v in rgb.items() if k != 278}
    (FOLDER / "tiled.tif").write_bytes(tiff("<", {**tiled, 322: (3, [16]), 323: (3, [16])}, tiles))
    premultiplied = b"".join(
        bytes([*(v * a // 255 for v in p), a])
        for row in pixels for p, a in zip(row, [0, 255, 7, 128] * width))
    (FOLDER / "premultiplied.tif").write_bytes(tiff(
        "<", {**rgb, 258: (3, [8] * 4), 277: (3, [4]), 338: (3, [1])}, [premultiplied]))
    grey = [[image.convert("L").getpixel((x, y)) >> 4 for x in range(width)] for y in range(height)]
    rows4 = b"".join(
        bytes(a << 4 | b for a, b in zip((row + [0])[::2], (row + [0])[1::2])) for row in grey)
    inverted = {256: (3, [width]), 257: (3, [height]), 258: (3, [4]), 259: (3, [1]), 262: (3, [0]),
                277: (3, [1]), 278: (3, [height])}
    (FOLDER / "grey4-inverted.tif").write_bytes(tiff("<", inverted, [rows4]))


def write_netpbm(image):
    width, height = image.size
    grey, bits = image.convert("L"), image.convert("1")
    image.save(FOLDER / "netpbm-binary.ppm")
    grey.save(FOLDER / "netpbm-binary.pgm")
    bits.save(FOLDER / "netpbm-binary.pbm")
    values = list(image.tobytes())
    text = "P3\n# a comment\n%d %d # another\n255\n%s\n" % (width, height, " ".join(map(str, values)))
    (FOLDER / "netpbm-plain.ppm").write_text(text)
    (FOLDER / "netpbm-plain.pgm").write_text(
        "P2 %d %d 100\n%s" % (width, height, "\n".join(str(v * 100 // 255) for v in grey.tobytes())))
    (FOLDER / "netpbm-plain.pbm").write_text("P1\n%d %d\n%s\n" % (width, height, "".join(
        "0" if bits.getpixel((x, y)) else "1" for y in range(height) for x in range(width))))
    (FOLDER / "netpbm-100.ppm").write_bytes(
        b"P6 %d %d 100\n" % image.size + bytes(v * 100 // 255 for v in values))
    (FOLDER / "netpbm-1000.ppm").write_bytes(
        b"P6 %d %d 1000\n" % image.size + b"".join(struct.pack(">H", v * 1000 // 255) for v in values))


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
    gamma = chunk(b"gAMA", struct.pack(">I", 220000))
    write_png("rgb16-gamma.png", 37, 29, 16, 2, wide, extra=gamma)

    other = picture(19, 13)
    write_damaged(other)
    write_webp(other)
    write_bmp(other)
    write_tiff(other)
    write_netpbm(other)
    for path in sorted(FOLDER.iterdir()):
        is_source = path.suffix != ".ppm" or (path.name.startswith("netpbm-") and path.name.count(".") == 1)
        if is_source and path.name != "text-bomb.png":  # Pillow refuses this one.
            Image.open(path).convert("RGB").save(path.with_name(path.name + ".ppm"))
    Image.new("RGB", (4, 4), (0x55, 0x55, 0x55)).save(FOLDER / "text-bomb.png.ppm")
    base.save(FOLDER / "rgb16-gamma.png.ppm")  # The high bytes, whatever Pillow does with 16 bits.

    for label, filter in {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}.items():
        for width, height in [(18, 14), (91, 71), (37, 14), (5, 29)]:
            base.resize((width, height), filter).save(FOLDER / f"rgb.{label}-{width}x{height}.ppm")


main()
