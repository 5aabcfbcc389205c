"""Every setting there is, read from the environment in this one place.

`read()` turns the environment into `Settings` or raises `BadSetting` with a sentence; `flask_config()` turns `Settings` into the
keys that Flask and its extensions know; `read_checks()` is the same for what only the tests need. Standard library only:
`run.py` reads the settings before anything is installed, so that a wrong one is told at once.

A variable that is set but empty counts as not set.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent

# PyJWT warns below 32 bytes (RFC 7518 §3.2), and the session is signed with the same key.
SHORTEST_KEY = 32
HIGHEST_PORT = 65_535
MOST_THREADS = 64
POSTGRES = re.compile(r"^postgres(ql)?(\+psycopg)?://")
RATE = re.compile(r"^[1-9]\d* per ([1-9]\d* )?(second|minute|hour|day)s?$")
YES, NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


class Refusal(Exception):
    """Something a person has to put right; its text is one sentence in Chinese and the same in English, a line each."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(f"{chinese}\n{english}")


class BadSetting(Refusal):
    """A setting that cannot be used. The text names the variable and says what it may be."""


@dataclass(frozen=True)
class Settings:
    """What one installation is told from outside. Its `repr` shows no secret."""

    database_url: str = field(repr=False)
    home: Path
    secret_key: str = field(repr=False)
    today: date | None = None
    """The day to take for today, in tests and demonstrations; None is the calendar's."""
    host: str = "127.0.0.1"
    port: int = 8080
    threads: int = 8
    secure_cookies: bool = False
    """Cookies travel over HTTPS alone: set it wherever Caryard stands behind HTTPS."""
    rate_limit: str = "10 per minute"
    """Log-ins from one address, as Flask-Limiter writes it; empty is no limit."""
    proxies: int = 0
    """How many reverse proxies stand in front, whose X-Forwarded headers are believed."""


@dataclass(frozen=True)
class Checks:
    """What the tests were given to work with; empty or None is "not given"."""

    postgres: str = field(repr=False)
    chromium: str
    data: Path | None
    no_skip: bool


def read(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings in `environ`. Makes the home folder, and in it the secret key, the first time.

    Raises `BadSetting` at the first value that cannot be used.
    """
    home = _home(environ)
    return Settings(
        database_url=_database_url(environ, home),
        home=home,
        secret_key=_secret_key(environ, home),
        today=_today(environ),
        host=environ.get("CARYARD_HOST") or "127.0.0.1",
        port=_number(environ, "PORT", 8080, 0, HIGHEST_PORT),
        threads=_number(environ, "CARYARD_THREADS", 8, 1, MOST_THREADS),
        secure_cookies=_switch(environ, "CARYARD_SECURE_COOKIES"),
        rate_limit=_rate_limit(environ),
        proxies=_number(environ, "CARYARD_PROXIES", 0, 0, 9),
    )


def read_checks(environ: Mapping[str, str] = os.environ) -> Checks:
    """What `environ` gives the tests. Real data is looked for beside the project too, as a folder `shared/data`."""
    given = environ.get("CARYARD_TEST_DATA")
    data = Path(given).expanduser() if given else ROOT.parent / "shared" / "data"
    if given and not data.is_dir():
        raise BadSetting(
            f"CARYARD_TEST_DATA 须为存在的文件夹，现为“{given}”。",
            f"CARYARD_TEST_DATA must be an existing folder, not “{given}”.",
        )
    postgres = environ.get("CARYARD_TEST_POSTGRES", "")
    if postgres and not _is_postgres(postgres):
        raise BadSetting(
            "CARYARD_TEST_POSTGRES 须为 postgresql://用户:密码@主机:端口/数据库。",
            "CARYARD_TEST_POSTGRES must be postgresql://user:password@host:port/database.",
        )
    return Checks(
        postgres=postgres,
        chromium=environ.get("CARYARD_TEST_CHROMIUM", ""),
        data=data if data.is_dir() else None,
        no_skip=_switch(environ, "CARYARD_NO_SKIP"),
    )


def flask_config(settings: Settings) -> dict[str, object]:
    """The configuration of Flask and its extensions that follows from `settings`."""
    on_postgres = POSTGRES.match(settings.database_url) is not None
    # SQLite needs no pool of its own making; on PostgreSQL every thread may hold a connection, and a connection the
    # server dropped over night is noticed before a request meets it.
    engine = {"pool_pre_ping": True, "pool_size": settings.threads} if on_postgres else {}
    return {
        "APP_NAME": "Caryard 二手车交易管理",
        "CARYARD_PROXIES": settings.proxies,
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": POSTGRES.sub("postgresql+psycopg://", settings.database_url),
        "SQLALCHEMY_ENGINE_OPTIONS": engine,
        # Rights and tables are written by migrations and app.setup in bulk; the framework doing it one by one costs 5 s a start.
        "FAB_UPDATE_PERMS": False,
        "FAB_CREATE_DB": False,
        "FAB_ADD_OPENAPI_VIEWS": False,  # ours describe our resources: app/views/openapi.py
        "FAB_ADD_MENU_API": False,
        "FAB_INDEX_VIEW": "app.views.home.HomeView",
        "AUTH_TYPE": 1,  # flask_appbuilder.const.AUTH_DB, not importable here
        # The framework gives its admin role every right there is: a role that nobody holds. Our administrator is a list of rights.
        "AUTH_ROLE_ADMIN": "Framework",
        "AUTH_ROLE_PUBLIC": "Public",
        "AUTH_USER_REGISTRATION": False,
        "FAB_SECURITY_MANAGER_CLASS": "app.views.security.CaryardSecurityManager",
        "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "app" / "translations"),
        "CARYARD_TODAY": settings.today,
        "AUTH_RATE_LIMITED": bool(settings.rate_limit),
        "AUTH_RATE_LIMIT": settings.rate_limit,
        "RATELIMIT_ENABLED": bool(settings.rate_limit),
        "RATELIMIT_STORAGE_URI": "memory://",  # counted per process
        "BABEL_DEFAULT_LOCALE": "zh",
        "BABEL_DEFAULT_TIMEZONE": "Asia/Shanghai",
        "LANGUAGES": {"zh": {"flag": "cn", "name": "中文"}, "en": {"flag": "gb", "name": "English"}},
        # Cookies know no ports: the common name "session" would be overwritten by any other Flask program on 127.0.0.1.
        "SESSION_COOKIE_NAME": "caryard_session",
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SECURE": settings.secure_cookies,
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),  # a long working day
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session: a form left open over lunch can be saved
        "COMPRESS_ALGORITHM": ["br", "gzip"],
        "COMPRESS_MIMETYPES": [
            "text/html",
            "text/css",
            "text/javascript",
            "application/javascript",
            "application/json",
            "image/svg+xml",
        ],
        "MAX_CONTENT_LENGTH": 32 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 4 * 1024 * 1024,
        "MAX_FORM_PARTS": 20_000,  # a paper of a thousand lines; the default of 1,000 fields is a paper of eighty
    }


def _home(environ: Mapping[str, str]) -> Path:
    home = Path(environ.get("CARYARD_HOME") or ROOT / "var").expanduser().resolve()
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BadSetting(
            f"CARYARD_HOME 的文件夹“{home}”无法建立：{error.strerror}。",
            f"The folder of CARYARD_HOME, “{home}”, cannot be made: {error.strerror}.",
        ) from error
    return home


def _database_url(environ: Mapping[str, str], home: Path) -> str:
    """The address of the database. A refusal never repeats it, for there may be a password inside."""
    url = environ.get("CARYARD_DATABASE_URL") or f"sqlite:///{(home / 'caryard.db').as_posix()}"
    if url.startswith("sqlite:///"):
        return _sqlite_url(url)
    if not _is_postgres(url):
        raise BadSetting(
            "CARYARD_DATABASE_URL 须为 sqlite:///文件 或 postgresql://用户:密码@主机:端口/数据库。",
            "CARYARD_DATABASE_URL must be sqlite:///file or postgresql://user:password@host:port/database.",
        )
    return url


def _is_postgres(url: str) -> bool:
    """Whether `url` names a database on a PostgreSQL server."""
    try:
        return bool(POSTGRES.match(url) and urlsplit(url).path.strip("/") and urlsplit(url).port != 0)
    except ValueError:  # a port that is no number
        return False


def _sqlite_url(url: str) -> str:
    """The same with an absolute path: Flask-SQLAlchemy would look for a relative one in a folder of its own."""
    name = url.removeprefix("sqlite:///")
    path = Path(name).expanduser().resolve()
    if not name or name == ":memory:" or path.is_dir() or not path.parent.is_dir():
        raise BadSetting(
            "CARYARD_DATABASE_URL 须为已有文件夹中的一个文件，如 sqlite:////srv/caryard/caryard.db。",
            "CARYARD_DATABASE_URL must be a file in an existing folder, such as sqlite:////srv/caryard/caryard.db.",
        )
    return f"sqlite:///{path.as_posix()}"


def _secret_key(environ: Mapping[str, str], home: Path) -> str:
    given = environ.get("CARYARD_SECRET_KEY")
    if given and len(given) < SHORTEST_KEY:
        raise BadSetting(
            f"CARYARD_SECRET_KEY 至少须有 {SHORTEST_KEY} 个字符。",
            f"CARYARD_SECRET_KEY must have {SHORTEST_KEY} characters or more.",
        )
    return given or _kept_key(home / "secret_key")


def _kept_key(path: Path) -> str:
    """The key in `path`, made there when there is none; readable by its owner alone."""
    try:
        if not path.exists():
            _make_key(path)
        key = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(
            f"密钥文件“{path}”无法读写：{error}。", f"The key file “{path}” cannot be read or made: {error}."
        ) from error
    if len(key) < SHORTEST_KEY:
        raise BadSetting(
            f"密钥文件“{path}”已损坏，请删除它（所有人须重新登录）。",
            f"The key file “{path}” is damaged: delete it (everyone then logs in again).",
        )
    return key


def _make_key(path: Path) -> None:
    """Put a new key at `path` in one step, so that of several processes starting together all read the same one."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    draft.touch(mode=0o600, exist_ok=False)
    draft.write_text(secrets.token_hex(SHORTEST_KEY), encoding="ascii")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first: its key counts
    finally:
        draft.unlink()


def _today(environ: Mapping[str, str]) -> date | None:
    value = environ.get("CARYARD_TODAY")
    try:
        return date.fromisoformat(value) if value else None
    except ValueError as error:
        raise BadSetting(
            f"CARYARD_TODAY 须为日期，如 2026-03-31，现为“{value}”。",
            f"CARYARD_TODAY must be a date such as 2026-03-31, not “{value}”.",
        ) from error


def _number(environ: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    value = environ.get(name) or str(default)
    if not re.fullmatch(r"\d{1,6}", value, re.ASCII) or not least <= int(value) <= most:
        raise BadSetting(
            f"{name} 须为 {least} 至 {most} 的整数，现为“{value}”。",
            f"{name} must be a whole number from {least} to {most}, not “{value}”.",
        )
    return int(value)


def _switch(environ: Mapping[str, str], name: str) -> bool:
    value = environ.get(name) or "0"
    if value.lower() not in YES + NO:
        raise BadSetting(f"{name} 须为 1 或 0，现为“{value}”。", f"{name} must be 1 or 0, not “{value}”.")
    return value.lower() in YES


def _rate_limit(environ: Mapping[str, str]) -> str:
    value = environ.get("CARYARD_LOGIN_LIMIT") or Settings.rate_limit
    if value == "off":
        return ""
    if not RATE.match(value):
        raise BadSetting(
            f"CARYARD_LOGIN_LIMIT 须如“10 per minute”，或为 off，现为“{value}”。",
            f"CARYARD_LOGIN_LIMIT must read like “10 per minute”, or off, not “{value}”.",
        )
    return value
