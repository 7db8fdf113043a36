"""The words of the customer's page by language: the same four in which surveys are asked."""

from accounts.models import Language
from dashboards.public.said import english, french, german, spanish
from dashboards.public.said.words import Words

__all__ = ["WORDS", "Words"]

WORDS: dict[str, Words] = {
    Language.EN: english.WORDS,
    Language.DE: german.WORDS,
    Language.FR: french.WORDS,
    Language.ES: spanish.WORDS,
}
