"""`paceline explore`: the pages as a local web server."""

from __future__ import annotations

import errno
import socket

import typer

from paceline.show import out
from resources.errors import UsageProblem
from resources.settings import load_settings

PORT = 4747


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("explore")(explore)


def explore(
    port: int = typer.Option(PORT, help="Port to listen at.", min=0, max=65535),
    host: str = typer.Option(
        "127.0.0.1", help="Address to listen at. The pages have no sign-in: keep them local."
    ),
) -> None:
    """Song search, music of instructors, your training, races, and the health of the syncs, in a web browser.

    Shows what the published warehouse holds, also while a sync runs; stop it with Ctrl-C.

    Example: paceline explore --port 4748
    """
    import uvicorn  # here, since all other commands begin faster without it

    from paceline.explore.app import make_app

    settings = load_settings()
    with _listening(host, port) as listener:
        out.print(
            f"The pages are at http://{_in_address(host)}:{listener.getsockname()[1]} (stop with Ctrl-C)",
            soft_wrap=True,
        )
        config = uvicorn.Config(
            make_app(settings.warehouse_file, host),
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        uvicorn.Server(config).run(sockets=[listener])


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens, so that the address is true when it is printed."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except (OSError, UnicodeError) as error:
        reason = "it is in use" if getattr(error, "errno", 0) == errno.EADDRINUSE else type(error).__name__
        raise UsageProblem(
            f"Port {port} of {host!r} cannot be listened at: {reason}",
            f"Use another one, such as --port {port + 1 if 0 < port < 65535 else PORT}.",
        ) from error


def _in_address(host: str) -> str:
    return f"[{host}]" if ":" in host else host
