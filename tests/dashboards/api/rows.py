"""One row of every kind, as a client sends it; the order is one in which each finds what it names."""

ACCOUNT = "acme"
ROWS = {
    "contacts": {
        "external_id": "c1", "account": ACCOUNT, "name": "Ann Lee", "email": "ann@acme.example", "title": "CFO",
        "persona": "decision_maker", "level": "executive", "known_from": "2026-01-01", "left_on": None,
    },
    "contracts": {
        "external_id": "k1", "account": ACCOUNT, "starts_on": "2026-01-01", "arr": "1200.50", "currency": "USD",
        "ends_on": "2027-01-01", "renews_on": None, "plan_name": "Pro", "seats": 25, "posture": "", "is_trial": False,
    },
    "usage": {
        "external_id": "u1", "day": "2026-06-01", "events": 12, "account": ACCOUNT, "contract": "k1", "user_key": "ann",
        "feature": "Reports", "seconds": 300, "errors": 0, "loads": 4, "failed_loads": 1, "load_ms": 900,
    },
    "tickets": {
        "external_id": "t1", "account": ACCOUNT, "opened_at": "2026-06-01T10:00:00Z", "closed_at": None,
        "severity": "high", "is_escalated": True, "satisfaction": None, "first_response_minutes": 12,
        "subject": "No login",
    },
    "touchpoints": {
        "external_id": "p1", "account": ACCOUNT, "kind": "ebr", "day": "2026-05-01", "state": "held",
        "cancelled_by": "", "replied_on": None, "host_email": "maya@kestrel.example", "note": "Went well",
        "contacts": ["c1"], "colleague_emails": ["ben@kestrel.example"],
    },
    "surveys": {
        "external_id": "s1", "account": ACCOUNT, "kind": "nps", "asked_on": "2026-05-02", "answered_on": "2026-05-03",
        "score": 9, "contact": "c1", "touchpoint": "p1", "comment": "Fine",
    },
    "invoices": {
        "external_id": "i1", "account": ACCOUNT, "issued_on": "2026-05-01", "due_on": "2026-05-31", "amount": "99.90",
        "currency": "USD", "number": "2026-7", "paid_on": None, "failed_payments": 1,
    },
    "churn": {
        "external_id": "x1", "account": ACCOUNT, "churned_on": "2026-06-20", "reason_code": "price", "note": "Too dear",
        "is_reactivation": False, "competitor": "Globex", "lost_arr": "1200.50",
    },
    "readings": {
        "external_id": "r1", "account": ACCOUNT, "measure": "fit", "value": 4.5, "read_on": "2026-06-01",
        "expires_on": "2026-07-16",
    },
    "business_events": {
        "external_id": "b1", "account": ACCOUNT, "kind": "acquired", "occurred_on": "2026-04-01", "ended_on": None,
        "note": "By Globex",
    },
    "milestones": {
        "external_id": "m1", "account": ACCOUNT, "kind": "first_value", "due_on": "2026-03-01",
        "reached_on": "2026-03-05",
    },
    "outcomes": {
        "external_id": "o1", "account": ACCOUNT, "name": "Half the time", "due_on": "2026-09-01", "met_on": None,
    },
    "entitlements": {
        "external_id": "e1", "account": ACCOUNT, "feature": "Reports", "starts_on": "2026-01-01", "ends_on": None,
    },
    "rapports": {"external_id": "q1", "contact": "c1", "rated_on": "2026-05-04", "rating": 4},
}  # fmt: skip
NEW_ACCOUNT = {"external_id": "birch", "name": "Birch", "started_on": "2025-01-01", "segment": "smb", "seats": 5}
