"""Columns as PostgreSQL's COPY takes them in binary: ten times as fast to make as text, and quicker to read.

Only for columns without an empty value. Texts must all be of one length.
"""

import numpy as np

from accounts.demo.synthetic.company import Array, Columns

SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
# PostgreSQL counts its days from 2000.
EPOCH = np.datetime64("2000-01-01", "D")
WIDTHS = {"bigint": ">i8", "integer": ">i4", "smallint": ">i2"}


def packed(columns: Columns, types: dict[str, str]) -> bytes:
    """The rows; `types` are PostgreSQL's names of the columns' types."""
    fields = {name: as_stored(column, types[name]) for name, column in columns.items()}
    layout = [("count", ">i2")]
    for name, column in fields.items():
        layout += [(f"{name} width", ">i4"), (name, column.dtype.str)]
    rows = np.empty(len(next(iter(fields.values()))), dtype=layout)
    rows["count"] = len(fields)
    for name, column in fields.items():
        rows[f"{name} width"] = column.dtype.itemsize
        rows[name] = column
    return SIGNATURE + rows.tobytes() + TRAILER


def as_stored(column: Array, kind: str) -> Array:
    if kind == "date":
        return (column - EPOCH).astype(">i4")
    return column.astype(WIDTHS[kind]) if kind in WIDTHS else column
