#!/usr/bin/env python3
"""Draws the rows of `mixq compare --json` files as bars with their intervals, one panel a file, as SVG.

    Scripts/plot-comparison.py TITLE=FILE.json [TITLE=FILE.json ...] > Docs/comparison.svg

Needs nothing but Python. The colours read on light and dark pages.
"""

import json
import sys
from xml.sax.saxutils import escape

WIDTH, ROW, LABEL, SCALE, GAP = 760, 26, 150, 420, 34
COLOURS = {"full-precision": "#8a8f98", "nearest": "#d08a4e", "mixquant+nearest": "#b5651d",
           "brecq": "#4e8fd0", "mixquant+brecq": "#1d5fb5"}


def x(percent):
    return LABEL + percent / 100 * SCALE


def panel(title, rows, top):
    parts = [f'<text x="0" y="{top}" font-weight="600">{escape(title)}</text>']
    for index, row in enumerate(rows):
        y = top + 12 + index * ROW
        low, high = row["top1_interval"]
        middle = y + ROW / 2 - 4
        size = f'{row["bytes"] / 2**20:.2f} MiB'
        parts += [
            f'<text x="{LABEL - 8}" y="{middle + 4}" text-anchor="end">{escape(row["name"])}</text>',
            f'<rect x="{LABEL}" y="{y}" width="{row["top1"] / 100 * SCALE:.1f}" height="{ROW - 8}" '
            f'rx="3" fill="{COLOURS.get(row["name"], "#8a8f98")}"/>',
            f'<path d="M{x(low):.1f} {middle}H{x(high):.1f}" stroke="#111" stroke-width="1.5"/>',
            f'<text x="{x(100) + 10}" y="{middle + 4}">{row["top1"]:.2f} %  {size}</text>']
    return parts, top + 12 + len(rows) * ROW + GAP


def main():
    body, top = [], 20
    for argument in sys.argv[1:]:
        title, path = argument.rsplit("=", 1)
        with open(path) as file:
            parts, top = panel(title, json.load(file)["rows"], top)
        body += parts
    description = "Top-1 accuracy with Wilson 95 % intervals, by quantization method"
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top - GAP + 8}" '
          f'role="img" aria-label="{description}" font-family="sans-serif" font-size="13">')
    print(f"<title>{description}</title>")
    print('<style>text{fill:#222}@media(prefers-color-scheme:dark){text{fill:#ddd}}</style>')
    print("\n".join(body))
    print("</svg>")


if __name__ == "__main__":
    main()
