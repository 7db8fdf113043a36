"""Judgement: scorecards, runs, and what they concluded. One module per subject."""

from scoring.models.cards import BEGINNING, Scorecard, ScorecardDraft, ScorecardItem, ScorecardVersion
from scoring.models.health import (
    MODERATE,
    STRONG,
    UNDEFINED,
    WEAK,
    AccountHealth,
    DailySummary,
    Snapshot,
    SupersededSnapshot,
)
from scoring.models.measures import CustomMeasure, MeasureDefinition, MeasureKind, Rhythm
from scoring.models.runs import RunChunk, RunDifference, ScoringRun

__all__ = [
    "BEGINNING",
    "MODERATE",
    "STRONG",
    "UNDEFINED",
    "WEAK",
    "AccountHealth",
    "CustomMeasure",
    "DailySummary",
    "MeasureDefinition",
    "MeasureKind",
    "Rhythm",
    "RunChunk",
    "RunDifference",
    "Scorecard",
    "ScorecardDraft",
    "ScorecardItem",
    "ScorecardVersion",
    "ScoringRun",
    "Snapshot",
    "SupersededSnapshot",
]
