"""Which logos and pictures are taken, and that a drawing only draws; the customers' page is set and set back."""

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEntry, Branding, ImageKind, Organization
from accounts.operations.branding import set_back, set_contact_card, set_customer_page, set_logo
from accounts.pictures import MOST_BYTES, PNG_MARK, kind_of
from dashboards.management.demo_customers import LOGO
from tests.conftest import NOW

ALL = set(ImageKind)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{}</svg>'


def test_a_picture_is_what_its_bytes_say():
    assert kind_of(PNG_MARK + b"...", allowed=ALL) == ImageKind.PNG
    assert kind_of(b"\xff\xd8\xff...", allowed=ALL) == ImageKind.JPEG
    assert kind_of(LOGO, allowed=ALL) == ImageKind.SVG
    assert kind_of(SVG.format('<path d="M0 0" fill="url(#a)"/><use href="#b"/>').encode(), allowed=ALL) == ImageKind.SVG


@pytest.mark.parametrize(
    "content",
    [
        b"GIF89a", b"", b"<html></html>", b"<svg", PNG_MARK + b"x" * MOST_BYTES,
        SVG.format("<script>alert(1)</script>").encode(),
        SVG.format('<path onload="alert(1)"/>').encode(),
        SVG.format('<use href="https://elsewhere.example/x"/>').encode(),
        SVG.format('<use xlink:href="data:text/html,x"/>').encode(),
        SVG.format('<rect fill="url(https://elsewhere.example/x)"/>').encode(),
        SVG.format("<foreignObject/>").encode(),
        SVG.format("<style>@import 'x'</style>").encode(),
        b'<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg"><text>&a;</text></svg>',
    ],
)  # fmt: skip
def test_what_is_no_small_picture_or_more_than_a_drawing_is_refused(content):
    with pytest.raises(ValidationError):
        kind_of(content, allowed=ALL)


def test_a_logo_is_no_photograph():
    with pytest.raises(ValidationError, match="That is no PNG or SVG picture"):
        kind_of(b"\xff\xd8\xff...", allowed={ImageKind.PNG, ImageKind.SVG})


@pytest.mark.django_db
def test_the_page_is_set_on_record_and_set_back(organization, ops):
    first = {"color": "#112233", "words": {"de": {"intro": " Hallo ", "foot": ""}}, "measures": {"nps": False}}
    set_customer_page(**first, by=ops, at=NOW)
    kept = Branding.objects.get()
    assert (kept.words, kept.measures) == ({"de": {"intro": "Hallo"}}, {"nps": False})
    entry = AuditEntry.objects.get(verb="customer page set")
    set_customer_page(color="#445566", words={}, measures={}, by=ops, at=NOW)
    with pytest.raises(ValidationError):
        set_back(entry=entry, by=ops, at=NOW)
    set_back(entry=AuditEntry.objects.filter(verb="customer page set").latest("pk"), by=ops, at=NOW)
    kept.refresh_from_db()
    assert (Organization.objects.get().brand_color, kept.measures) == ("#112233", {"nps": False})


@pytest.mark.django_db
def test_a_logo_comes_and_goes_on_record(organization, ops):
    set_logo(content=LOGO, by=ops, at=NOW)
    assert Branding.objects.get().logo_kind == ImageKind.SVG
    set_logo(content=None, by=ops, at=NOW)
    assert not Branding.objects.get().logo
    assert list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True)) == ["logo set", "logo removed"]


@pytest.mark.django_db
def test_a_card_keeps_its_picture_until_it_is_taken_away(csm):
    said = {"user": csm, "booking_url": "https://kestrel.example/maya", "phone": "+1 555 0142", "at": NOW}
    set_contact_card(**said, picture=PNG_MARK, is_removed=False)
    assert bytes(set_contact_card(**said, picture=None, is_removed=False).picture) == PNG_MARK
    assert set_contact_card(**said, picture=None, is_removed=True).picture is None
    csm.refresh_from_db()
    assert csm.phone == "+1 555 0142"
    with pytest.raises(ValidationError):
        set_contact_card(**said | {"booking_url": "http://kestrel.example"}, picture=None, is_removed=False)
