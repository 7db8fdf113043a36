"""Which days of an account's history were scored while a source that the score depends on was silent."""

from collections.abc import Mapping, Sequence
from datetime import date

from django.utils.timezone import localtime

from accounts.queries.silence import Silence, silences
from scoring.queries.history import ScoredDay
from scoring.queries.staleness import stale_scores


def stale_days(account_id: int, days: Sequence[ScoredDay]) -> dict[date, tuple[str, ...]]:
    """The names of these sources by day. A silence lasts from the day after a source spoke last until it speaks again.

    One query where no source was silent in these days; else a few for each version of a card in them.
    """
    quiet = silences(until_after=days[0].day) if days else []
    found = {day: names for day in days if (names := silent_on(day.day, quiet))}
    versions = {day.version_id for day in found}
    depends = {version: names_of(account_id, version, quiet) for version in versions}
    named = {day.day: tuple(sorted(names & depends[day.version_id])) for day, names in found.items()}
    return {day: names for day, names in named.items() if names}


def with_today(
    stale: Mapping[date, tuple[str, ...]], *, newest: date | None, sources: Sequence[str]
) -> dict[date, tuple[str, ...]]:
    """The newest day is as stale as the score that all pages show."""
    return {**stale, newest: tuple(sources)} if newest and sources else dict(stale)


def silent_on(day: date, quiet: Sequence[Silence]) -> set[str]:
    return {
        each.silent.source
        for each in quiet
        if localtime(each.silent.since).date() < day
        and (each.ended_at is None or day < localtime(each.ended_at).date())
    }


def names_of(account_id: int, version_id: int, quiet: Sequence[Silence]) -> set[str]:
    """Which of the sources a score of this version depends on."""
    found = stale_scores({account_id: version_id}, silent=[each.silent for each in quiet])
    return set(found[account_id].sources) if account_id in found else set()
