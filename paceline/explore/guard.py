"""What a local web app must refuse: other sites that use the browser to reach it.

A page of the internet can send a browser to 127.0.0.1, under a name of its own (DNS rebinding), by a form, a
picture or a frame. So: the Host must be this machine, nothing but GET is answered, and what another site embeds
is refused. The headers forbid frames, foreign scripts and inline scripts, and tell nobody where one came from.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 (compared with, never listened at)
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


class Guard:
    """Refuses strangers before any page sees the request, and gives every answer its headers."""

    def __init__(self, app: ASGIApp, host: str) -> None:
        self._app = app
        self._names = LOOPBACK | {_bracketed(host.lower())}
        self._is_everywhere = host in EVERYWHERE

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return  # there are no websockets here

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(scope["method"], Headers(scope=scope))
        await (refusal or self._app)(scope, receive, send_with_headers)

    def _refusal(self, method: str, headers: Headers) -> PlainTextResponse | None:
        if not self._is_ours(headers.getlist("host")):
            return PlainTextResponse("These pages answer only by the name of this machine.\n", 421)
        if method not in ("GET", "HEAD"):
            return PlainTextResponse("These pages can only be read.\n", 405, {"Allow": "GET, HEAD"})
        if headers.get("sec-fetch-site") == "cross-site" and headers.get("sec-fetch-mode") != "navigate":
            return PlainTextResponse("Another site may link to these pages, but not use them.\n", 403)
        return None

    def _is_ours(self, hosts: Collection[str]) -> bool:
        """Whether the one Host header names this machine, whatever the port: a tunnel may change it."""
        if len(hosts) != 1:
            return False
        name = _without_port(next(iter(hosts)).lower())
        return name in self._names or (self._is_everywhere and _is_address(name))


def is_own(headers: Headers) -> bool:
    """Whether the person asked from these pages or typed the address; not when another site sent the browser."""
    return headers.get("sec-fetch-site", "none") != "cross-site"


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _is_address(name: str) -> bool:
    """A number instead of a name: nobody can rebind that."""
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
