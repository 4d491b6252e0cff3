"""Bars and curves as SVG, for the figures of the measurements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

_HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
    'font-family="sans-serif" font-size="13">\n<rect width="100%" height="100%" fill="white"/>\n'
    '<text x="10" y="20" font-weight="bold">{title}</text>\n'
)


def bars(title: str, values: Mapping[str, float]) -> str:
    """Return a picture with one bar for each value, named and with its figure."""
    largest = max(values.values())
    parts = [_HEAD.format(width=760, height=40 + 24 * len(values), title=escape(title))]
    for number, (name, value) in enumerate(values.items()):
        y = 34 + 24 * number
        length = 380 * value / largest
        parts.append(f'<text x="300" y="{y + 13}" text-anchor="end">{escape(name)}</text>\n')
        color = "#4c72b0" if name.startswith("hookproof") else "#b0b0b0"
        parts.append(f'<rect x="308" y="{y}" width="{length:.1f}" height="17" fill="{color}"/>\n')
        parts.append(f'<text x="{314 + length:.1f}" y="{y + 13}">{value:.2f}</text>\n')
    return "".join([*parts, "</svg>\n"])


def curves(title: str, xs: Sequence[float], series: Mapping[str, Sequence[float]]) -> str:
    """Return a picture with each series over `xs`, scaled to its own last value, and the line of growth 1."""
    parts = [_HEAD.format(width=760, height=420, title=escape(title))]
    parts.append('<path d="M60 380 L740 40" stroke="#b0b0b0" stroke-dasharray="4" fill="none"/>\n')
    colors = ("#4c72b0", "#dd8452", "#55a868")
    for (name, ys), color in zip(series.items(), colors, strict=False):
        points = [(60 + 680 * x / xs[-1], 380 - 340 * y / ys[-1]) for x, y in zip(xs, ys, strict=True)]
        line = " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        parts.append(f'<path d="M{line}" stroke="{color}" fill="none" stroke-width="2"/>\n')
        x, y = points[0]
        parts.append(f'<text x="{x + 8:.1f}" y="{y:.1f}" fill="{color}">{escape(name)}</text>\n')
    return "".join([*parts, "</svg>\n"])
