"""Scoring as one would write it first: account by account, a query per question, through the ORM.

It computes the seven measures of the SMB scorecard and none of the rules, flags and summaries, so it does less than
the engine does.
"""

from datetime import date, timedelta

from django.db.models import Max, Q, Sum

from accounts.models import Account, AccountDay, Invoice, Milestone, SurveyResponse, Ticket, UserDay

WINDOW = timedelta(days=28)


def score(account: Account, *, as_of: date) -> float:
    """The weighted mean of the points, 0 to 100."""
    parts = [
        (30, clamp(active_users(account, as_of) / account.seats / 0.8 if account.seats else 0.0)),
        (20, clamp((usage_trend(account, as_of) - 0.5) / 0.6)),
        (15, 1.0 if days_since_login(account, as_of) <= 7 else 0.0),
        (15, clamp(1 - tickets_unresolved(account, as_of) / 15)),
        (10, 1.0 if days_overdue(account, as_of) <= 5 else 0.0),
        (5, clamp((120 - days_to_first_value(account, as_of)) / 90)),
        (5, clamp((nps(account, as_of) + 50) / 100)),
    ]
    return 100 * sum(weight * points for weight, points in parts) / sum(weight for weight, _ in parts)


def clamp(share: float) -> float:
    return max(0.0, min(1.0, share))


def active_users(account: Account, as_of: date) -> int:
    rows = UserDay.objects.filter(account=account, day__gt=as_of - WINDOW, day__lte=as_of)
    return rows.values("user_key").distinct().count()


def usage_trend(account: Account, as_of: date) -> float:
    days = AccountDay.objects.filter(account=account)
    now = days.filter(day__gt=as_of - WINDOW, day__lte=as_of).aggregate(n=Sum("events"))["n"] or 0
    before = days.filter(day__gt=as_of - 2 * WINDOW, day__lte=as_of - WINDOW).aggregate(n=Sum("events"))["n"] or 0
    return now / before if before else 0.0


def days_since_login(account: Account, as_of: date) -> int:
    last = AccountDay.objects.filter(account=account, day__lte=as_of).aggregate(last=Max("day"))["last"]
    return (as_of - (last or account.started_on)).days


def tickets_unresolved(account: Account, as_of: date) -> float:
    week_ago = as_of - timedelta(days=7)
    still_open = Q(closed_at=None) | Q(closed_at__date__gt=as_of)
    open_for_long = Ticket.objects.filter(still_open, account=account, opened_at__date__lt=week_ago).count()
    return 100 * open_for_long / account.seats if account.seats else 0.0


def days_overdue(account: Account, as_of: date) -> int:
    unpaid = Q(paid_on=None) | Q(paid_on__gt=as_of)
    oldest = Invoice.objects.filter(unpaid, account=account, due_on__lt=as_of).order_by("due_on").first()
    return (as_of - oldest.due_on).days if oldest else 0


def days_to_first_value(account: Account, as_of: date) -> int:
    reached = Milestone.objects.filter(account=account, kind="first_value", reached_on__lte=as_of).first()
    return ((reached.reached_on if reached and reached.reached_on else as_of) - account.started_on).days


def nps(account: Account, as_of: date) -> float:
    first = as_of - timedelta(days=180)
    answers = SurveyResponse.objects.filter(account=account, kind="nps", answered_on__gt=first, answered_on__lte=as_of)
    scores = [score for score in answers.values_list("score", flat=True) if score is not None]
    if not scores:
        return 0.0
    return 100 * (sum(s >= 9 for s in scores) - sum(s <= 6 for s in scores)) / len(scores)
