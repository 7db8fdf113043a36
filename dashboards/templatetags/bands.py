"""The colors of bands as scorecards choose them: those of the whole page, and one mark by its role in the order."""

from functools import lru_cache

from django import template
from django.template import Context
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from dashboards.charts import shapes
from scoring.core.bands import COLOR_NAMES
from scoring.queries.words import words_of_scorecards

register = template.Library()


@register.simple_tag
@lru_cache(maxsize=64)
def role_shape(role: str, size: int, color: str) -> SafeString:
    """The mark as SVG in one of the colors of bands; decoration, so the band's name must stand beside it."""
    inside = shapes.role_shape(role, size=size)
    tokens = f"shape color--{color}" if color in COLOR_NAMES else "shape"
    start = f'<svg class="{tokens}" width="{size}" height="{size}" viewBox="0 0 {size} {size}" aria-hidden="true">'
    return mark_safe(f"{start}{inside}</svg>")  # noqa: S308 - made of numbers and of known words


@register.simple_tag(takes_context=True)
def band_colors(context: Context) -> SafeString:
    """Attributes for the root of a page: the color of each band, by its code.

    A page about one account says which (`page.band_colors`, those of its card); all others take the default card's.
    """
    colors = getattr(context.get("page"), "band_colors", None)
    if colors is None:
        colors = words_of_scorecards().bands.colors
    return format_html_join("", ' data-band-{}="{}"', colors.items())
