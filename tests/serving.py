"""The real server in a process of its own, as run.py serves, and a small client: for what a test client cannot show."""

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import config
from tests import people

ROOT = Path(config.__file__).parent
SERVE = """
import config, run
from app import create_app
settings = config.read()
application = create_app(settings)
door = run.take_port(settings.host, settings.port)
door.listen(1024)
run.answer(application, door, settings)
"""
"""What run.py does once the database is prepared."""


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(url: str, home: Path, port: int, **more: str) -> dict[str, str]:
    """The environment of a server of ours on this database; `CARYARD_TODAY` is the tests' today."""
    from tests.conftest import TODAY

    ours = {
        "CARYARD_DATABASE_URL": url,
        "CARYARD_HOME": str(home),
        "CARYARD_TODAY": TODAY.isoformat(),
        "CARYARD_LOGIN_LIMIT": "off",
        "PORT": str(port),
    }
    return {**os.environ, **ours, **more}


def start(url: str, home: Path, port: int, command: list[str] | None = None) -> "subprocess.Popen[bytes]":
    """A server on `port` that answers; the caller ends it. RuntimeError, with what it said, when it does not come up."""
    process = subprocess.Popen(
        command or [sys.executable, "-c", SERVE],
        cwd=ROOT,
        env=environment(url, home, port),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), contextlib.closing(http.client.HTTPConnection("127.0.0.1", port)) as door:
            door.request("GET", "/login/")
            if door.getresponse().status == http.HTTPStatus.OK:
                return process
        time.sleep(0.05)
    process.kill()
    raise RuntimeError(f"the server did not come up: {process.communicate()[0].decode(errors='replace')[-2000:]}")


@contextlib.contextmanager
def serving(url: str, home: Path, command: list[str] | None = None, port: int | None = None) -> Iterator[int]:
    """A server while inside; yields its port."""
    port = port or free_port()
    process = start(url, home, port, command)
    try:
        yield port
    finally:
        process.terminate()
        try:
            process.communicate(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


class Client:
    """One person at the API over a kept connection, by token or by cookie."""

    def __init__(self, port: int, username: str, *, by: str = "token") -> None:
        self.door = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookie = ""
        self.headers: dict[str, str] = {"Content-Type": "application/json", "Accept": "application/json"}
        if by == "token":
            status, found = self.call(
                "POST", "/api/v1/security/login", {"username": username, "password": people.PASSWORD}
            )
            assert status == http.HTTPStatus.OK, found
            self.headers["Authorization"] = f"Bearer {found['access_token']}"
        else:
            self._log_in(username)

    def _log_in(self, username: str) -> None:
        """Through the log-in page, as a browser does."""
        from urllib.parse import urlencode

        page = self._send("GET", "/login/", None, {})
        token = page[2].partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
        form = urlencode({"username": username, "password": people.PASSWORD, "csrf_token": token})
        status, _headers, _text = self._send(
            "POST", "/login/", form, {"Content-Type": "application/x-www-form-urlencoded"}
        )
        assert status == http.HTTPStatus.FOUND, _text[-500:]
        status, found = self.call("GET", "/api/v1/security/csrf_token")
        assert status == http.HTTPStatus.OK, found
        self.headers["X-CSRFToken"] = found["csrf_token"]

    def close(self) -> None:
        """Hang up."""
        self.door.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def call(self, method: str, path: str, content: Any = None) -> tuple[int, Any]:
        """(status, JSON) of one request."""
        body = None if content is None else json.dumps(content)
        status, _headers, text = self._send(method, path, body, self.headers)
        return status, json.loads(text) if text else None

    def _send(self, method: str, path: str, body: str | None, headers: Mapping[str, str]) -> tuple[int, Any, str]:
        cookies = {"Cookie": self.cookie} if self.cookie else {}
        self.door.request(method, path, body, {**headers, **cookies})
        response = self.door.getresponse()
        text = response.read().decode()
        for given in response.headers.get_all("Set-Cookie") or ():
            self.cookie = given.partition(";")[0]
        return response.status, response.headers, text
