"""A curve as a small drawing: points from 0 (bottom) to 100 (top) over the values from left to right."""

from collections.abc import Mapping, Sequence
from typing import Any

WIDTH, HEIGHT = 56, 24
Corner = tuple[float, float]


def curve_drawing(kind: str, params: Mapping[str, Any]) -> str:
    """The corners of the line in a box of 56 by 24, as an SVG polyline takes them; empty where nothing can be drawn."""
    corners = corners_of(kind, params)
    return " ".join(f"{2 + x * (WIDTH - 4):.1f},{HEIGHT - 2 - y * (HEIGHT - 4):.1f}" for x, y in corners)


def corners_of(kind: str, params: Mapping[str, Any]) -> Sequence[Corner]:
    """Both axes from 0 to 1."""
    match kind:
        case "thresholds":
            steps = [(0.0, 0.0), (0.34, 0.0), (0.34, 0.5), (0.67, 0.5), (0.67, 1.0), (1.0, 1.0)]
            return steps if rises(params.get("at_risk"), params.get("healthy")) else mirrored(steps)
        case "linear":
            ramp = [(0.0, 0.0), (0.15, 0.0), (0.85, 1.0), (1.0, 1.0)]
            return ramp if rises(params.get("zero"), params.get("full")) else mirrored(ramp)
        case "percentile":
            wave = [(0.0, 0.0), (0.2, 0.04), (0.4, 0.3), (0.5, 0.5), (0.6, 0.7), (0.8, 0.96), (1.0, 1.0)]
            return wave if params.get("is_higher_better") is not False else mirrored(wave)
        case "target_curve":
            return fitted(params.get("targets"))
        case "table":
            return fitted(params.get("points_by_value"))
        case _:
            return []


def rises(low: object, high: object) -> bool:
    return not (isinstance(low, int | float) and isinstance(high, int | float)) or low <= high


def mirrored(corners: Sequence[Corner]) -> list[Corner]:
    return [(x, 1.0 - y) for x, y in corners]


def fitted(pairs: object) -> list[Corner]:
    """Stated pairs, stretched to the box; one alone is a level line."""
    known = [pair for pair in pairs if is_pair(pair)] if isinstance(pairs, list) else []
    if not known:
        return []
    left, right = min(x for x, _ in known), max(x for x, _ in known)
    top = max((y for _, y in known), default=0)
    if left == right:
        return [(0.0, 1.0), (1.0, 1.0)]
    return [((x - left) / (right - left), max(y, 0) / top if top > 0 else 0.0) for x, y in sorted(known)]


def is_pair(pair: object) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and all(isinstance(end, int | float) for end in pair)
