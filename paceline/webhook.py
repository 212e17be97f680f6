"""`paceline webhook strava`: a small receiver of Strava's events; behind your own HTTPS proxy, if you have one.

It validates the subscription's challenge and lands what is posted. What an event means is asked of the API by the
sensor `webhook_events`; who posts nonsense here makes at most a question to Strava.
"""

from __future__ import annotations

import hmac
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import typer

from paceline.show import out
from resources.body import Unreadable, parse_text
from resources.data_folder import open_landing
from resources.errors import PacelineError, UsageProblem
from resources.landing import Landing
from resources.redact import remember
from resources.settings import load_settings
from strava_assets.events import land_event, wrong_event

MOST_BYTES = 16 * 1024
READ_TIMEOUT_S = 5


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("webhook")(webhook)


def webhook(
    source: str = typer.Argument("strava", help="Which provider: strava."),
    port: int = typer.Option(8787, help="Port to listen at."),
    host: str = typer.Option(
        "127.0.0.1", help="Address to listen at; this machine only unless told otherwise."
    ),
) -> None:
    """Receive Strava's webhook events until it is stopped. STRAVA_VERIFY_TOKEN is the word that you chose.

    Example: paceline webhook strava --port 8787
    """
    if source != "strava":
        raise UsageProblem(f"There is no webhook of {source!r}", "Known is: strava.")
    word = os.environ.get("STRAVA_VERIFY_TOKEN", "").strip()
    landing = open_landing(load_settings(), source)
    if not word:
        raise UsageProblem(
            "STRAVA_VERIFY_TOKEN is not set",
            "Choose a word, set it in .env, and give it with the subscription.",
        )
    remember(word)
    with serve(landing, word, host, port) as server:
        out.print(f"listening at http://{host}:{server.server_port} (stop with Ctrl-C)")
        server.serve_forever()


def serve(landing: Landing, word: str, host: str, port: int) -> ThreadingHTTPServer:
    """The receiver, not yet serving."""
    lock = threading.Lock()

    class Receiver(BaseHTTPRequestHandler):
        timeout = READ_TIMEOUT_S

        def do_GET(self) -> None:
            query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            right = hmac.compare_digest(query.get("hub.verify_token", "").encode(), word.encode())
            if query.get("hub.mode") == "subscribe" and right and (challenge := query.get("hub.challenge")):
                self._answer(200, {"hub.challenge": challenge})
            else:
                self._answer(403, {"message": "not our subscription"})

        def do_POST(self) -> None:
            try:
                length = int(self.headers.get("Content-Length") or 0)
                if not 0 < length <= MOST_BYTES:
                    raise Unreadable("it is empty or too long")
                _, payload = parse_text(self.rfile.read(length))
                if (wrong := wrong_event(payload)) is not None:
                    raise Unreadable(wrong)
            except (Unreadable, ValueError) as why:
                self._answer(400, {"message": str(why)})
                return
            try:
                with lock:
                    land_event(landing, payload)
            except PacelineError:
                self._answer(503, {"message": "it could not be kept; post it again"})
            else:
                self._answer(200, {})

        def _answer(self, status: int, payload: dict[str, Any]) -> None:
            body = json.dumps(payload).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Silent: addresses hold the word."""

    return ThreadingHTTPServer((host, port), Receiver)
