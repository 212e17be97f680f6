"""Hostile strings on the wire: as ids, as names of fields, as tokens, in messages of errors. No answer stops a sync by
what is written in it, and what is told of it is one line that no terminal takes for an order.
"""

from __future__ import annotations

import logging
import random
import re
from collections.abc import Callable, Iterator

import dagster as dg
import engine
import pytest
from hostile import TEXTS, as_stored
from observing import by_id
from signing_in import fresh_refresh_token
from typer.testing import CliRunner, Result

from paceline.cli import app
from peloton_assets.schedules import new_classes
from peloton_assets.scope import Scope
from peloton_assets.workspace import Workspace
from resources.drift import LONGEST_PATH_CHARS
from resources.errors import NotServed, ProviderRefused, SignInNeeded
from resources.peloton_auth import PelotonAuth
from resources.tokens import Pasted, TokenStore
from sandbox.client import Sandbox

pytestmark = pytest.mark.promise("F1")
JANUARY = Scope(("2019-01",), classes="all")
LONGEST_MESSAGE_CHARS = 600
NAMES = tuple(f"{text} {n}" for n, text in enumerate(TEXTS))


@pytest.fixture(scope="module")
def one_month() -> Iterator[Sandbox]:
    with Sandbox(rate=0, classes=40, until="2019-01-31") as sandbox:
        yield sandbox


@pytest.fixture
def peloton(one_month: Sandbox) -> Iterator[Sandbox]:
    """Started once for all; each test signs in anew."""
    one_month.greeting["refresh_token"] = fresh_refresh_token(one_month)
    yield one_month
    one_month.faults()


def is_one_inert_line(text: str) -> bool:
    return text.isprintable() and len(text) <= LONGEST_MESSAGE_CHARS


@pytest.mark.usefixtures("work")
def test_a_sync_goes_on_whatever_fields_and_classes_are_called(
    peloton: Sandbox, figure: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    classes = [row["id"] for row in peloton.classes() if row["details_status"] == 200]
    renamed = ("\ud800 id", "nul\0id", "line\nid", "../id", "\x1b[2J", "'; --")
    for class_id, name in zip(classes, renamed, strict=False):
        peloton.edit(class_id, {"id": name})
    peloton.edit(classes[-1], {"availability": {"is_available": True} | dict.fromkeys(NAMES, 1)})
    work = engine.sync(JANUARY)
    stored = by_id(work.lake, "peloton.rides")
    assert stored.keys() >= {as_stored(name) for name in renamed} | {*classes[len(renamed) :]}
    drifted = work.state.rows("SELECT path FROM drift WHERE kind = 'unknown'")
    assert len(drifted) >= len(NAMES) / 2, "each name is told, those that look the same once"
    assert all(is_one_inert_line(row["path"]) for row in drifted)
    assert max(len(row["path"]) for row in drifted) == LONGEST_PATH_CHARS
    told = work.state.rows("SELECT message FROM failures")
    assert told and all(is_one_inert_line(row["message"]) for row in told)
    assert all(is_one_inert_line(record.getMessage()) for record in caplog.records)
    figure(f"{len(NAMES)} names of fields and {len(renamed)} ids in one sync: 0 stops")


def test_messages_of_errors_are_one_inert_line(
    work: Workspace,
    peloton: Sandbox,
    draw: random.Random,
    size: Callable[..., int],
    figure: Callable[[str], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The provider's own words, in JSON and as plain text, in what is raised and in what is logged."""
    refusals = draw.sample([as_stored(text) for text in TEXTS], size(P=6, N=60))
    peloton.faults(
        *({"kind": "status", "endpoint": "details", "status": 404, "json": {"message": text}, "at_request": n}
          for n, text in enumerate(TEXTS, 1)),
        *({"kind": "status", "endpoint": "instructor", "status": 403, "text": text,
           "at_request": [3 * n + 1, 3 * n + 2, 3 * n + 3]} for n, text in enumerate(refusals)),
    )  # fmt: skip
    caplog.set_level(logging.INFO)
    for _ in TEXTS:
        with pytest.raises(NotServed) as missing:
            work.client.ride_details("a-class")
        assert is_one_inert_line(str(missing.value))
    for _ in refusals:
        with pytest.raises(ProviderRefused) as refused:
            work.client.instructors(0)
        assert is_one_inert_line(str(refused.value))
    assert len(caplog.records) >= 2 * len(refusals)
    assert all(is_one_inert_line(record.getMessage()) for record in caplog.records)
    figure(f"{len(TEXTS) + len(refusals)} messages of errors: each one line, 0 control signs")


@pytest.mark.parametrize("name", ["access_token", "refresh_token"])
def test_a_token_that_is_none_is_refused(
    name: str,
    work: Workspace,
    peloton: Sandbox,
    draw: random.Random,
    size: Callable[..., int],
    figure: Callable[[str], None],
) -> None:
    """A token of an answer goes into a header and a form, or is not believed."""
    texts = draw.sample(TEXTS, size(P=40, N=len(TEXTS)))
    auth = PelotonAuth(TokenStore(work.settings.state_dir), peloton.auth_url, "hostile")
    refused = 0
    for n, text in enumerate(texts):
        value = {"access_token": "a-usable-token", "refresh_token": "another-one", name: text}
        peloton.faults({"kind": "json", "endpoint": "token", "value": value})
        try:
            auth.sign_in(Pasted(refresh_token=f"a-token-{n}"))
        except SignInNeeded as error:
            assert is_one_inert_line(str(error))
            refused += 1
        else:
            assert re.fullmatch("[!-~]+", auth.access_token())
            assert re.fullmatch("[!-~]+", auth.current().refresh_token)
    assert 0 < refused < len(texts)
    figure(f"{refused} of {len(texts)} strings refused as {name}, the others fit a header")


@pytest.mark.usefixtures("work")
def test_the_sensor_launches_once_for_a_class_of_any_name(peloton: Sandbox) -> None:
    """A blank in an id once made it launch a month at every tick."""
    peloton.publish(1, id='an id, "quoted"\nwith blanks')
    loud = new_classes(dg.build_sensor_context())
    assert isinstance(loud, dg.SensorResult) and loud.run_requests
    assert isinstance(new_classes(dg.build_sensor_context(cursor=loud.cursor)), dg.SkipReason)


def login(peloton: Sandbox) -> Result:
    return CliRunner().invoke(app, ["login", "peloton"], input=fresh_refresh_token(peloton))


@pytest.mark.usefixtures("work")
def test_the_name_of_a_member_does_not_drive_the_terminal(peloton: Sandbox) -> None:
    peloton.faults(
        {"kind": "field", "endpoint": "me", "path": "id", "op": "set", "value": "\x1b[2J\x9b31m\n\u202eme"}
    )
    said = login(peloton)
    assert said.exit_code == 0, said.output
    assert "Signed in to Peloton as member" in said.stdout
    assert all(line.isprintable() for line in said.output.split("\n"))
