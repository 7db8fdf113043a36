"""Judgement: scorecards, runs, and what they concluded. One module per subject."""

from scoring.models.alerts import (
    Alert,
    AlertFiring,
    AlertKind,
    AlertMute,
    AlertNotice,
    AlertPreference,
    AlertRule,
    AlertScope,
    AlertWatch,
    MailPace,
)
from scoring.models.benchmarks import Benchmark
from scoring.models.cards import BEGINNING, Scorecard, ScorecardDraft, ScorecardItem, ScorecardVersion
from scoring.models.growth import GrowthSign
from scoring.models.health import AccountHealth, DailySummary, Snapshot, SupersededSnapshot
from scoring.models.measures import CustomMeasure, MeasureDefinition, MeasureKind, Rhythm
from scoring.models.previews import DraftPreview
from scoring.models.runs import RunChunk, RunDifference, ScoringRun
from scoring.models.spotchecks import SpotCheck, Verdict
from scoring.models.studies import Study, StudyKind, YearDay
from scoring.models.targets import AlertDelivery, AlertTarget, DeliveryState, DeliveryTry, TargetKind
from scoring.models.use import AccountUse, FeatureStanding, UseSum

__all__ = [
    "BEGINNING",
    "AccountHealth",
    "AccountUse",
    "Alert",
    "AlertDelivery",
    "AlertFiring",
    "AlertKind",
    "AlertMute",
    "AlertNotice",
    "AlertPreference",
    "AlertRule",
    "AlertScope",
    "AlertTarget",
    "AlertWatch",
    "Benchmark",
    "CustomMeasure",
    "DailySummary",
    "DeliveryState",
    "DeliveryTry",
    "DraftPreview",
    "FeatureStanding",
    "GrowthSign",
    "MailPace",
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
    "SpotCheck",
    "Study",
    "StudyKind",
    "SupersededSnapshot",
    "TargetKind",
    "UseSum",
    "Verdict",
    "YearDay",
]
