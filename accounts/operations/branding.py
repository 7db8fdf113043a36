"""How the customer's page looks and what it may show: changed by operations; each person's own card by themselves."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import audit
from accounts.models import AuditEntry, Branding, ContactCard, ImageKind, Language, Organization, User
from accounts.pictures import kind_of

LONGEST_TEXT = 600
TEXTS = ("intro", "foot")
SET, UNDONE = "customer page set", "customer page set back"


@transaction.atomic
def set_customer_page(
    *, color: str, words: Mapping[str, Mapping[str, str]], measures: Mapping[str, bool], by: User, at: datetime
) -> Branding:
    """The color, the company's own words by language, and which measures customers may see."""
    organization, branding = held()
    before = said(organization, branding)
    organization.brand_color = color
    organization.save(update_fields=["brand_color"])
    branding.words, branding.measures = checked(words), dict(measures)
    branding.save()
    now = said(organization, branding)
    audit.record(verb=SET, subject=branding, by=by, at=at, before=before, now=now)
    return branding


def held() -> tuple[Organization, Branding]:
    organization = Organization.objects.select_for_update().filter(pk=1).first()
    if organization is None:
        raise ValidationError("Set up the organization first.")
    return organization, Branding.objects.get_or_create(pk=1)[0]


def said(organization: Organization, branding: Branding) -> dict[str, Any]:
    return {"color": organization.brand_color, "words": branding.words, "measures": branding.measures}


def checked(words: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Without empty texts; ValidationError for a long one."""
    found: dict[str, dict[str, str]] = {}
    for language in Language.values:
        texts = {name: words.get(language, {}).get(name, "").strip() for name in TEXTS}
        if any(len(text) > LONGEST_TEXT for text in texts.values()):
            raise ValidationError(f"Say it in {LONGEST_TEXT} characters.")
        found[language] = {name: text for name, text in texts.items() if text}
    return {language: texts for language, texts in found.items() if texts}


@transaction.atomic
def set_back(*, entry: AuditEntry, by: User, at: datetime) -> None:
    """As it was before that change. Raises ValidationError where somebody changed it since."""
    organization, branding = held()
    if entry.verb != SET or entry.detail["now"] != said(organization, branding):
        raise ValidationError("Somebody has changed it since.")
    before = entry.detail["before"]
    organization.brand_color = before["color"]
    organization.save(update_fields=["brand_color"])
    branding.words, branding.measures = before["words"], before["measures"]
    branding.save()
    audit.record(verb=UNDONE, subject=branding, by=by, at=at, entry=entry.pk)


@transaction.atomic
def set_logo(*, content: bytes | None, by: User, at: datetime) -> None:
    """The logo, or None to go back to the letter. Raises ValidationError for what is no picture."""
    kind = kind_of(content, allowed={ImageKind.PNG, ImageKind.SVG}) if content else ""
    _, branding = held()
    branding.logo, branding.logo_kind = content, kind
    branding.save()
    size = len(content) if content else 0
    audit.record(verb="logo set" if content else "logo removed", subject=branding, by=by, at=at, bytes=size)


@transaction.atomic
def set_contact_card(
    *, user: User, booking_url: str, phone: str, picture: bytes | None, is_removed: bool, at: datetime
) -> ContactCard:
    """What customers see of the user. Without a new picture the old one stays, unless it is taken away."""
    kind = kind_of(picture, allowed={ImageKind.PNG, ImageKind.JPEG}) if picture else ""
    if booking_url and not booking_url.startswith("https://"):
        raise ValidationError({"booking_url": "A booking link begins with https://."})
    card, _ = ContactCard.objects.select_for_update().get_or_create(user=user)
    before = told_of_card(card, user)
    card.booking_url = booking_url
    if picture or is_removed:
        card.picture, card.picture_kind = picture, kind
    card.save()
    user.phone = phone
    user.save(update_fields=["phone"])
    audit.record(verb="contact card set", subject=user, by=user, at=at, before=before, now=told_of_card(card, user))
    return card


def told_of_card(card: ContactCard, user: User) -> dict[str, Any]:
    return {"booking_url": card.booking_url, "phone": user.phone, "has_picture": bool(card.picture)}
