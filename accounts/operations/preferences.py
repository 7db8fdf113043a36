"""What a user chose for themselves."""

from collections.abc import Sequence

from accounts.models import Theme, User


def set_user_theme(*, user: User, theme: str) -> None:
    """Keep the theme that a user wants. Raises ValueError for one that does not exist."""
    user.theme = Theme(theme)
    user.save(update_fields=["theme"])


def set_single_keys(*, user: User, are_on: bool) -> None:
    """Keep whether keys that are pressed alone do anything for a user."""
    user.has_single_keys = are_on
    user.save(update_fields=["has_single_keys"])


def set_account_columns(*, user: User, columns: Sequence[str]) -> None:
    """Keep which columns of the accounts table a user wants, in their order; none for the usual ones."""
    user.account_columns = list(columns)
    user.save(update_fields=["account_columns"])


def set_unread_alerts(*, user: User, unread: int) -> None:
    """What the bell shows, where it shows another number."""
    if user.unread_alerts != unread:
        user.unread_alerts = unread
        user.save(update_fields=["unread_alerts"])
