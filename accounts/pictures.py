"""Which pictures from outside are taken: small ones, whose bytes are what they say, and drawings that only draw."""

from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.core.exceptions import ValidationError

from accounts.models import ImageKind

MOST_BYTES = 64 * 1024
PNG_MARK, JPEG_MARK = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
# What a drawing needs. A script, another document or a style sheet is none of it.
DRAWS = {
    "svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "defs", "title",
    "desc", "linearGradient", "radialGradient", "stop", "clipPath", "mask", "symbol", "use",
}  # fmt: skip


def kind_of(content: bytes, *, allowed: set[ImageKind]) -> ImageKind:
    """What the bytes are. Raises ValidationError for what is too large, of no allowed kind, or more than a drawing."""
    if len(content) > MOST_BYTES:
        raise ValidationError(f"The picture is larger than {MOST_BYTES // 1024} KB. Make it smaller first.")
    found = mark_of(content)
    if found is None or found not in allowed:
        names = " or ".join(kind.label for kind in sorted(allowed, key=lambda kind: kind.label))
        raise ValidationError(f"That is no {names} picture.")
    if found == ImageKind.SVG:
        check_drawing(content)
    return found


def mark_of(content: bytes) -> ImageKind | None:
    if content.startswith(PNG_MARK):
        return ImageKind.PNG
    if content.startswith(JPEG_MARK):
        return ImageKind.JPEG
    return ImageKind.SVG if b"<svg" in content[:1024] else None


def check_drawing(content: bytes) -> None:
    try:
        root = fromstring(content.decode())
    except (ParseError, DefusedXmlException, UnicodeDecodeError, ValueError) as error:
        raise ValidationError("The SVG cannot be read.") from error
    for element in root.iter():
        name = str(element.tag).rpartition("}")[2]
        if name not in DRAWS:
            raise ValidationError(f"The SVG holds <{name[:20]}>, which is more than a drawing.")
        for key, value in element.attrib.items():
            if is_active(key.rpartition("}")[2].lower(), value.strip().lower()):
                raise ValidationError("The SVG does more than draw: it names a script or another address.")


def is_active(key: str, value: str) -> bool:
    """Whether an attribute runs something, or brings something from elsewhere."""
    if key.startswith("on"):
        return True
    if key == "href":
        return not value.startswith("#")
    return "javascript:" in value or ("url(" in value and "url(#" not in value)
