"""Looks for secrets in whatever a run leaves behind, also in what is compressed, packed or split into pages."""

from __future__ import annotations

import base64
import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote, quote_plus

import duckdb
import zstandard


def spellings(secret: str) -> set[bytes]:
    """As it is, in a URL, in JSON, and in base64 wherever in a text it begins, without the ends that vary."""
    raw = secret.encode()
    shifted = [
        encode(b"\0" * shift + raw).decode()[shift + 1 : -4]
        for shift in range(3)
        for encode in (base64.b64encode, base64.urlsafe_b64encode)
    ]
    texts = {
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        *shifted,
    }
    return {text.encode() for text in texts}


def sought(secrets: Iterable[str]) -> set[bytes]:
    return {form for secret in secrets for form in spellings(secret)}


def found_in(content: bytes, forms: Iterable[bytes]) -> bool:
    """Whether a secret is in it; with letters in small, too, for what was lowered on its way."""
    lowered = content.lower()
    return any(form in content or form.lower() in lowered for form in forms)


def contents(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file below a folder, names included; then what is compressed or a database once more, as text."""
    files = sorted(item for item in folder.rglob("*") if item.is_file())
    for path in files:  # before a database is opened: closing it removes the files beside it
        with suppress(FileNotFoundError):
            yield path, str(path.relative_to(folder)).encode() + b"\n" + path.read_bytes()
    for path in filter(Path.exists, files):
        if path.suffix == ".zst":
            yield path, zstandard.ZstdDecompressor().decompressobj().decompress(path.read_bytes())
        elif path.suffix == ".parquet":
            rows = duckdb.sql(f"SELECT to_json(t)::VARCHAR FROM read_parquet('{path}') AS t").fetchall()
            yield path, "\n".join(row for (row,) in rows).encode()
        elif path.suffix == ".duckdb":
            yield path, _duckdb_text(path)
        elif path.suffix in (".sqlite", ".db"):
            yield path, b"\n".join(_sqlite_values(path))


def _duckdb_text(path: Path) -> bytes:
    with duckdb.connect(path, read_only=True) as warehouse:
        tables = warehouse.execute("SELECT schema_name || '.' || table_name FROM duckdb_tables()").fetchall()
        found = [
            row
            for (table,) in tables
            for (row,) in warehouse.execute(f"SELECT to_json(t)::VARCHAR FROM {table} AS t").fetchall()
        ]
    return "\n".join(found).encode()


def _sqlite_values(path: Path) -> Iterator[bytes]:
    """Every value: a long one lies in several pages of the file, and Dagster packs some with zlib."""
    with closing(sqlite3.connect(path)) as database:
        database.text_factory = bytes
        for (table,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
            for row in database.execute(f'SELECT * FROM "{table.decode()}"'):
                for value in row:
                    if isinstance(value, bytes):
                        yield value
                        with suppress(zlib.error):
                            yield zlib.decompress(value)


def leaks(folder: Path, secrets: Iterable[str], beginnings: Iterable[str] = ()) -> set[Path]:
    """Files that hold a secret, or a text that begins like one, the token store aside."""
    forms = sought(secrets) | {start.encode() for start in beginnings}
    return {
        path for path, content in contents(folder) if "tokens" not in path.parts and found_in(content, forms)
    }
