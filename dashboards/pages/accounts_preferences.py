"""Which columns of the accounts table a user wants."""

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.access import Action
from accounts.operations.preferences import set_account_columns
from dashboards.filters import values
from dashboards.gate import UserRequest, requires
from dashboards.pages.accounts_columns import FIXED, known_columns
from dashboards.pages.accounts_view import address_of


@require_POST
@requires(Action.VIEW_ACCOUNT)
def columns(request: UserRequest) -> HttpResponse:
    """The columns that the user wants, in their order: kept, and put into the address."""
    asked = () if "reset" in request.POST else known_columns(values(request.POST, "column"))
    set_account_columns(user=request.user, columns=[key for key in asked if key not in FIXED])
    params = QueryDict(request.POST.get("query", ""), mutable=True)
    params["columns"] = ",".join(asked)
    return redirect(address_of(params.urlencode()))
