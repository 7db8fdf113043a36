"""What a user chose for themselves."""

from accounts.models import Theme, User


def set_user_theme(*, user: User, theme: str) -> None:
    """Keep the theme that a user wants. Raises ValueError for one that does not exist."""
    user.theme = Theme(theme)
    user.save(update_fields=["theme"])
