"""How long a start takes on a database that is there already, and how many statements a list page takes.

    python bench/start.py [starts]

- *start to first page*: `python run.py` (environment made, company there) until /login/ answers 200, by the wall clock;
  median over the starts, on SQLite with the company that `--empty` makes and on SQLite with the demonstration lot. Where no
  finished `.venv` stands beside run.py, the same server is started with the Python that runs this.
- *statements of a list*: the most that the list page of any window takes, asked by the general manager, who has the whole menu;
  rights, menu and frame included; on both databases.
"""

import contextlib
import http.client
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import common
from sqlalchemy import event, select

import run
from app.extensions import db
from app.models import Login
from app.views.base import WINDOWS
from tests import make
from tests.serving import environment, free_port

STARTS = 5
FALLBACK = """
import config, run
from app import create_app
from app.setup import prepare
settings = config.read()
application = create_app(settings)
prepare(application, demo=DEMO, say=print)
door = run.take_port(settings.host, settings.port)
door.listen(1024)
run.answer(application, door, settings)
"""


def command(*, demo: bool) -> list[str]:
    """How the server is started here."""
    if run.stands(run.TO_SERVE):
        return [sys.executable, "run.py", *([] if demo else ["--empty"])]
    return [sys.executable, "-c", FALLBACK.replace("DEMO", str(demo))]


def start_s(home: Path, *, demo: bool, patience_s: float = 600) -> float:
    """Seconds from the command to the first page; the server is stopped again."""
    port = free_port()
    surroundings = environment(f"sqlite:///{home / 'caryard.db'}", home, port)
    began = time.perf_counter()
    server = subprocess.Popen(
        command(demo=demo), cwd=common.ROOT, env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while time.perf_counter() - began < patience_s:
            if server.poll() is not None:
                raise RuntimeError("the server ended by itself")
            with (
                contextlib.suppress(OSError),
                contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as door,
            ):
                door.request("GET", "/login/")
                if door.getresponse().status == http.HTTPStatus.OK:
                    return time.perf_counter() - began
            time.sleep(0.01)
        raise RuntimeError("no page in time")
    finally:
        server.terminate()
        server.wait(20)


def restarts_s(starts: int, *, demo: bool) -> tuple[float, float]:
    """(the very first start, which makes everything; the median of those after it)."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        first = start_s(home, demo=demo)
        return first, statistics.median(start_s(home, demo=demo) for _ in range(starts))


def most_statements(kind: str) -> dict[str, int]:
    """How many statements the list of each window takes on this database."""
    with common.company(kind) as place, place.app.app_context():
        make.approved(make.settlement(make.item_of(make.sold(), "receivable"), "1000"), "cashier")
        make.approved(make.expense(), "accountant")
        make.approved(make.manual_entry(), "accountant")
        login = db.session.scalars(select(Login).where(Login.username == "boss")).one()
        browser = place.app.test_client()
        with browser.session_transaction() as session:
            session["_user_id"], session["_fresh"], session["stamp"] = str(login.id), True, login.session_stamp
        db.session.remove()
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not statement.startswith(("BEGIN", "PRAGMA")):  # SQLite's own beginning of a transaction
                seen.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        found = {}
        for name, window in WINDOWS.items():
            seen.clear()
            assert browser.get(window.url).status_code == http.HTTPStatus.OK, name
            found[name] = len(seen)
        return found


def main(starts: int) -> int:
    """Measure and tell."""
    print("started by", " ".join(command(demo=True)[:2]))
    figures = []
    for name, demo in (("empty company", False), ("demonstration lot", True)):
        first, again = restarts_s(starts, demo=demo)
        print(f"{name}: the very first start {first:.1f} s")
        figures.append(common.Figure(f"start to first page, {name} (s)", round(again, 2), 5, "lower"))
    for kind in ("sqlite", "postgresql"):
        lists = most_statements(kind)
        print(
            f"{kind}: {len(lists)} lists, {', '.join(f'{name} {number}' for name, number in sorted(lists.items(), key=lambda one: -one[1])[:5])}, …"
        )
        figures.append(common.Figure(f"statements of a list, {kind}", max(lists.values()), 8, "lower"))
    return common.tell("start", figures)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else STARTS))
