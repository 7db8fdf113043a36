"""Who logs in here: users with a role, in teams."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


class Role(models.TextChoices):
    CSM = "csm", "CSM"
    MANAGER = "manager", "CS manager"
    LEADER = "leader", "Leadership"
    VIEWER = "viewer", "Viewer"
    OPS = "ops", "CS operations"


class Theme(models.TextChoices):
    SYSTEM = "system", "As the system"
    LIGHT = "light", "Light"
    DARK = "dark", "Dark"


class Team(models.Model):
    name = models.CharField(max_length=80, unique=True)

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, **{"role": Role.OPS, "is_superuser": True, **fields})

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email__iexact=email)


class User(AbstractBaseUser, PermissionsMixin):
    """A person of the company that runs healthapp. A CSM and a manager belong to a team."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    title = models.CharField(max_length=120, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.VIEWER)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="members")
    theme = models.CharField(max_length=10, choices=Theme.choices, default=Theme.SYSTEM)
    has_single_keys = models.BooleanField(
        default=True, help_text="Keys that act alone, such as t and /: who dictates or is tired switches them off."
    )
    account_columns = models.JSONField(
        default=list, blank=True, help_text="Columns of the accounts table, in their order; empty for the usual ones."
    )
    unread_alerts = models.PositiveIntegerField(
        default=0, db_default=0, editable=False, help_text="Counted where alerts are told and read, for the bell."
    )
    is_active = models.BooleanField(default=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_once"),
            models.CheckConstraint(
                condition=~Q(role=Role.MANAGER) | Q(team__isnull=False), name="user_manager_has_a_team"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def clean(self) -> None:
        """Says in a form what the table would refuse."""
        super().clean()
        if self.role == Role.MANAGER and self.team is None:
            raise ValidationError({"team": "A CS manager needs a team."})

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]

    @property
    def is_staff(self) -> bool:
        """Only CS operations may open the back office."""
        return self.role == Role.OPS
