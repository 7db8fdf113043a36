"""Views of pages that a user keeps: made, changed, dropped and taken back, by their owner alone."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from accounts import audit
from accounts.models import SavedView, User
from accounts.models.views import LONGEST_QUERY, ViewedPage

MOST_VIEWS = 20


@transaction.atomic
def keep_view(*, page: ViewedPage, name: str, query: str, is_shared: bool, by: User, at: datetime) -> SavedView:
    """A new view under a name that none of the user's views of the page has."""
    # The lock lets two forms of one user meet here, not at the database's refusal.
    User.objects.select_for_update().get(pk=by.pk)
    kept = views_of(by, page=page)
    if kept.count() >= MOST_VIEWS:
        raise ValidationError(f"You keep {MOST_VIEWS} views already. Delete one first.")
    name = free_name(name, among=kept)
    view = SavedView.objects.create(
        user=by, page=page, name=name, query=checked(query), is_shared=is_shared, made_at=at, changed_at=at
    )
    audit.record(verb="view kept", subject=view, by=by, at=at, **said(view))
    return view


@transaction.atomic
def change_view(
    *, view: SavedView, name: str, query: str, is_shared: bool, seen: datetime, by: User, at: datetime
) -> SavedView:
    """Another name, other accounts, or other people who see it. Refused where it was changed after it was `seen`."""
    User.objects.select_for_update().get(pk=by.pk)
    view = SavedView.objects.select_for_update().get(pk=view.pk, user=by, dropped_at=None)
    if view.changed_at != seen:
        raise ValidationError(f"“{view.name}” was changed meanwhile, in another window. Look at it first.")
    before = said(view)
    others = views_of(by, page=view.page).exclude(pk=view.pk)
    view.name, view.query, view.is_shared = free_name(name, among=others), checked(query), is_shared
    view.changed_at = at
    view.save(update_fields=["name", "query", "is_shared", "changed_at"])
    audit.record(verb="view changed", subject=view, by=by, at=at, before=before, now=said(view))
    return view


@transaction.atomic
def drop_view(*, view: SavedView, by: User, at: datetime) -> None:
    """Out of everybody's tabs."""
    view.dropped_at = at
    view.save(update_fields=["dropped_at"])
    audit.record(verb="view dropped", subject=view, by=by, at=at, **said(view))


@transaction.atomic
def take_view_back(*, view: SavedView, by: User, at: datetime) -> None:
    """As it was; under a name that is taken by now it gets another."""
    User.objects.select_for_update().get(pk=by.pk)
    names = set(views_of(by, page=view.page).values_list("name", flat=True))
    tries = (view.name, *(f"{view.name[:36]} {n}" for n in range(2, MOST_VIEWS + 3)))
    view.name = next(name for name in tries if name not in names)
    view.dropped_at = None
    view.save(update_fields=["name", "dropped_at"])
    audit.record(verb="view taken back", subject=view, by=by, at=at, **said(view))


def views_of(user: User, *, page: str) -> QuerySet[SavedView]:
    """The user's own views of a page."""
    return SavedView.objects.filter(user=user, page=page, dropped_at=None)


def free_name(name: str, *, among: QuerySet[SavedView]) -> str:
    name = " ".join(name.replace("\x00", "").split())
    longest = SavedView._meta.get_field("name").max_length or 0
    if not 0 < len(name) <= longest:
        raise ValidationError(f"A view needs a name of at most {longest} letters.")
    if among.filter(name__iexact=name).exists():
        raise ValidationError(f"You have a view called “{name}” already.")
    return name


def checked(query: str) -> str:
    if len(query) > LONGEST_QUERY or "\x00" in query:
        raise ValidationError("These filters are too long to be kept. Choose fewer.")
    return query


def said(view: SavedView) -> dict[str, object]:
    return {"page": view.page, "name": view.name, "query": view.query, "is_shared": view.is_shared}
