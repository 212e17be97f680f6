"""The sandbox as a process: what it prints, how it ends, how fast it is."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from probe import Probe

from sandbox.client import CHECKOUT, Sandbox, SandboxError


def test_the_first_line_and_the_port_file_tell_the_addresses(tmp_path: Path) -> None:
    port_file = tmp_path / "port.json"
    with Sandbox(classes=50, port_file=port_file) as sandbox:
        assert json.loads(port_file.read_text()) == sandbox.greeting
        assert sandbox.env() == {
            "PELOTON_API_URL": f"http://127.0.0.1:{sandbox.port}/peloton",
            "PELOTON_AUTH_URL": f"http://127.0.0.1:{sandbox.port}/peloton-auth",
            "PELOTON_REFRESH_TOKEN": sandbox.refresh_token,
            **sandbox.iracing_env(),
            **sandbox.strava_env(),
        }
    assert [entry.name for entry in tmp_path.iterdir()] == ["port.json"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--classes=50"],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline()
    process.send_signal(number)
    out, err = process.communicate(timeout=5)
    assert (process.returncode, out, err) == (0, b"", b"")


def test_it_ends_when_its_parent_is_killed() -> None:
    parent_code = (
        "import time; from sandbox.client import Sandbox; s = Sandbox(classes=50).start();"
        "print(s.port, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", parent_code], cwd=CHECKOUT, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    port = int(parent.stdout.readline())
    with socket.create_connection(("127.0.0.1", port), timeout=10) as open_connection:
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
        assert open_connection.recv(1) == b"", "the connection must end with the sandbox"
    parent.stdout.close()


def test_a_wrong_option_is_an_error_and_not_a_hang() -> None:
    with pytest.raises(SandboxError):
        Sandbox(classes="many").start()


def test_it_listens_on_the_loopback_only(private: Probe) -> None:
    with pytest.raises(OSError), socket.create_connection(("127.0.0.2", private.sandbox.port), timeout=2):
        pass
