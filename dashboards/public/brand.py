"""The workspace's one color on pages for customers, dark enough to be read."""

import re

WHITE = 1.0
LEAST_CONTRAST = 4.5
DARKER = 0.92
FALLBACK = "#1f5f4a"


def readable(color: str) -> str:
    """The color, darkened in steps until white on it and it on white can be read; nonsense gives the default."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", color):
        return FALLBACK
    parts = [int(color[n : n + 2], 16) for n in (1, 3, 5)]
    while contrast_with_white(parts) < LEAST_CONTRAST:
        parts = [int(part * DARKER) for part in parts]
    return "#" + "".join(f"{part:02x}" for part in parts)


def contrast_with_white(parts: list[int]) -> float:
    """The contrast ratio of WCAG 2."""
    red, green, blue = (linear(part / 255) for part in parts)
    return (WHITE + 0.05) / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
