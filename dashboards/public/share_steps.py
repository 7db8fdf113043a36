"""What a customer does on its page: ticks off its own steps, comments, takes back. The token stands for who does it.

There is no cookie, so a request forged elsewhere cannot know the token, and there is nothing for a CSRF token to add.
"""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.models import Block, CustomerWord, PlanStep, ShareLink
from accounts.operations import customer_steps
from dashboards.api.limits import WINDOW_SECONDS, count
from dashboards.gate import public
from dashboards.public.share import answered, language_of, link_of, page_address, show

# Of one link, in a minute.
MOST_DEEDS = 30


@csrf_exempt
@public
@require_POST
def share_step(request: HttpRequest, token: str, pk: int) -> HttpResponse:
    """Does it, and shows the page anew by an address that can be loaded again."""
    link = link_of(request, token)
    if isinstance(link, HttpResponse):
        return link
    now = timezone.now()
    if count(f"share-deed:{link.pk}:{int(now.timestamp() // WINDOW_SECONDS)}") > MOST_DEEDS:
        return show(request, link, token=token, problem="often", status=429)
    try:
        do(request, link, pk=pk)
    except ValidationError as refused:
        code = getattr(refused, "code", None) or "gone"
        return show(request, link, token=token, problem=code if code in KNOWN else "gone", status=422)
    address = page_address(token, language=language_of(request, link))
    return answered(HttpResponseRedirect(address, status=303))


KNOWN = {"empty", "long", "many"}


def do(request: HttpRequest, link: ShareLink, *, pk: int) -> None:
    """One deed; ValidationError where it cannot be done, also where the link does not show steps at all."""
    now, what = timezone.now(), request.POST.get("do", "")
    step = PlanStep.objects.select_related("plan").filter(pk=pk, plan__account=link.account_id).first()
    if step is None or Block.STEPS in link.hidden_blocks:
        raise ValidationError("There is no such step.")
    if what == "tick":
        customer_steps.tick(link=link, step=step, at=now)
    elif what == "comment":
        text = request.POST.get("text", "").replace("\0", "")
        customer_steps.comment(link=link, step=step, text=text, at=now)
    elif what == "back" and (word := own_word(request, link, step)) is not None:
        customer_steps.take_back(link=link, word=word, at=now)
    else:
        raise ValidationError("There is nothing to do.")


def own_word(request: HttpRequest, link: ShareLink, step: PlanStep) -> CustomerWord | None:
    asked = request.POST.get("word", "")
    number = int(asked) if asked.isdecimal() and len(asked) < 18 else 0
    return CustomerWord.objects.filter(pk=number, link=link, step=step).first()
