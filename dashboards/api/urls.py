"""The addresses of version 1 of the API."""

from django.urls import URLPattern, path

from dashboards.api import accounts, facts, movement, schema, score, tokens_list
from dashboards.api.kinds import FACTS, Kind


def addresses(kind: Kind) -> list[URLPattern]:
    """Of a kind of facts: many, one, and many to write."""
    return [
        path(kind.path, facts.list_view(kind).as_view(), name=f"api-{kind.path}"),
        path(f"{kind.path}/bulk", facts.bulk_view(kind).as_view(), name=f"api-{kind.path}-bulk"),
        path(f"{kind.path}/<int:pk>", facts.detail_view(kind).as_view(), name=f"api-{kind.path}-one"),
    ]


urlpatterns = [
    path("accounts", accounts.AccountList.as_view(), name="api-accounts"),
    path("accounts/bulk", accounts.AccountBulk.as_view(), name="api-accounts-bulk"),
    path("accounts/<int:pk>", accounts.AccountDetail.as_view(), name="api-account"),
    path("accounts/<int:pk>/score", score.AccountScore.as_view(), name="api-score"),
    path("accounts/<int:pk>/history", score.AccountScores.as_view(), name="api-history"),
    path("accounts/<int:pk>/movement", movement.AccountMovement.as_view(), name="api-account-movement"),
    path("movement", movement.PortfolioMovement.as_view(), name="api-movement"),
    *(address for kind in FACTS for address in addresses(kind)),
    path("sources", tokens_list.SourceList.as_view(), name="api-sources"),
    path("tokens", tokens_list.TokenList.as_view(), name="api-tokens"),
    path("tokens/<int:pk>", tokens_list.TokenDetail.as_view(), name="api-token"),
    path("schema", schema.Schema.as_view(), name="api-schema"),
    path("<path:rest>", schema.NotThere.as_view(), name="api-not-there"),
]
