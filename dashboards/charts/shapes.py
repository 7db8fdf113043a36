"""Small drawings inside text, as the inside of an SVG element: band shapes, sparklines and rings."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin

ABOVE, UNDEFINED, STRONG, MODERATE, WEAK, BELOW = -2, -1, 0, 1, 2, 3
ORDER = (ABOVE, STRONG, MODERATE, WEAK, BELOW, UNDEFINED)
# A line over fewer points of score than this would make noise look like news.
LEAST_SPAN = 14.0
# The code of a band says its part in the order, and so its shape.
ROLES = {ABOVE: "above", STRONG: "strong", MODERATE: "moderate", WEAK: "weak", BELOW: "below"}


def band_shape(code: int, *, size: float) -> str:
    """The mark of a band in a box of the size: square, circle, diamond, triangle, cross; a dashed ring if Undefined."""
    return role_shape(ROLES.get(code, ""), size=size)


def role_shape(role: str, *, size: float) -> str:
    """The mark of a role: a square above the usual three and a cross below them; any other word is Undefined."""
    c = r = size / 2
    if role == "above":
        edge = f'x="{0.16 * r:.4g}" y="{0.16 * r:.4g}" width="{1.68 * r:.4g}" height="{1.68 * r:.4g}"'
        return f'<rect {edge} rx="{0.16 * r:.4g}" fill="currentColor"/>'
    if role == "below":
        near, far = 0.3 * r, size - 0.3 * r
        arms = f"M{near:.4g} {near:.4g}L{far:.4g} {far:.4g}M{far:.4g} {near:.4g}L{near:.4g} {far:.4g}"
        pen = f'stroke="currentColor" stroke-width="{0.5 * r:.4g}" stroke-linecap="round"'
        return f'<path d="{arms}" fill="none" {pen}/>'
    if role == "strong":
        return f'<circle cx="{c:g}" cy="{c:g}" r="{0.92 * r:.4g}" fill="currentColor"/>'
    if role == "moderate":
        far, near = c + 1.06 * r, c - 1.06 * r
        return f'<path d="M{c:g} {near:.4g}L{far:.4g} {c:g}L{c:g} {far:.4g}L{near:.4g} {c:g}Z" fill="currentColor"/>'
    if role == "weak":
        top = c - 0.78 * r
        corners = f"M0 {top:.4g}L{size:g} {top:.4g}L{c:g} {c + 0.92 * r:.4g}Z"
        join = 'stroke="currentColor" stroke-width="1.2" stroke-linejoin="round"'
        return f'<path d="{corners}" fill="currentColor" {join}/>'
    dash = f'stroke-width="{0.15 * size:.4g}" stroke-dasharray="{0.2 * size:.4g} {0.16 * size:.4g}"'
    return f'<circle cx="{c:g}" cy="{c:g}" r="{0.82 * r:.4g}" fill="none" stroke="currentColor" {dash}/>'


@dataclass(frozen=True)
class Sparkline:
    path: str  # empty when there is nothing to draw
    end_x: float
    end_y: float


def sparkline(values: Sequence[float | None], *, width: float, height: float) -> Sparkline:
    """A line through the values from left to right. A missing value is a gap; the scale spans 14 points or more."""
    known = [float(value) for value in values if value is not None]
    if not known:
        return Sparkline(path="", end_x=0, end_y=0)
    low, span = scale(known)
    step = (width - 6) / max(len(values) - 1, 1)
    steps: list[str] = []
    end = (0.0, 0.0)
    for n, value in enumerate(values):
        if value is None:
            continue
        end = (round(2 + n * step, 1), round(height - 3 - (float(value) - low) / span * (height - 6), 1))
        starts = n == 0 or values[n - 1] is None
        steps.append(f"{'M' if starts else 'L'}{end[0]:g} {end[1]:g}")
    return Sparkline(path="".join(steps), end_x=end[0], end_y=end[1])


def scale(known: Sequence[float]) -> tuple[float, float]:
    """The lowest value to draw and the height in points, at least 14 of them around the data."""
    low, high = min(known), max(known)
    span = max(high - low, LEAST_SPAN)
    return (low + high - span) / 2, span


def arc(*, center: float, radius: float, start: float, sweep: float) -> str:
    """The path of a part of a circle; angles in degrees, 0 at 12 o'clock, clockwise."""
    sweep = min(sweep, 359.9)  # an arc that ends where it starts is not drawn at all

    def at(angle: float) -> str:
        turn = angle * pi / 180
        return f"{center + radius * sin(turn):.3f} {center - radius * cos(turn):.3f}"

    return f"M{at(start)}A{radius:g} {radius:g} 0 {int(sweep > 180)} 1 {at(start + sweep)}"
