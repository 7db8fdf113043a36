"""What the customer's page and its mail say besides figures. Texts with `{}` take numbers, names or dates in order."""

from collections.abc import Mapping
from dataclasses import dataclass

Forms = tuple[str, ...]


@dataclass(frozen=True)
class Words:
    """One language. `questions` and `answers` are by the key of a measure; an answer has a form for each case."""

    locale: str
    questions: Mapping[str, str]
    answers: Mapping[str, Forms]
    rules: Mapping[str, str]
    bands: Mapping[str, str]
    postures: Forms
    units: Mapping[str, Forms]
    # Above everything
    print: str
    skip: str
    prepared_for: str
    heading: str
    collecting: str
    collecting_text: str
    nothing_counts: str
    rose: str
    fell: str
    unchanged: str
    best: str
    lowest: str
    since: str
    unchanged_since: str
    up: str
    down: str
    points: Forms
    of: str
    stale: str
    # Measures
    how_title: str
    how_lead: Forms
    how_lead_band: Forms
    hidden: str
    counts: str
    not_counted: str
    no_points: str
    no_data: Mapping[str, str]
    goal: str
    raises: str
    raises_band: str
    other_rule: str
    clamp: str
    changes_total: str
    lowers_total: str
    band_from: str
    band_under: str
    # Trend
    trend_title: str
    trend_lead: str
    trend_lead_band: str
    day: str
    score: str
    band: str
    event: str
    no_score: str
    undefined: str
    show_table: str
    as_table: str
    trend_summary: str
    # Others
    bench_title: str
    bench_lead: str
    bench_above: str
    bench_within: str
    bench_below: str
    bench_scale: str
    bench_when: str
    bench_middle: str
    you: str
    # Steps
    steps_title: str
    steps_lead: str
    done: str
    done_on: str
    due: str
    tick: str
    tick_what: str
    undo: str
    undo_what: str
    comment: str
    comment_on: str
    send: str
    said: str
    thanks: str
    problems: Mapping[str, str]
    # Who and until when
    your_csm: str
    contact: str
    ask: str
    book: str
    shared_by: str
    shows_day: str
    language: str
    gone_title: str
    gone_text: str
    # The monthly mail
    mail_subject: str
    mail_hello: str
    mail_intro: str
    mail_open: str
    mail_stop: str
    stop_title: str
    stop_text: str
    stop: str
    stopped: str
    again: str
    resumed: str
