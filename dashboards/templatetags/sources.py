"""What every page of operations says of sources."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.template.context import RequestContext

from accounts.access import Action, can
from accounts.queries.silence import silent_sources as silent_now

register = template.Library()


@register.inclusion_tag("_stale_mark.html")
def stale_mark(sources: Sequence[str]) -> dict[str, str]:
    """The mark of a score that depends on these silent sources; nothing where there are none."""
    return {"words": f"Stale: nothing comes from {', '.join(sources)}" if sources else ""}


@register.inclusion_tag("_stale_mark.html")
def stale_part(stale: int, scored: int) -> dict[str, str]:
    """The mark of a mean of scores of which so many depend on a silent source."""
    noun, verb = "score" if scored == 1 else "scores", "depends" if stale == 1 else "depend"
    return {"words": f"Stale: {stale:,} of {scored:,} {noun} {verb} on a silent source" if stale else ""}


@register.inclusion_tag("_silent_sources.html", takes_context=True)
def silent_sources(context: RequestContext) -> dict[str, Any]:
    """The banner for whoever sees to sources; for all others nothing is asked."""
    user = context.get("user")
    return {"silent": silent_now() if user is not None and can(user, Action.MANAGE_SOURCES) else []}


@register.inclusion_tag("_silent_note.html", takes_context=True)
def silent_note(context: RequestContext) -> dict[str, Any]:
    """What a portfolio says of its data. Whoever sees to sources has the banner already."""
    user = context.get("user")
    return {"silent": [] if user is None or can(user, Action.MANAGE_SOURCES) else silent_now()}
