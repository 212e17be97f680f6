"""The documentation of each published table, read from the head of its SQL file.

A head is comment lines `-- word: text`: first `table`, `about`, `key`, then one line per column. It becomes
the comments inside the warehouse, the column schemas in the Dagster UI and docs/tables.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_HEAD_LINE = re.compile(r"-- (\w+): (.+)")


@dataclass(frozen=True)
class TableDoc:
    """A published table or view: `name` is schema.table, `key` its unique columns, `columns` name to meaning.

    `reads` are the tables without which a view cannot be; a table has none.
    """

    name: str
    about: str
    key: tuple[str, ...]
    columns: dict[str, str] = field(hash=False)
    sql_file: Path
    reads: tuple[str, ...] = ()


def read_doc(sql_file: Path) -> TableDoc | None:
    """The head of one file, or None when the file describes no table."""
    head: dict[str, str] = {}
    for line in sql_file.read_text().splitlines():
        match = _HEAD_LINE.fullmatch(line)
        if match is None:
            break
        head[match[1]] = match[2]
    if not head.keys() & {"table", "view"}:
        return None
    reads = _parts(head.pop("reads")) if "view" in head else ()
    name, about, key = head.pop("view" if reads else "table"), head.pop("about"), _parts(head.pop("key"))
    return TableDoc(name, about, key, head, sql_file, reads)


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))


@cache
def table_docs() -> dict[str, TableDoc]:
    """Every published table by name, from all `sql` folders of the project."""
    files = sorted([*ROOT.glob("*_assets/sql/*/*.sql"), *ROOT.glob("resources/sql/*/*.sql")])
    docs = [doc for doc in map(read_doc, files) if doc]
    return {doc.name: doc for doc in docs if not doc.reads}


@cache
def view_docs() -> dict[str, TableDoc]:
    """Every published view by name."""
    docs = [doc for doc in map(read_doc, sorted(ROOT.glob("*_assets/sql/view/*.sql"))) if doc]
    return {doc.name: doc for doc in docs}


def macro_files() -> list[Path]:
    """Statements that create the macros published with the warehouse, in order of their names."""
    return sorted(ROOT.glob("*_assets/sql/macro/*.sql"))
