"""Chance from a seed: every account and subject draws from a stream of its own, so that none disturbs another."""

import zlib
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

Stream = np.random.Generator
Option = TypeVar("Option")


def stream(*, seed: int, account: str, subject: str) -> Stream:
    """The same numbers for the same seed, account and subject, on every machine."""
    return np.random.default_rng((seed, zlib.crc32(account.encode()), zlib.crc32(subject.encode())))


def pick(rng: Stream, options: Sequence[Option]) -> Option:
    """One of the options, each as likely."""
    return options[int(rng.integers(len(options)))]


def whole(rng: Stream, low: int, high: int) -> int:
    """A whole number between the two, both included."""
    return int(rng.integers(low, high + 1))


def happens(rng: Stream, probability: float) -> bool:
    """Whether it happens this time."""
    return bool(rng.random() < probability)
