"""The start: settings from the environment, the environment run.py makes, the port, and the way it stops."""

import ast
import contextlib
import os
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

import config
import run

ROOT = Path(config.__file__).parent
KEY = "k" * config.SHORTEST_KEY
PASSWORD = "geheim"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An environment that says no more than where to keep things."""
    return {"CARYARD_HOME": str(tmp_path / "home")}


# ── Settings ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_but_a_home_need_be_set(environ: dict[str, str], tmp_path: Path) -> None:
    settings = config.read(environ)
    assert settings.home == tmp_path / "home"
    assert settings.home.is_dir()
    assert settings.database_url == f"sqlite:///{(tmp_path / 'home' / 'caryard.db').as_posix()}"
    assert (settings.host, settings.port, settings.today) == ("127.0.0.1", 8080, None)


def test_a_variable_set_to_nothing_counts_as_not_set(environ: dict[str, str]) -> None:
    names = (
        "CARYARD_DATABASE_URL",
        "CARYARD_SECRET_KEY",
        "CARYARD_TODAY",
        "CARYARD_HOST",
        "PORT",
        "CARYARD_LOGIN_LIMIT",
    )
    assert config.read(environ | dict.fromkeys(names, "")) == config.read(environ)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "abc"),
        ("PORT", "-1"),
        ("PORT", "65536"),
        ("PORT", "٨٠"),  # digits to Python, not to a socket
        ("CARYARD_THREADS", "0"),
        ("CARYARD_PROXIES", "one"),
        ("CARYARD_TODAY", "31.3.2026"),
        ("CARYARD_TODAY", "2026-02-30"),
        ("CARYARD_SECURE_COOKIES", "perhaps"),
        ("CARYARD_LOGIN_LIMIT", "ten per minute"),
        ("CARYARD_LOGIN_LIMIT", "0 per minute"),
        ("CARYARD_SECRET_KEY", "too short"),
        ("CARYARD_DATABASE_URL", "mysql://127.0.0.1/caryard"),
        ("CARYARD_DATABASE_URL", "postgresql://127.0.0.1"),
        ("CARYARD_DATABASE_URL", "postgresql://127.0.0.1:port/caryard"),
        ("CARYARD_DATABASE_URL", "sqlite:///"),
        ("CARYARD_DATABASE_URL", "sqlite:///:memory:"),
        ("CARYARD_DATABASE_URL", "sqlite:////no/such/folder/caryard.db"),
    ],
)
def test_a_bad_value_is_refused_in_a_sentence_that_names_its_variable(
    environ: dict[str, str], name: str, value: str
) -> None:
    with pytest.raises(config.BadSetting) as refused:
        config.read(environ | {name: value})
    chinese, english = str(refused.value).splitlines()
    assert name in chinese
    assert chinese.endswith("。")
    assert name in english
    assert english.endswith(".")


def test_a_home_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(config.BadSetting, match="CARYARD_HOME"):
        config.read({"CARYARD_HOME": str(tmp_path / "file" / "home")})


def test_no_refusal_and_no_repr_shows_a_secret(environ: dict[str, str]) -> None:
    url = f"postgresql://caryard:{PASSWORD}@127.0.0.1:port/caryard"
    with pytest.raises(config.BadSetting) as refused:
        config.read(environ | {"CARYARD_DATABASE_URL": url})
    settings = config.read(environ | {"CARYARD_DATABASE_URL": url.replace("port", "5432"), "CARYARD_SECRET_KEY": KEY})
    assert PASSWORD not in str(refused.value)
    assert PASSWORD not in repr(settings)
    assert KEY not in repr(settings)


def test_the_secret_key_is_made_once_and_only_its_owner_may_read_it(environ: dict[str, str], tmp_path: Path) -> None:
    first = config.read(environ).secret_key
    kept = tmp_path / "home" / "secret_key"
    assert len(first) >= config.SHORTEST_KEY
    assert config.read(environ).secret_key == first == kept.read_text()
    assert [path.name for path in kept.parent.iterdir()] == ["secret_key"]
    if os.name == "posix":
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_processes_starting_together_agree_on_one_key(environ: dict[str, str]) -> None:
    command = [sys.executable, "-c", "import config; print(config.read().secret_key)"]
    starts = [
        subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environ}, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert len({start.communicate()[0] for start in starts}) == 1


def test_a_damaged_key_is_refused_and_not_replaced(environ: dict[str, str], tmp_path: Path) -> None:
    config.read(environ)
    kept = tmp_path / "home" / "secret_key"
    kept.write_text("half")
    with pytest.raises(config.BadSetting, match="secret_key"):
        config.read(environ)
    assert kept.read_text() == "half"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_however_postgresql_is_written_psycopg_is_the_driver(environ: dict[str, str], scheme: str) -> None:
    settings = config.read(environ | {"CARYARD_DATABASE_URL": f"{scheme}://caryard@db/caryard"})
    assert config.flask_config(settings)["SQLALCHEMY_DATABASE_URI"] == "postgresql+psycopg://caryard@db/caryard"


def test_a_relative_sqlite_file_is_found_from_where_one_stands(
    environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = config.read(environ | {"CARYARD_DATABASE_URL": "sqlite:///lot.db"})
    assert settings.database_url == f"sqlite:///{(tmp_path / 'lot.db').as_posix()}"


def test_a_day_can_be_given_for_today(environ: dict[str, str]) -> None:
    assert config.read(environ | {"CARYARD_TODAY": "2026-03-31"}).today == date(2026, 3, 31)


def test_log_ins_are_limited_unless_that_is_switched_off(environ: dict[str, str]) -> None:
    limited = config.flask_config(config.read(environ | {"CARYARD_LOGIN_LIMIT": "5 per 2 minutes"}))
    free = config.flask_config(config.read(environ | {"CARYARD_LOGIN_LIMIT": "off"}))
    assert (limited["RATELIMIT_ENABLED"], limited["AUTH_RATE_LIMITED"], limited["AUTH_RATE_LIMIT"]) == (
        True,
        True,
        "5 per 2 minutes",
    )
    assert (free["RATELIMIT_ENABLED"], free["AUTH_RATE_LIMITED"]) == (False, False)


def test_behind_https_cookies_travel_over_nothing_else(environ: dict[str, str]) -> None:
    assert config.flask_config(config.read(environ))["SESSION_COOKIE_SECURE"] is False
    assert config.flask_config(config.read(environ | {"CARYARD_SECURE_COOKIES": "1"}))["SESSION_COOKIE_SECURE"] is True


def test_real_data_given_must_be_there(tmp_path: Path) -> None:
    assert config.read_checks({"CARYARD_TEST_DATA": str(tmp_path)}).data == tmp_path
    with pytest.raises(config.BadSetting, match="CARYARD_TEST_DATA"):
        config.read_checks({"CARYARD_TEST_DATA": str(tmp_path / "nowhere")})


def test_the_readme_lists_every_variable_and_no_other() -> None:
    variable = r"\b(?:CARYARD_\w+|PORT)\b"
    read = set(re.findall(rf'"({variable})"', (ROOT / "config.py").read_text(encoding="utf-8")))
    rows = [line for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(variable, row.split("|")[1])} == read


def test_no_other_module_reads_the_environment() -> None:
    reading = re.compile(r"\benviron\b(?!\.wsgi)|\bgetenv\b")
    readers = [path.name for path in (ROOT / "app").rglob("*.py") if reading.search(path.read_text(encoding="utf-8"))]
    assert readers == []


def test_every_requirement_is_pinned() -> None:
    for name in run.TO_TEST:
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            assert re.fullmatch(
                r'(#.*|-r requirements\.txt|[\w.\[\]-]+==[\w.]+(; (sys_platform != "win32"|python_version < "3.14"))?)?',
                line,
            ), line


# ── The environment ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder with two lists of requirements and an environment that serves the first."""
    for name in run.TO_TEST:
        (tmp_path / name).write_text("Flask==3.1.3\n")
    monkeypatch.setattr(run, "ROOT", tmp_path)
    monkeypatch.setattr(run, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(run, "PYTHON", tmp_path / ".venv" / "python")
    monkeypatch.setattr(run, "STAMP", tmp_path / ".venv" / "caryard.json")
    stand(run.TO_SERVE)
    return tmp_path


def stand(lists: tuple[str, ...]) -> None:
    """Put a finished environment there, as far as its stamp tells."""
    run.VENV.mkdir(exist_ok=True)
    run.PYTHON.touch()
    run.write_stamp(run.wanted(lists))


def test_a_finished_environment_is_used_again(project: Path) -> None:
    assert run.stands(run.TO_SERVE)


def test_an_environment_for_serving_does_not_do_for_testing(project: Path) -> None:
    assert not run.stands(run.TO_TEST)


def test_an_environment_for_testing_serves_too(project: Path) -> None:
    stand(run.TO_TEST)
    assert run.stands(run.TO_SERVE)
    (project / "requirements-dev.txt").write_text("pytest==9.2.0\n")
    assert run.stands(run.TO_SERVE)
    assert not run.stands(run.TO_TEST)


def test_changed_requirements_make_an_environment_stale(project: Path) -> None:
    (project / "requirements.txt").write_text("Flask==3.1.4\n")
    assert not run.stands(run.TO_SERVE)


def test_another_python_makes_an_environment_stale(project: Path) -> None:
    run.write_stamp(run.wanted(run.TO_SERVE) | {"python": "cpython-399 elsewhere"})
    assert not run.stands(run.TO_SERVE)


def test_a_half_made_environment_does_not_stand(project: Path) -> None:
    run.STAMP.unlink()
    assert not run.stands(run.TO_SERVE)
    run.STAMP.write_text('{"python": "cpyt')
    assert not run.stands(run.TO_SERVE)


def test_an_environment_whose_python_is_gone_does_not_stand(project: Path) -> None:
    run.PYTHON.unlink()
    assert not run.stands(run.TO_SERVE)


def test_packages_that_cannot_be_fetched_point_to_the_network() -> None:
    log = [
        "WARNING: Retrying … 'NewConnectionError: Failed to establish a new connection: [Errno 101] Network is unreachable'",
        "ERROR: No matching distribution found for Flask==3.1.3",
    ]
    assert "network" in run.why_not_installed(log)[1]


def test_packages_that_do_not_fit_are_named() -> None:
    log = ["Collecting Flask==99", "ERROR: No matching distribution found for Flask==99", ""]
    assert "Flask==99" in run.why_not_installed(log)[1]


def test_an_old_python_can_read_run_py_far_enough_to_be_told() -> None:
    source = (ROOT / "run.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 7))
    old = f"import runpy, sys; sys.version_info = (3, 7, 9); runpy.run_path({str(ROOT / 'run.py')!r}, run_name='__main__')"
    told = subprocess.run([sys.executable, "-c", old], capture_output=True, encoding="utf-8", check=False)
    assert told.returncode == 1
    assert "needs Python 3.11" in told.stderr
    assert "Traceback" not in told.stderr


def test_run_py_needs_no_package_to_begin() -> None:
    without_packages = [sys.executable, "-S", "-c", "import run; print('ready')"]
    assert subprocess.check_output(without_packages, cwd=ROOT, text=True) == "ready\n"


# ── Serving ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def taken() -> Iterator[int]:
    """A port somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_port_in_use_is_told_in_a_sentence_that_names_port(taken: int) -> None:
    with pytest.raises(run.CannotGoOn, match=f"Port {taken} is in use.*PORT"):
        run.take_port("127.0.0.1", taken)


def test_a_host_that_is_not_here_is_told(taken: int) -> None:
    with pytest.raises(run.CannotGoOn, match="CARYARD_HOST"):
        run.take_port("192.0.2.1", 0)  # an address kept for documentation: on no machine


def test_the_start_ends_in_a_sentence_and_not_in_a_traceback(taken: int, tmp_path: Path) -> None:
    environ = {**os.environ, "CARYARD_HOME": str(tmp_path), "PORT": str(taken)}
    start = subprocess.run(
        [sys.executable, str(ROOT / "run.py")], env=environ, capture_output=True, encoding="utf-8", check=False
    )
    assert start.returncode == 1
    assert start.stderr.strip().splitlines()[-1] == (
        f"Port {taken} is in use: stop the program that has it, or set PORT to another."
    )
    assert "Traceback" not in start.stderr


def test_a_database_that_does_not_answer_is_told_without_its_password() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: a connection is refused
        url = f"postgresql://caryard:{PASSWORD}@127.0.0.1:{nobody.getsockname()[1]}/caryard"
        with pytest.raises(run.CannotGoOn, match="CARYARD_DATABASE_URL") as refused:
            run.must_reach(url)
    assert PASSWORD not in str(refused.value)
    assert PASSWORD not in run.unreached(f"caryard:{PASSWORD}@127.0.0.1")


@pytest.fixture
def settings(tmp_path: Path) -> config.Settings:
    return config.read({"CARYARD_HOME": str(tmp_path), "CARYARD_SECRET_KEY": KEY})


def prepared(**given: Any) -> Any:
    """What a preparation answers that made nothing new, but for what is given."""
    return cast("Any", SimpleNamespace(**{"logins": [], "admin_password": None} | given))


def test_the_greeting_shows_the_address_and_a_log_in_per_role(settings: config.Settings) -> None:
    shown = "\n".join(run.greeting(settings, 8080, prepared(logins=[("总经理", "manager", "demo")]), empty=False))
    assert "http://127.0.0.1:8080" in shown
    assert re.search(r"manager +demo +总经理", shown)


def test_a_server_for_everybody_is_reached_at_this_machine(settings: config.Settings) -> None:
    shown = run.greeting(replace(settings, host="0.0.0.0"), 80, prepared(), empty=False)  # noqa: S104 - not served
    assert "http://127.0.0.1:80" in "\n".join(shown)


def test_the_administrators_password_is_shown_when_it_was_made_now(settings: config.Settings) -> None:
    made = "\n".join(run.greeting(settings, 8080, prepared(admin_password="Xy-12"), empty=True))
    later = "\n".join(run.greeting(settings, 8080, prepared(), empty=True))
    assert "Xy-12" in made
    assert "--empty changed nothing" in later


def test_a_day_given_for_today_is_shown(settings: config.Settings) -> None:
    assert "2026-03-31" in "\n".join(
        run.greeting(replace(settings, today=date(2026, 3, 31)), 8080, prepared(), empty=False)
    )


SLOW = """
import sys, time, config, run

def slow(environ, start_response):
    print("asked", flush=True)
    time.sleep(0.5)
    start_response("200 OK", [("Content-Length", "3000000")])
    return [b"x" * 3_000_000]

door = run.take_port("127.0.0.1", 0)
door.listen()
print(door.getsockname()[1], flush=True)
sys.exit(run.answer(slow, door, config.read()))
"""


@pytest.mark.skipif(os.name != "posix", reason="Windows ends a process without a signal it could answer")
def test_sigterm_lets_a_request_in_flight_finish_and_takes_no_new_one(tmp_path: Path) -> None:
    environ = {**os.environ, "CARYARD_HOME": str(tmp_path)}
    server = subprocess.Popen([sys.executable, "-c", SLOW], cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True)
    with server, contextlib.ExitStack() as stack:
        stack.callback(server.kill)
        assert server.stdout
        port = int(server.stdout.readline())
        client = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert server.stdout.readline() == "asked\n"
        server.send_signal(signal.SIGTERM)
        assert "Stopping" in server.stdout.readline()
        received = b"".join(iter(lambda: client.recv(65536), b""))
        assert received.partition(b"\r\n\r\n")[2] == b"x" * 3_000_000
        assert server.wait(timeout=5) == 0
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=1)
