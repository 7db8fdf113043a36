"""The workspace's look on pages for customers: one color, dark or light enough to be read, and its logo."""

import re
from base64 import b64encode
from typing import Any

from accounts.models import Branding, Organization

WHITE, SURFACE_AT_NIGHT = [255, 255, 255], [0x17, 0x18, 0x1C]
LEAST_CONTRAST = 4.5
DARKER, LIGHTER = 0.92, 0.08
# How much of the color lies in the tint on which tags and icons stand.
TINT = 0.08
FALLBACK = "#1f5f4a"


def readable(color: str) -> str:
    """The color, darkened in steps until it can be read on white and on its own tint; nonsense gives the default."""
    if not is_color(color):
        return FALLBACK
    parts = parts_of(color)
    while contrast(parts, mixed(parts, WHITE, share=TINT)) < LEAST_CONTRAST:
        parts = [int(part * DARKER) for part in parts]
    return written(parts)


def readable_at_night(color: str) -> str:
    """The same for the dark theme: lightened in steps until it can be read on the dark surface and its tint."""
    parts = parts_of(readable(color))
    while contrast(parts, mixed(parts, SURFACE_AT_NIGHT, share=TINT)) < LEAST_CONTRAST:
        parts = [min(255, round(part + (255 - part) * LIGHTER)) for part in parts]
    return written(parts)


def is_color(color: str) -> bool:
    return re.fullmatch(r"#[0-9a-fA-F]{6}", color) is not None


def parts_of(color: str) -> list[int]:
    return [int(color[n : n + 2], 16) for n in (1, 3, 5)]


def written(parts: list[int]) -> str:
    return "#" + "".join(f"{part:02x}" for part in parts)


def mixed(one: list[int], other: list[int], *, share: float) -> list[int]:
    return [round(a * share + b * (1 - share)) for a, b in zip(one, other, strict=True)]


def contrast_with_white(parts: list[int]) -> float:
    return contrast(parts, WHITE)


def contrast(one: list[int], other: list[int]) -> float:
    """The contrast ratio of WCAG 2."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(parts: list[int]) -> float:
    red, green, blue = (linear(part / 255) for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def brand_of(organization: Organization, branding: Branding | None = None) -> dict[str, Any]:
    """What the base of every page for customers is given."""
    has_logo = branding is not None and bool(branding.logo)
    return {
        "workspace": organization.name,
        "brand_color": readable(organization.brand_color),
        "brand_at_night": readable_at_night(organization.brand_color),
        "logo": data_address(bytes(branding.logo or b""), branding.logo_kind) if branding and has_logo else "",
    }


def data_address(content: bytes, kind: str) -> str:
    """A picture inside the page: it has no address of its own that somebody could ask for."""
    return f"data:{kind};base64,{b64encode(content).decode()}"
