"""Finding accounts by a part of their name or domain, whatever the case and the accents, inside the database."""

from itertools import chain
from unicodedata import category, normalize

from django.db import connection
from django.db.models import CharField, F, Func, Q, QuerySet, Value
from django.db.models.functions import Concat, Lower, Replace

from accounts.models import Account

# Letters that have no plain form of their own in Unicode.
SPELLED_OUT = {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i"}
SPELLED_TABLE = str.maketrans(SPELLED_OUT)
LATIN = range(0x00C0, 0x0250)
MARKS = "".join(map(chr, range(0x0300, 0x0370)))


def folded(text: str) -> str:
    """Lower case, without accents: what is compared."""
    if text.isascii():
        return text.lower()
    spelled = text.lower().translate(SPELLED_TABLE)
    return "".join(letter for letter in normalize("NFKD", spelled) if category(letter) != "Mn")


def _plain_letters() -> dict[str, str]:
    """Every accented Latin letter with the one plain letter that it folds to."""
    pairs = ((chr(code), folded(chr(code))) for code in LATIN)
    return {letter: plain for letter, plain in pairs if len(plain) == 1 and plain != letter}


class Folded(Func):
    """`folded` in SQL: a Python function on SQLite, translate() on PostgreSQL, which needs no extension."""

    function = "healthapp_folded"
    output_field = CharField()

    def as_postgresql(self, compiler, connection, **context):  # type: ignore[no-untyped-def]
        spelled = Lower(self.source_expressions[0])
        for letter, plain in SPELLED_OUT.items():
            spelled = Replace(spelled, Value(letter), Value(plain))
        letters = _plain_letters()
        # Letters beyond the end of the second list are taken out: the loose accents.
        table = (Value("".join(letters) + MARKS), Value("".join(letters.values())))
        return compiler.compile(Func(spelled, *table, function="translate", output_field=CharField()))


def containing(accounts: QuerySet[Account], *, text: str) -> QuerySet[Account]:
    """The accounts whose name or domain has every word of the text in it."""
    words = folded(text).split()
    if not words:
        return accounts
    know_folded()
    searched = Folded(Concat(F("name"), Value(" "), F("domain"), output_field=CharField()))
    every = chain.from_iterable([("searched__contains", word)] for word in words)
    return accounts.alias(searched=searched).filter(*(Q(part) for part in every))


def know_folded() -> None:
    """SQLite takes the function from the process that asks, once per connection."""
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        connection.connection.create_function(Folded.function, 1, folded, deterministic=True)
