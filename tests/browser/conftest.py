"""A real server and a real browser: one server for each module, on a SQLite file of its own."""

import logging
import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from waitress.server import create_server

import config
from app import create_app, setup
from tests.conftest import new_app, new_database

CHROMIUM = os.environ.get("CARYARD_TEST_CHROMIUM", "")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZES = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}

pytestmark = pytest.mark.browser


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here is a browser test; without a Chromium it says aloud that it is skipped."""
    for item in items:
        if "tests/browser" in str(item.path).replace(os.sep, "/"):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))
            if not CHROMIUM:
                item.add_marker(pytest.mark.skip(reason="no Chromium found (CARYARD_TEST_CHROMIUM)"))


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Remember a failure, so that the last picture can be kept (CARYARD_TEST_SHOTS names the folder)."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, str]]:
    """(application, address): the product as it is served, CSRF and all, with the people of every test."""
    url, drop = new_database("sqlite", tmp_path_factory.mktemp("db"))
    app = new_app(url, tmp_path_factory.mktemp("home"), TESTING=False, WTF_CSRF_ENABLED=True)
    yield from serving(app, drop)


@pytest.fixture(scope="module")
def lot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, str]]:
    """The same with the demonstration lot, as a first start leaves it."""
    url, drop = new_database("sqlite", tmp_path_factory.mktemp("db"))
    home = tmp_path_factory.mktemp("home")
    app = create_app(
        config.read({"CARYARD_DATABASE_URL": url, "CARYARD_HOME": str(home), "CARYARD_LOGIN_LIMIT": "off"})
    )
    setup.prepare(app, demo=True, say=lambda _text: None)
    yield from serving(app, drop)


def serving(app: Flask, drop: Callable[[], None]) -> Iterator[tuple[Flask, str]]:
    """Serve an application on a free port in a thread, until the caller is done."""
    app.test_client_class = FlaskClient
    logging.getLogger("waitress.queue").setLevel(
        logging.ERROR
    )  # a browser asks for more at once than there are threads
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield app, f"http://127.0.0.1:{server.effective_port}"
    server.close()
    thread.join(5)
    drop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """One browser for the module."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def sit_down(request: pytest.FixtureRequest, chromium: Any) -> Iterator[Callable[..., Any]]:
    """`sit_down("sales", "phone")`: a page of that person, logged in, at that size; errors in the console fail the test.

    On the demonstration lot where the test asks for `lot`, else on `served`.
    """
    base = request.getfixturevalue("lot" if "lot" in request.fixturenames else "served")[1]
    contexts: list[Any] = []
    complaints: list[str] = []

    def page_of(username: str | None, size: str = "desk", scheme: str = "light") -> Any:
        context = chromium.new_context(
            viewport=SIZES[size],
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            has_touch=size == "phone",
            is_mobile=size == "phone",
            color_scheme=scheme,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20000)
        page.on(
            "console",
            lambda message: (
                complaints.append(message.text)
                if message.type == "error" and "status of 4" not in message.text
                else None
            ),
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda request: (
                complaints.append(f"left the site: {request.url}")
                if not request.url.startswith((base, "data:"))
                else None
            ),
        )
        if username:
            page.goto(base + "/login/")
            page.fill("#username", username)
            page.fill("#password", "caryard")
            page.press("#password", "Enter")
            page.wait_for_url(base + "/")
        return page

    yield page_of
    if request.node.stash.get(FAILED, False) and (folder := os.environ.get("CARYARD_TEST_SHOTS")):
        for number, context in enumerate(contexts):
            for page in context.pages:
                page.screenshot(path=f"{folder}/{request.node.name}-{number}.png", full_page=True)
    for context in contexts:
        context.close()
    assert not complaints, complaints
