"""What Kestrel Works sells, to whom and in which money: segments, industries, countries, features, rates."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class SegmentPlan:
    """A segment, its share of the accounts, and what its accounts are like."""

    slug: str
    name: str
    ebr_months: int
    touchpoint_days: int
    share: float
    seats: tuple[int, int]
    arr: tuple[int, int]
    contacts: int
    invoice_months: int


SEGMENTS = (
    SegmentPlan("key", "Key", 4, 14, 0.08, (34, 60), (240_000, 880_000), 6, 3),
    SegmentPlan("enterprise", "Enterprise", 6, 14, 0.18, (24, 46), (90_000, 320_000), 5, 3),
    SegmentPlan("mid-market", "Mid-market", 6, 30, 0.30, (11, 28), (24_000, 90_000), 4, 3),
    SegmentPlan("smb", "SMB", 8, 60, 0.32, (5, 13), (4_000, 18_000), 3, 1),
    SegmentPlan("public", "Public sector", 6, 30, 0.12, (10, 28), (20_000, 110_000), 4, 3),
)
# Days by kind of touchpoint, as agreed with the accounts of a segment.
KIND_CADENCES = {
    "key": {"call": 45, "workshop": 180, "training": 240, "visit": 365},
    "enterprise": {"call": 45, "workshop": 240, "training": 300},
    "mid-market": {"call": 90, "training": 365},
    "smb": {"call": 180},
    "public": {"call": 90, "training": 365},
}
SEGMENT = {plan.slug: plan for plan in SEGMENTS}


@dataclass(frozen=True)
class FeatureItem:
    slug: str
    name: str
    is_key: bool = True


FEATURES = (
    FeatureItem("planning-board", "Planning board"),
    FeatureItem("route-replay", "Route replay"),
    FeatureItem("work-orders", "Work orders"),
    FeatureItem("alerts", "Alerts"),
    FeatureItem("reports", "Reports"),
    FeatureItem("mobile-capture", "Mobile capture"),
    FeatureItem("forecast", "Forecast"),
    FeatureItem("approvals", "Approvals"),
    FeatureItem("asset-register", "Asset register"),
    FeatureItem("api-access", "API access"),
    FeatureItem("themes", "Themes", is_key=False),
    FeatureItem("labs", "Labs", is_key=False),
)

# Industry → the last words of its companies' names.
INDUSTRIES = {
    "Logistics": ("Freight", "Haulage", "Lines", "Depots", "Cargo"),
    "Healthcare": ("Health", "Clinics", "Dental", "Wards", "Care"),
    "Manufacturing": ("Tools", "Castings", "Bearings", "Metals", "Looms"),
    "Retail": ("Grocers", "Outfitters", "Homes", "Stores", "Books"),
    "Financial services": ("Mutual", "Assurance", "Leasing", "Ledger", "Trust"),
    "Energy": ("Power", "Grid", "Wind", "Mining", "Heat"),
    "Media and travel": ("Media", "Travel", "Hotels", "Press", "Studios"),
    "Professional services": ("Legal", "Advisory", "Surveyors", "Partners", "Design"),
}
PUBLIC_NAMES = ("Schools", "County Council", "Water Board", "Libraries", "Transit", "Harbor Authority")
SIZE_TIERS = {"key": "large", "enterprise": "large", "mid-market": "medium", "smb": "small", "public": "medium"}

# What contracts are about, with its share of the accounts.
PRODUCTS = (("Kestrel Fleet", 0.46), ("Kestrel Field", 0.34), ("Kestrel Sites", 0.20))

# Country, currency, share.
COUNTRIES = (
    ("United States", "USD", 0.58),
    ("Canada", "USD", 0.12),
    ("United Kingdom", "GBP", 0.11),
    ("Germany", "EUR", 0.08),
    ("Netherlands", "EUR", 0.06),
    ("France", "EUR", 0.05),
)

# What one unit was worth in US dollars, half year by half year, the oldest first.
RATES = {
    "EUR": (Decimal("1.07"), Decimal("1.09"), Decimal("1.08"), Decimal("1.10"), Decimal("1.12"), Decimal("1.11")),
    "GBP": (Decimal("1.25"), Decimal("1.27"), Decimal("1.26"), Decimal("1.29"), Decimal("1.31"), Decimal("1.30")),
}
