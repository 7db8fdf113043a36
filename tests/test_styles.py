"""The style sheets and scripts keep the rules that no browser would complain about."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHEETS = sorted((ROOT / "static" / "css").glob("*.css"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
BANDS = ("above", "strong", "green", "moderate", "weak", "below", "undef")
PAIRS = [
    *[(f"--ink{n}", f"--{surface}") for n in ("", "-2", "-3") for surface in ("bg", "surface", "sunken", "sidebar")],
    *[(f"--{band}-ink", f"--{band}-tint") for band in BANDS],
    *[(f"--avatar-{n}-ink", f"--avatar-{n}") for n in range(1, 7)],
    *[(f"--{word}", "--surface") for word in ("good", "bad", "warn", "accent-ink")],
    ("--accent-ink", "--accent-tint"),
    ("--on-accent", "--accent"),
]


def tokens(text: str) -> dict[str, str]:
    return {name: value.strip() for name, value in re.findall(r"(--[\w-]+):([^;]+);", text)}


def blocks() -> tuple[str, str, str]:
    light, dark, system = re.findall(
        r"^\s*:root[^{]*\{(.*?)^\s*\}", (ROOT / "static/css/tokens.css").read_text(), re.S | re.M
    )
    return light, dark, system


def luminance(color: str) -> float:
    parts = [int(color[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_dark_by_choice_and_dark_by_system_are_the_same():
    _, dark, system = blocks()
    assert tokens(dark) == tokens(system)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "surface"), PAIRS)
def test_text_can_be_read_on_its_surface(text, surface, theme):
    light, dark, _ = blocks()
    values = tokens(light) | (tokens(dark) if theme else {})
    assert contrast(values[text], values[surface]) >= 4.5


@pytest.mark.parametrize("sheet", [s for s in SHEETS if s.name != "tokens.css"], ids=lambda s: s.name)
def test_only_the_tokens_name_colors(sheet):
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[^{]*;)|rgba?\(|hsla?\(", sheet.read_text())


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda s: s.name)
def test_every_token_that_is_used_exists(sheet):
    known = set(tokens(blocks()[0]))
    own = set(re.findall(r"(--[\w-]+):", sheet.read_text()))
    given_by_markup = {"--share", "--tint", "--at", "--width", "--swatch", "--brand-at-night", "--brand-fill"}
    assert set(re.findall(r"var\((--[\w-]+)", sheet.read_text())) <= known | own | given_by_markup


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda t: str(t.relative_to(ROOT)))
def test_templates_hold_no_inline_script_or_style_sheet(template):
    text = template.read_text()
    assert not re.search(r"<style", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"\son\w+=", text)
    assert "https://" not in text
