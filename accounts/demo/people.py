"""The people of Kestrel Works who log in: three teams, their managers, a leader, a viewer and CS operations."""

from dataclasses import dataclass

TEAMS = ("North", "South", "West")


@dataclass(frozen=True)
class Person:
    """One login. `touch` is how much better (or worse) than usual a CSM's accounts do, in latent health."""

    name: str
    role: str
    title: str
    team: str | None = None
    segments: tuple[str, ...] = ()
    touch: float = 0.0

    @property
    def email(self) -> str:
        first, last = self.name.lower().replace("á", "a").split(" ")
        return f"{first}.{last}@kestrel.example"


def csm(name: str, team: str, segments: str, touch: float) -> Person:
    """A CSM of a team, for the segments named (separated by spaces)."""
    return Person(name, "csm", "Customer success manager", team, tuple(segments.split()), touch)


CSMS = (
    csm("Maya Okafor", "North", "enterprise key mid-market", 0.0),
    csm("Priya Raman", "North", "enterprise mid-market", 0.06),
    csm("Jonas Lindqvist", "North", "enterprise key smb", 0.03),
    csm("Tomás Herrera", "North", "mid-market smb", 0.0),
    csm("Ben Whitlock", "North", "mid-market public", -0.02),
    csm("Aisha Rahman", "North", "mid-market smb", -0.06),
    csm("Nadia Brandt", "South", "enterprise key mid-market", 0.05),
    csm("Luca Ferrante", "South", "smb mid-market", -0.04),
    csm("Grace Oyelaran", "South", "public smb", 0.02),
    csm("Hana Sato", "West", "key enterprise smb", 0.04),
    csm("Caleb Winslow", "West", "smb mid-market", -0.07),
    csm("Ingrid Solberg", "West", "public smb", 0.0),
)
MANAGERS = (
    Person("Elena Duarte", "manager", "Manager, customer success North", "North"),
    Person("Samuel Achterberg", "manager", "Manager, customer success South", "South"),
    Person("Yuki Tanabe", "manager", "Manager, customer success West", "West"),
)
LEADER = Person("Marcus Adeyemi", "leader", "Chief customer officer")
VIEWER = Person("Vera Lindholm", "viewer", "Finance partner")
OPS = Person("Olu Bankole", "ops", "Customer success operations")
EVERYBODY = (*CSMS, *MANAGERS, LEADER, VIEWER, OPS)

BY_NAME = {person.name: person for person in EVERYBODY}
BY_EMAIL = {person.email: person for person in EVERYBODY}


def manager_of(email: str) -> Person:
    """The manager of a CSM's team."""
    team = BY_EMAIL[email].team
    return next(person for person in MANAGERS if person.team == team)
