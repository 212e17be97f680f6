"""iRacing's answers in all their forms, as one document: what it is tells the body, not the address.

An answer may be the document itself, or a link to it, or rows at a `data_url`, or rows in chunks, or CSV (iRacing
facts, 2). Links live for two minutes: they are followed at once, without the bearer, which the storage rejects, and
never kept; when one is dead the provider is asked for a fresh one. Surprising: a link's query is sent as parameters,
because messages tell the address without them: its signature is nobody's business and longer than a message.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from resources.body import Unreadable, first_words, parse_text
from resources.errors import BadAnswer, NotServed, UsageProblem
from resources.http import LATER, Answer, JsonHttp, Shape

MOST_LINKS = 3
MOST_CHUNKS = 5_000
SIGNED = ("chunk_info", "csv_url", "data_url")  # addresses with signatures, of no use a minute later


class Documents:
    """GET of a document: `api` counts against the limit and carries the bearer, `storage` neither."""

    def __init__(self, api: JsonHttp, storage: JsonHttp) -> None:
        self.api = api
        self.storage = storage

    def get(self, url: str, shape: Shape, params: Mapping[str, str | int] | None = None) -> Answer:
        """The whole document under the address that was asked, or one of the errors of `JsonHttp.get`."""
        last = ""
        for _ in range(MOST_LINKS):
            first = self.api.get(url, lambda payload: None if _leads_on(payload) else shape(payload), params)
            try:
                return self._follow(first, shape)
            except NotServed as error:
                last = error.what
        raise BadAnswer(f"iRacing {url}: {MOST_LINKS} links in a row were dead, {last}", LATER)

    def _follow(self, first: Answer, shape: Shape) -> Answer:
        answer = first
        if (link := _text(answer.payload, "link")) is not None:
            found = self._stored(
                link, lambda payload: None if _has_rows_elsewhere(payload) else shape(payload)
            )
            answer = replace(found, url=first.url, fetched_at=first.fetched_at)
        if (rows_at := _text(answer.payload, "data_url")) is not None:
            return _with_rows(answer, self._stored(rows_at, _no_rows).payload, shape)
        if (info := chunk_info(answer.payload)) is not None:
            return _with_rows(answer, self._chunks(answer.url, info), shape)
        return answer

    def _stored(self, link: str, shape: Shape) -> Answer:
        """What lies behind a link; NotServed when it is dead."""
        try:
            parts = urlsplit(link)
            address, query = parts._replace(query="", fragment="").geturl(), parse_qsl(parts.query, True)
            return self.storage.get(address, shape, dict(query))
        except (ValueError, UsageProblem):
            raise BadAnswer("iRacing: a link in an answer is no address", LATER) from None

    def _chunks(self, url: str, info: dict[str, Any]) -> list[Any]:
        base, names = info.get("base_download_url") or "", info.get("chunk_file_names") or []
        if not isinstance(base, str) or not isinstance(names, list) or len(names) > MOST_CHUNKS:
            raise BadAnswer(f"iRacing {url}: the list of chunks is none", LATER)
        rows: list[Any] = []
        for name in names:
            rows += self._stored(f"{base}{name}", _no_list).payload
        told = info.get("rows")
        if len(names) != (info.get("num_chunks") or 0) or (isinstance(told, int) and told != len(rows)):
            raise BadAnswer(
                f"iRacing {url}: {told} rows in {info.get('num_chunks')} chunks were announced,"
                f" {len(rows)} in {len(names)} came",
                LATER,
            )
        return rows


def chunk_info(payload: Any) -> dict[str, Any] | None:
    """Where the rows are, at the top or below `data`; empty when there are none, None when rows are no matter."""
    for place in (payload, payload.get("data") if isinstance(payload, dict) else None):
        if isinstance(place, dict) and "chunk_info" in place:
            info = place["chunk_info"]
            return info if isinstance(info, dict) else {}
    return None


def parse_document(response: requests.Response, body: bytes) -> tuple[str, Any]:
    """A stored document: JSON whatever its content type says, else CSV as a list of rows by column."""
    if response.status_code != 200:
        return "", {"message": first_words(body)}
    start = body.lstrip()[:1]
    if start in (b"[", b"{"):
        return parse_text(body)
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if start == b"<" or kind not in ("text/csv", "application/octet-stream", "binary/octet-stream"):
        raise Unreadable(f"neither JSON nor CSV, it begins with {first_words(body)!r}")
    rows = _csv_rows(body)
    return json.dumps(rows, ensure_ascii=False), rows


def _csv_rows(body: bytes) -> list[dict[str, str]]:
    """Rows of at least two columns, and at least one of them: an excuse in plain text is a CSV of one line."""
    try:
        head, *lines = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True)
    except (UnicodeDecodeError, ValueError, csv.Error):
        raise Unreadable("the CSV is empty or damaged") from None
    if len(head) < 2 or len(set(head)) < len(head) or not lines:
        raise Unreadable("the CSV has no rows, or its head no two columns of different names")
    if any(len(line) != len(head) for line in lines):
        raise Unreadable("a line of the CSV has more or fewer cells than its head")
    return [dict(zip(head, line, strict=True)) for line in lines]


def _with_rows(answer: Answer, rows: Any, shape: Shape) -> Answer:
    """The head of the answer and its rows as one document, without the signed addresses."""
    head = {name: value for name, value in answer.payload.items() if name not in SIGNED}
    if isinstance(data := head.get("data"), dict):
        head["data"] = {name: value for name, value in data.items() if name not in SIGNED}
    payload = {**head, "rows": rows}
    if (wrong := shape(payload)) is not None:
        raise BadAnswer(f"iRacing {answer.url}: {wrong}", LATER)
    return replace(answer, payload=payload, text=json.dumps(payload, ensure_ascii=False))


def _leads_on(payload: Any) -> bool:
    return _text(payload, "link") is not None or _has_rows_elsewhere(payload)


def _has_rows_elsewhere(payload: Any) -> bool:
    return _text(payload, "data_url") is not None or chunk_info(payload) is not None


def _text(payload: Any, name: str) -> str | None:
    value = payload.get(name) if isinstance(payload, dict) else None
    return value if isinstance(value, str) and value.startswith(("http://", "https://")) else None


def _no_list(payload: Any) -> str | None:
    return None if isinstance(payload, list) else "the rows are no list"


def _no_rows(payload: Any) -> str | None:
    """At a `data_url` the list may have an object around it, as a roster has."""
    return None if isinstance(payload, (list, dict)) else "the rows are neither a list nor an object"
