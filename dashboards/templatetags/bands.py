"""The mark of a band by its role in the order, for pages on which the colors of bands are chosen."""

from functools import lru_cache

from django import template
from django.utils.safestring import SafeString, mark_safe

from dashboards.charts import shapes
from scoring.core.bands import COLOR_NAMES

register = template.Library()


@register.simple_tag
@lru_cache(maxsize=64)
def role_shape(role: str, size: int, color: str) -> SafeString:
    """The mark as SVG in one of the colors of bands; decoration, so the band's name must stand beside it."""
    inside = shapes.role_shape(role, size=size)
    tokens = f"shape color--{color}" if color in COLOR_NAMES else "shape"
    start = f'<svg class="{tokens}" width="{size}" height="{size}" viewBox="0 0 {size} {size}" aria-hidden="true">'
    return mark_safe(f"{start}{inside}</svg>")  # noqa: S308 - made of numbers and of known words
