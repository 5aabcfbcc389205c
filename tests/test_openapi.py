"""The document that describes the API says what the API does, and the page that shows it needs no internet."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import validate

from app.fields import spec
from app.models import Holding, Sale
from app.queries import may_any
from app.views.api import tables
from app.views.api.answers import WORDS
from app.workflows import engine
from tests import make

API = "/api/v1"
Client = Callable[[str | None], Any]
DOCS = Path(__file__).parent.parent / "docs" / "api.md"
PEOPLE = ("boss", "accountant", "buyer", "admin")


@pytest.fixture
def document(as_: Client) -> dict[str, Any]:
    """The document as the manager gets it."""
    found: dict[str, Any] = as_("boss").get(f"{API}/_openapi").json
    return found


@pytest.fixture
def lot(app: Flask) -> Sale:
    """A car bought, priced and sold, an expense, a receipt, a manual entry: a row of every kind."""
    holding: Holding = make.priced(make.bought()).holding
    sale = make.sold(holding)
    make.cash("10000.00")
    make.settlement(make.item_of(sale, "receivable"), "100.00")
    make.expense()
    return sale


def routes(app: Flask) -> Iterator[tuple[str, str]]:
    """(path, method) of everything under /api/v1, a path with its id written {id} and its moves one by one."""
    for rule in app.url_map.iter_rules():
        path = rule.rule.removeprefix(API).replace("<int:pk>", "{id}")
        if not rule.rule.startswith(f"{API}/") or path == "/_openapi" or re.fullmatch(r"/[a-z_]+", path):
            continue  # the same list without its slash
        names = re.search(r"<any\(([a-z_,]+)\):name>", path)
        for name in names[1].split(",") if names else [""]:
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                yield re.sub(r"<.*>", name, path), method.lower()


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    validate(document)


def test_it_describes_every_route_and_no_other(app: Flask, document: dict[str, Any]) -> None:
    described = {
        (path, method) for path, item in document["paths"].items() for method in item if method != "parameters"
    }
    assert described == set(routes(app))


def test_every_answer_is_as_described_field_by_field(as_: Client, document: dict[str, Any], lot: Sale) -> None:
    seen = set()
    for kind, model in tables().items():
        person = next(name for name in PEOPLE if may_any(make.person(name), "read", model))
        for row in as_(person).get(f"{API}/{kind}/?page_size=200").json["result"]:
            described = document["components"]["schemas"][model.__name__]
            assert set(row) == set(described["properties"]), kind
            OAS30Validator(
                {"$ref": f"#/components/schemas/{model.__name__}", "components": document["components"]}
            ).validate(row)
            for name, line in spec(model).lines.items():
                for given in row[name]:
                    assert set(given) == set(document["components"]["schemas"][line.model.__name__]["properties"]), (
                        kind,
                        name,
                    )
            seen.add(kind)
    assert seen >= {*engine.kinds(), "party", "vehicle", "holding", "account", "period", "store", "tax_rate"}


def test_what_it_calls_required_is_asked_for(as_: Client, document: dict[str, Any]) -> None:
    for kind, model in tables().items():
        needed = document["components"]["schemas"].get(f"{model.__name__}In", {}).get("required", [])
        person = next((name for name in PEOPLE if may_any(make.person(name), "edit", model)), None)
        if person is None or "make" not in model.__writes__:
            continue
        answer = as_(person).post(f"{API}/{kind}/", json={})
        told = {one["field"] for one in answer.json.get("errors", ())}
        assert set(needed) <= told, (kind, answer.text)


def test_every_refusal_has_its_code_and_shape(document: dict[str, Any]) -> None:
    responses = document["components"]["responses"]
    assert {"400", "401", "403", "404", "409", "413", "415", "422", "429"} == set(responses)
    for item in document["paths"].values():
        for method, operation in item.items():
            if method != "parameters":
                assert "401" in operation["responses"], operation["operationId"]
    names = [
        operation["operationId"]
        for item in document["paths"].values()
        for method, operation in item.items()
        if method != "parameters"
    ]
    assert len(names) == len(set(names))


def test_it_speaks_the_readers_language(as_: Client) -> None:
    text = as_("boss").get(f"{API}/_openapi").text
    assert "收车入库" in text
    assert "LazyString" not in text
    assert "lazy" not in text


def test_it_is_closed_to_strangers(as_: Client) -> None:
    assert as_(None).get(f"{API}/_openapi").status_code == 401
    assert as_(None).get("/swagger/v1").status_code == 302


def test_the_page_that_shows_it_loads_everything_from_here(as_: Client) -> None:
    browser = as_("boss")
    page = browser.get("/swagger/v1")
    assert page.status_code == 200
    wanted = re.findall(r'(?:src|href|data-url)="([^"]+)"', page.text)
    assert any("swagger-ui-bundle.js" in url for url in wanted)
    assert any("swagger-ui.css" in url for url in wanted)
    assert not [url for url in wanted if url.startswith(("http:", "https:", "//"))]
    for url in wanted:
        if "swagger" in url or "_openapi" in url:
            with browser.get(url) as answer:
                assert answer.status_code == 200, url
    assert "style=" not in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "img-src 'self' data:" in policy
    scripts = re.findall(r"<script[^>]*>", page.text)
    assert all("nonce=" in one for one in scripts)


def test_the_written_page_names_every_kind_move_code_and_word(app: Flask) -> None:
    text = DOCS.read_text(encoding="utf-8")
    for name in (
        *tables(),
        *engine.LABELS,
        *(code for code, _words in WORDS.values() if code not in ("bad_request", "refused")),
    ):
        assert f"`{name}`" in text, name
    for model in tables().values():
        for field in spec(model).editable.values():
            assert f"`{field.key}`" in text, (model, field.key)
        for line in spec(model).lines.values():
            assert all(f"`{key}`" in text for key in line.editable), line.model
