"""Who logs in here: teams and users."""

from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts import audit
from accounts.models import Role, Team, User


@transaction.atomic
def make_team(*, name: str, by: User | None, at: datetime) -> Team:
    """The team of that name, made where it is missing."""
    team, is_new = Team.objects.get_or_create(name=name)
    if is_new:
        audit.record(verb="team made", subject=team, by=by, at=at, name=name)
    return team


@transaction.atomic
def make_user(
    *,
    email: str,
    name: str,
    role: Role,
    by: User | None,
    at: datetime,
    title: str = "",
    team: Team | None = None,
    password_hash: str = "",
) -> User:
    """The user of that address, made where it is missing; without a hash it cannot log in with a password."""
    known = User.objects.filter(email__iexact=email).first()
    if known is not None:
        return known
    user = User.objects.create(
        email=email,
        name=name,
        role=role,
        title=title,
        team=team,
        password=password_hash or make_password(None),
    )
    audit.record(verb="user made", subject=user, by=by, at=at, email=email, role=str(role))
    return user
