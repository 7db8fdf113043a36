"""Finding accounts and people by a part of their name, whatever the case and the accents, inside the database."""

from collections.abc import Iterable
from itertools import chain
from typing import TypeVar
from unicodedata import category, normalize

from django.db import connection
from django.db.models import CharField, F, Func, Model, Q, QuerySet, Value
from django.db.models.functions import Concat, Lower, Replace

from accounts.models import Account

Row = TypeVar("Row", bound=Model)
Columns = tuple[str, ...]
# Letters that have no plain form of their own in Unicode.
SPELLED_OUT = {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i"}
SPELLED_TABLE = str.maketrans(SPELLED_OUT)
LATIN = range(0x00C0, 0x0250)
MARKS = "".join(map(chr, range(0x0300, 0x0370)))
# A word of fewer letters is taken as it is typed.
FORGIVING_FROM = 4


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
        (text,) = self.source_expressions
        spelled = Lower(text)
        for letter, plain in SPELLED_OUT.items():
            if len(plain) > 1:
                spelled = Replace(spelled, Value(letter), Value(plain))
        letters = _plain_letters()
        # Letters beyond the end of the second list are taken out: the loose accents.
        table = (Value("".join(letters) + MARKS), Value("".join(letters.values())))
        accented = Func(spelled, *table, function="translate", output_field=CharField())
        # translate() compares each letter with its whole list: plain text goes without it.
        parts = [compiler.compile(part) for part in (text, text, Lower(text), accented)]
        (octets, _), (length, _), (plain_sql, _), (accented_sql, _) = parts
        sql = f"CASE WHEN octet_length({octets}) = length({length}) THEN {plain_sql} ELSE {accented_sql} END"
        return sql, [param for _, params in parts for param in params]


def searched(*columns: str) -> Folded:
    """The columns as one folded text with a blank before each word. scoring/search_index.py has an index on it."""
    parts = chain.from_iterable((Value(" "), F(column)) for column in columns)
    return Folded(Concat(*parts, output_field=CharField()))


def searchable(rows: QuerySet[Row], columns: Columns) -> QuerySet[Row]:
    """The rows, which can be asked what is `searched` in them."""
    know_folded()
    return rows.alias(searched=searched(*columns))  # type: ignore[return-value]  # the plugin forgets whose rows they are


def words_of(text: str) -> list[str]:
    return folded(text.replace("\x00", "")).split()


def containing(accounts: QuerySet[Account], *, text: str) -> QuerySet[Account]:
    """The accounts whose name or domain has every word of the text in it."""
    return with_words(accounts, columns=("name", "domain"), text=text)


def with_words(rows: QuerySet[Row], *, columns: Columns, text: str) -> QuerySet[Row]:
    """The rows that have every word of the text in one of the columns, with what was `searched`."""
    words = words_of(text)
    if not words:
        return rows
    return searchable(rows, columns).filter(*(Q(searched__contains=word) for word in words))


def perhaps_meant(rows: QuerySet[Row], *, columns: Columns, text: str) -> QuerySet[Row]:
    """Rows among which are all that `is_meant` by the text: every word, or one of its halves, is in them."""
    return searchable(rows, columns).filter(
        *(one_in("searched", (word, *alike_parts(word))) for word in words_of(text))
    )


def one_in(field: str, parts: Iterable[str]) -> Q:
    """Any of the parts is in the text."""
    found = Q()
    for part in parts:
        found |= Q(**{f"{field}__contains": part})
    return found


def alike_parts(word: str) -> list[str]:
    """One of them is in every text with a word that begins one edit away; a blank stands before a beginning."""
    if len(word) < FORGIVING_FROM:
        return []
    middle = len(word) // 2
    # A second half of two letters would be in nearly everything.
    is_long = len(word) - middle > 2
    halves = [f" {word[:middle]}", *([word[middle:]] if is_long else [])]
    # Letters in each other's place leave a half as it is, unless they are the two in the middle.
    places = range(middle - 1, middle) if is_long else range(len(word) - 1)
    return halves + [f" {word[:n]}{word[n + 1]}{word[n]}{word[n + 2 :]}" for n in places]


def is_meant(words: list[str], *, text: str) -> bool:
    """Whether each word is in the folded text, or begins a word of it but for one letter."""
    parts = text.split()
    return all(
        word in text or (len(word) >= FORGIVING_FROM and any(begins_alike(word, part) for part in parts))
        for word in words
    )


def begins_alike(word: str, longer: str) -> bool:
    """Whether a beginning of the longer word is the word with one letter more, less, another or two swapped."""
    size = len(word)
    return any(is_one_edit(word, longer[:end]) for end in range(size - 1, size + 2) if end <= len(longer))


def is_one_edit(one: str, other: str) -> bool:
    """Whether the two differ by at most one letter, or by two letters in each other's place."""
    start = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    one, other = one[start:], other[start:]
    if len(one) == len(other):
        return one[1:] == other[1:] or (one[:2] == other[1::-1] and one[2:] == other[2:])
    longer, shorter = (one, other) if len(one) > len(other) else (other, one)
    return longer[1:] == shorter


def know_folded() -> None:
    """SQLite takes the function from the process that asks, once per connection."""
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        connection.connection.create_function(Folded.function, 1, folded, deterministic=True)
