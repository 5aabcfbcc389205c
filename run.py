"""Starts Caryard, or its tests, from a bare checkout with nothing but Python.

    python3 run.py              serve; a demonstration lot is loaded on the very first start
    python3 run.py --empty      serve; the very first start makes a company without demonstration data
    python3 run.py test [...]   run the tests; arguments go to pytest

Standard library only until `.venv` stands: this file makes it, installs the pinned requirements and goes on inside. Everything
that can go wrong on the way there ends in one sentence, never in a traceback. (The grammar stays at Python 3.7, so that an
old Python can read this far and be told.)
"""

import argparse
import errno
import hashlib
import importlib.util
import json
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

if sys.version_info < (3, 11):  # noqa: UP036 - whoever starts this with an older Python is told so
    sys.exit(
        f"Caryard 需要 Python 3.11 或更新版本，当前为 {sys.version.split()[0]}。\n"
        f"Caryard needs Python 3.11 or newer; this is {sys.version.split()[0]}."
    )

from collections.abc import Iterable, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

import config

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from app.setup import Prepared

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "caryard.json"
TO_SERVE = ("requirements.txt",)
TO_TEST = ("requirements.txt", "requirements-dev.txt")

GRACE_S = 10
"""How long requests in flight may take to finish once the server was told to stop."""

LOCAL_POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres"
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
CHROMIUMS_ELSEWHERE = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
NO_ENSUREPIP = (
    "此 Python 缺少 ensurepip，请先安装（Debian 与 Ubuntu：apt install python3-venv）。",
    "This Python lacks ensurepip: install it first (Debian and Ubuntu: apt install python3-venv).",
)
NETWORK_SIGNS = ("connection", "resolution", "timed out", "timeout", "proxyerror", "could not fetch url")


class CannotGoOn(config.Refusal):
    """The start or the tests end here, and why."""


def main(argv: Sequence[str]) -> int:
    """Do what the command line asks; the process's exit status."""
    for stream in (sys.stdout, sys.stderr):
        # A console that cannot show Chinese shows question marks instead of failing.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # a TextIOWrapper in every console
    try:
        if argv[:1] == ["test"]:
            return test(argv)
        return serve(argv)
    except config.Refusal as refusal:
        print(f"\n{refusal}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\n已中止。 Stopped by Ctrl+C.", file=sys.stderr)
        return 130


def say(text: str) -> None:
    """Show one line of progress, at once even through a pipe."""
    print(text, flush=True)


# ── The environment ───────────────────────────────────────────────────────────────────────────────────────────────────


def enter(lists: Sequence[str], argv: Sequence[str]) -> None:
    """Return inside a `.venv` that holds what the requirement `lists` say; make it, and start anew in it, if need be."""
    if inside() and stands(lists):
        return
    if inside():  # nobody rebuilds the house he stands in: the Python it was made by does
        become(Path(sys._base_executable), argv)  # type: ignore[attr-defined]  # not in typeshed
    if not stands(lists):
        make(lists)
    become(PYTHON, argv)


def inside() -> bool:
    """Whether this process runs on the project's own `.venv`."""
    return VENV.is_dir() and VENV.samefile(sys.prefix)


def become(python: Path, argv: Sequence[str]) -> NoReturn:
    """Start this file anew on `python` with the same arguments, in this very process where the system can."""
    command = [str(python), str(ROOT / "run.py"), *argv]
    sys.stdout.flush()
    if os.name == "nt":  # exec there starts a second process and gives the console back to the shell at once
        child = subprocess.Popen(command)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the child by itself
        sys.exit(child.wait())
    os.execv(command[0], command)


def wanted(lists: Iterable[str]) -> dict[str, str]:
    """What an environment for these lists must be stamped with: the Python it was made by, and each list's digest."""
    digests = {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in lists if (ROOT / name).exists()}
    return {"python": f"{sys.implementation.cache_tag} {sys.platform}", **digests}


def stamped() -> dict[str, str]:
    """What the environment that is there was stamped with; empty when there is none, or when it was left half-made."""
    try:
        found = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and PYTHON.exists() else {}


def write_stamp(content: dict[str, str]) -> None:
    """Declare the environment finished."""
    STAMP.write_text(json.dumps(content, indent=1), encoding="utf-8")


def stands(lists: Sequence[str]) -> bool:
    """Whether the environment serves these lists as they are now. It may hold more: that for tests serves as well."""
    return wanted(lists).items() <= stamped().items()


def make(lists: Sequence[str]) -> None:
    """Bring the environment up to these lists: add what is missing when all it holds is current, else make it from nothing.

    An environment that could not be finished is removed again.
    """
    began = time.monotonic()
    have = stamped()
    current = bool(have) and have == wanted(have.keys() - {"python"})
    if not current:
        remove()
    try:
        if not current:
            create()
        install(lists)
        STAMP.write_text(
            json.dumps({**have, **wanted(lists)} if current else wanted(lists), indent=1), encoding="utf-8"
        )
    except BaseException:
        if not current:
            shutil.rmtree(VENV, ignore_errors=True)
        raise
    say(f"运行环境已就绪，用时 {time.monotonic() - began:.0f} 秒。 The environment is ready.")


def remove() -> None:
    """Remove the environment that is there, if any."""
    if not VENV.exists():
        return
    say("要求已变，重建 .venv … The requirements or Python changed: rebuilding .venv …")
    try:
        shutil.rmtree(VENV)
    except OSError as error:
        raise CannotGoOn(
            f"旧的 .venv 无法删除（{error}），请关闭正在使用它的程序。",
            f"The old .venv cannot be removed ({error}): close what uses it.",
        ) from error


def create() -> None:
    """Make an environment without packages; with pip, unless uv is there to install."""
    uv = shutil.which("uv")
    if not uv and importlib.util.find_spec("ensurepip") is None:
        raise CannotGoOn(*NO_ENSUREPIP)
    say("建立 .venv … Making .venv …")
    bare = ["--without-pip"] if uv else []
    done = subprocess.run(
        [sys.executable, "-m", "venv", *bare, str(VENV)], check=False, capture_output=True, text=True, errors="replace"
    )
    if done.returncode:
        raise CannotGoOn(
            f"无法建立 .venv：{last_line(done.stdout + done.stderr)}",
            f"The environment .venv cannot be made: {last_line(done.stdout + done.stderr)}",
        )


def install(lists: Sequence[str]) -> None:
    """Install the lists' packages: by uv where there is one, else, or should it fail, by pip."""
    files = [part for name in lists for part in ("-r", str(ROOT / name))]
    say("安装软件包 … Installing packages …")
    uv = shutil.which("uv")
    if uv:
        if subprocess.run([uv, "pip", "install", "--python", str(PYTHON), *files], check=False).returncode == 0:
            return
        say("uv 未能安装，改用 pip … uv could not: trying pip …")  # uv does not read the mirrors set for pip
    bring_pip()
    quiet = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    status, log = watch([str(PYTHON), "-m", "pip", "install", *quiet, *files], pins(lists))
    if status:
        raise CannotGoOn(*why_not_installed(log))


def bring_pip() -> None:
    """See to it that the environment has pip: one made where uv was has none."""
    if subprocess.run([str(PYTHON), "-c", "import pip"], check=False, capture_output=True).returncode == 0:
        return
    if subprocess.run([str(PYTHON), "-m", "ensurepip"], check=False, capture_output=True).returncode:
        raise CannotGoOn(*NO_ENSUREPIP)


def pins(lists: Iterable[str]) -> int:
    """How many packages the lists pin."""
    return sum("==" in line for name in lists for line in (ROOT / name).read_text(encoding="utf-8").splitlines())


def watch(command: Sequence[str], total: int) -> tuple[int, list[str]]:
    """Run pip, showing how many of `total` packages it has come to; its status and what it wrote."""
    log: list[str] = []
    count = 0
    # PEP 540: pip writes UTF-8 whatever the console speaks.
    pip = subprocess.Popen(
        [command[0], "-X", "utf8", *command[1:]],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    with pip:
        for line in pip.stdout or ():
            log.append(line.strip())
            if line.startswith(("Collecting ", "Processing ")):
                count += 1
                show_count(count, max(count, total))
            elif line.startswith("Installing collected packages"):
                say(f"{end_of_count()}  展开 {count} 个软件包 … Unpacking {count} packages …")
    return pip.returncode, log


def show_count(count: int, total: int) -> None:
    """Progress on one line of a terminal; through a pipe, a line for every tenth package."""
    if sys.stdout.isatty():
        print(f"\r  {count}/{total}", end="", flush=True)
    elif count % 10 == 0:
        say(f"  {count}/{total}")


def end_of_count() -> str:
    """What a line after `show_count` must begin with."""
    return "\r" if sys.stdout.isatty() else ""


def why_not_installed(log: Sequence[str]) -> tuple[str, str]:
    """The sentence, in both languages, for an installation that failed and wrote `log`."""
    text = "\n".join(log).lower()
    if any(sign in text for sign in NETWORK_SIGNS):
        return (
            "软件包无法下载，请检查网络，或为 pip 设置镜像后重试。",
            "The packages cannot be downloaded: check the network, or set a mirror for pip, and start again.",
        )
    errors = [line for line in log if line.startswith("ERROR:")] or [last_line("\n".join(log))]
    return f"软件包安装失败：{errors[-1]}", f"The packages cannot be installed: {errors[-1]}"


def last_line(text: str) -> str:
    """The last line of `text` that says something."""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")


# ── Serving ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def serve(argv: Sequence[str]) -> int:
    """Set everything up and answer requests until told to stop."""
    parser = argparse.ArgumentParser(
        prog="run.py", description="Caryard 二手车交易管理", epilog="run.py test [...]: run the tests"
    )
    parser.add_argument("--empty", action="store_true", help="first start: a company without demonstration data")
    empty = parser.parse_args(argv).empty
    settings = config.read()
    take_port(settings.host, settings.port).close()  # a port in use is told before the long part, not after it
    enter(TO_SERVE, argv)
    must_reach(settings.database_url)
    with take_port(settings.host, settings.port) as door:
        return open_the_lot(settings, door, empty)


def take_port(host: str, port: int) -> socket.socket:
    """A socket bound to this address and not listening yet; the caller closes it."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise CannotGoOn(*why_no_port(host, port, error)) from error
    door = socket.socket(family, kind, proto)
    try:
        # A port left a minute ago is free again with this; on Windows it would let two servers share one.
        if os.name == "posix":
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(address)
    except OSError as error:
        door.close()
        raise CannotGoOn(*why_no_port(host, port, error)) from error
    return door


def why_no_port(host: str, port: int, error: OSError) -> tuple[str, str]:
    """The sentence, in both languages, for an address that cannot be served on."""
    if error.errno == errno.EADDRINUSE:
        return (
            f"端口 {port} 已被占用，请关闭占用它的程序，或用 PORT 另设端口。",
            f"Port {port} is in use: stop the program that has it, or set PORT to another.",
        )
    if isinstance(error, PermissionError):
        return f"系统不允许使用端口 {port}，请用 PORT 另设。", f"Port {port} is not allowed here: set PORT to another."
    return f"CARYARD_HOST“{host}”不是本机地址。", f"CARYARD_HOST “{host}” is no address of this machine."


def must_reach(database_url: str) -> None:
    """Refuse to start on a PostgreSQL that does not answer. (SQLite's file is made when it is not there.)"""
    trouble = unreached(database_url) if config.POSTGRES.match(database_url) else ""
    if trouble:
        raise CannotGoOn(
            f"无法连接 CARYARD_DATABASE_URL 的数据库：{trouble}",
            f"The database of CARYARD_DATABASE_URL cannot be reached: {trouble}",
        )


def unreached(url: str) -> str:
    """Why PostgreSQL cannot be used at `url`, in its own words and without the password; empty when it answers."""
    import psycopg

    try:
        psycopg.connect(config.POSTGRES.sub("postgresql://", url), connect_timeout=5).close()
    except psycopg.OperationalError as error:
        return str(error).partition("\n")[0].strip()
    except psycopg.Error:  # would quote an address it cannot read, password and all
        return "the address is malformed"
    return ""


def open_the_lot(settings: config.Settings, door: socket.socket, empty: bool) -> int:
    """Prepare the database, say where to go and how to log in, and serve until told to stop."""
    say("准备数据库 … Preparing the database …")
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    from app import create_app
    from app.setup import prepare

    application = create_app(settings)
    prepared = prepare(application, demo=not empty, say=say)
    try:
        door.listen(1024)
    except OSError as error:  # another start took the port while this one prepared
        raise CannotGoOn(*why_no_port(settings.host, settings.port, error)) from error
    for line in greeting(settings, door.getsockname()[1], prepared, empty):
        say(line)
    cut = answer(application, door, settings)
    say(f"已停止，{cut} 个请求未完成。 Stopped; requests cut: {cut}." if cut else "已停止。 Stopped.")
    return 0


def greeting(settings: config.Settings, port: int, prepared: "Prepared", empty: bool) -> list[str]:
    """What the person who started the server needs to know, line by line."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104 - compared, not bound
    lines = ["", f"Caryard 二手车交易管理  http://{host}:{port}"]
    if settings.today:
        lines.append(f"今天按 {settings.today} 计（CARYARD_TODAY）。 Today is taken to be {settings.today}.")
    if prepared.admin_password:
        lines += [
            f"  管理员 Administrator: admin  {prepared.admin_password}",
            "  此密码只显示这一次，首次登录时须更改。 Shown this once; it must be changed at the first log-in.",
        ]
    elif empty:
        lines.append("数据库中已有公司，--empty 未作改动。 There is a company already: --empty changed nothing.")
    if prepared.logins:
        lines.append("演示用户 Demonstration log-ins:")
        lines += [f"  {username:<14} {password:<14} {label}" for label, username, password in prepared.logins]
    return [*lines, "按 Ctrl+C 停止。 Ctrl+C stops."]


def answer(application: "WSGIApplication", door: socket.socket, settings: config.Settings) -> int:
    """Answer requests until SIGTERM or Ctrl+C; take no new ones then, and let those in flight finish.

    Returns how many had to be cut after `GRACE_S` seconds. A second signal cuts at once.
    """
    from waitress import create_server, wasyncore

    sockets: dict[int, Any] = {}
    server = create_server(
        application,
        map=sockets,
        sockets=[door],
        threads=settings.threads,
        # waitress drops X-Forwarded headers, unless there are proxies whose word the application takes
        clear_untrusted_proxy_headers=not settings.proxies,
    )
    stopping = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        if stopping:
            raise KeyboardInterrupt
        stopping = True
        server.pull_trigger()  # wakes the loop below

    for name in ("SIGTERM", "SIGINT", "SIGBREAK"):  # the last is Windows's Ctrl+Break
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), stop)

    # waitress's own run() answers a signal by cutting what is in flight, hence this loop in its place.
    def turn(seconds: float) -> None:
        wasyncore.loop(timeout=seconds, use_poll=True, map=sockets, count=1)

    def in_flight() -> int:
        return sum(bool(c.requests or c.request or c.total_outbufs_len) for c in server.active_channels.values())

    while not stopping:
        turn(1)
    say("正在停止 … Stopping …")
    server.del_channel()
    door.close()
    turn(0)  # reads what had arrived before the signal
    deadline = time.monotonic() + GRACE_S
    while in_flight() and time.monotonic() < deadline:
        turn(0.1)
    return in_flight()


# ── Testing ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test(argv: Sequence[str]) -> int:
    """Run pytest on everything this machine can reach; say, before and after it, what it cannot reach and why."""
    asked = config.read_checks()
    enter(TO_TEST, argv)
    postgres = asked.postgres or LOCAL_POSTGRES
    chromium = asked.chromium or find_chromium()
    no_postgres = unreached(postgres)
    skipped = []
    if no_postgres:
        skipped.append(f"跳过 PostgreSQL 测试 Skipped, PostgreSQL not reached (CARYARD_TEST_POSTGRES): {no_postgres}")
    if not Path(chromium).is_file():
        skipped.append("跳过浏览器测试 Skipped, no Chromium found for the browser tests (CARYARD_TEST_CHROMIUM)")
    if skipped and asked.no_skip:
        raise CannotGoOn("\n".join(skipped), "CARYARD_NO_SKIP is set: nothing may be skipped.")
    if not asked.data:  # comes with the project's surroundings, not with a clone: never a failure
        skipped.append("跳过真实数据测试 Skipped, no real data in ../shared/data (CARYARD_TEST_DATA)")
    equipment = {
        "CARYARD_TEST_POSTGRES": "" if no_postgres else postgres,
        "CARYARD_TEST_CHROMIUM": chromium if Path(chromium).is_file() else "",
        "CARYARD_TEST_DATA": str(asked.data or ""),
    }
    for sentence in skipped:
        say(sentence)
    status = subprocess.run(pytest_command(argv[1:]), check=False, cwd=ROOT, env={**os.environ, **equipment}).returncode
    for sentence in skipped:
        say(sentence)
    return status


def pytest_command(arguments: Sequence[str]) -> list[str]:
    """How pytest is called: in two processes, and measuring coverage when nothing narrows the run."""
    whole = [] if arguments else ["--cov", "--cov-report=term:skip-covered"]
    return [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup", *whole, *arguments]


def find_chromium() -> str:
    """The path of a Chromium or one of its kin on this machine; empty when there is none."""
    on_path = [found for found in map(shutil.which, CHROMIUMS) if found]
    elsewhere = [path for path in CHROMIUMS_ELSEWHERE if Path(path).is_file()]
    return next(iter(on_path + elsewhere), "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
