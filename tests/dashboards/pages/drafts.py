"""What a browser sends for a draft of a scorecard."""

from scoring.content import is_in_percent
from scoring.models import ScorecardDraft


def fields(draft: ScorecardDraft, **changes: str) -> dict[str, str]:
    """What the editor's form would send for the draft as it is, with changes."""
    sent: dict[str, str] = {"edition": str(draft.edition), "min_coverage": "50", "pulse-largest_percent": "30"}
    for n, item in enumerate(draft.content["measures"]):
        percent = is_in_percent(item["key"])
        for name, value in item.items():
            if name == "targets":
                for m, (month, target) in enumerate(value):
                    sent |= {
                        f"measures-{n}-targets-{m}-from": str(month),
                        f"measures-{n}-targets-{m}-to": f"{target * 100:g}",
                    }
            else:
                shown = value * 100 if percent and name in {"zero", "full"} else value
                sent[f"measures-{n}-{name}"] = f"{shown:g}" if isinstance(shown, int | float) else shown
    for part in ("bands", "adjustments", "flags"):
        for n, entry in enumerate(draft.content[part]):
            sent |= {f"{part}-{n}-{name}": str(value) for name, value in entry.items() if value is not None}
    return sent | {name.replace("__", "-"): value for name, value in changes.items()}
