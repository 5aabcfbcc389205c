"""Lists, forms and papers as a person meets them in a browser: every window has these, whatever its table."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from psycopg.errors import DeadlockDetected
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from app.database import unit_of_work
from app.enums import State
from app.extensions import db
from app.ledger import periods
from app.models import Audit, Brand, Colour, Maker, ManualEntry, Party, Sale
from app.workflows import engine
from tests import make

Client = Callable[[str | None], FlaskClient]


def names(page: str) -> list[str]:
    """The names on a list of brands, in its order."""
    return re.findall(r"标记\w+", re.sub(r"<title>.*?</title>|value=\"[^\"]*\"", "", page))


@pytest.fixture
def brands(app: object) -> list[Brand]:
    """Sixty brands: 标记00 … 标记59."""
    rows = [Brand(name=f"标记{n:02d}", initial="B" if n % 2 else "A", position=1000 + n) for n in range(60)]
    with unit_of_work():
        db.session.add_all(rows)
    return rows


# ── lists ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_list_shows_a_page_and_leads_to_the_next(as_: Client, brands: list[Brand]) -> None:
    boss = as_("boss")
    shown: list[str] = []
    for number in range(1, 4):
        page = boss.get(f"/brand/?q=标记&sort=name&page={number}").text
        found = list(dict.fromkeys(names(page)))
        assert len(found) == (25 if number < 3 else 10)
        shown += found
    assert shown == [brand.name for brand in brands], "no row twice, none lost"
    assert "60" in boss.get("/brand/?q=标记").text
    assert len(set(names(boss.get("/brand/?q=标记&size=200").text))) == 60


def test_a_list_is_searched_and_sorted_and_says_when_nothing_fits(as_: Client, brands: list[Brand]) -> None:
    boss = as_("boss")
    assert set(names(boss.get("/brand/?q=标记3").text)) == {f"标记3{n}" for n in range(10)}
    assert next(iter(names(boss.get("/brand/?q=标记&sort=-name").text))) == "标记59"
    nothing = boss.get("/brand/?q=没有这个牌子").text
    assert "没有符合条件的记录" in nothing
    for wild in ("%", "_", "\\"):
        assert "没有符合条件的记录" in boss.get("/brand/", query_string={"q": wild}).text, (
            "what is typed is text, no pattern"
        )


def test_a_retired_row_is_marked_and_no_longer_offered(as_: Client) -> None:
    boss = as_("boss")
    with unit_of_work():
        colour = Colour(name="钛灰")
        db.session.add(colour)
    assert [row["label"] for row in boss.get("/pick/colour?q=钛灰").json["results"]] == ["钛灰"]
    assert boss.post(f"/colour/{colour.id}/retire").status_code == 302
    assert boss.get("/pick/colour?q=钛灰").json["results"] == []
    assert "已停用" in boss.get(f"/colour/{colour.id}").text
    boss.post(f"/colour/{colour.id}/retire")
    assert boss.get("/pick/colour?q=钛灰").json["results"]


# ── base rows ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_row_is_made_changed_and_deleted_and_each_is_on_record(as_: Client) -> None:
    boss = as_("boss")
    answer = boss.post("/brand/new", data={"name": "雪虎", "initial": "X"})
    brand = db.session.scalars(select(Brand).where(Brand.name == "雪虎")).one()
    assert answer.headers["Location"] == f"/brand/{brand.id}"
    assert "已保存" in boss.get(answer.headers["Location"]).text
    assert boss.post(f"/brand/{brand.id}", data={"name": "雪豹", "version": str(brand.version)}).status_code == 302
    assert "雪豹" in boss.get("/brand/?q=雪豹").text
    assert boss.post(f"/brand/{brand.id}/delete").headers["Location"] == "/brand/"
    assert db.session.scalar(select(func.count(Brand.id)).where(Brand.name == "雪豹")) == 0
    codes = db.session.scalars(
        select(Audit.code).where(Audit.table_name == "brand", Audit.row_id == brand.id).order_by(Audit.id)
    )
    assert codes.all() == ["brand.created", "brand.changed", "brand.deleted"]


def test_a_row_in_use_is_not_deleted_and_the_refusal_says_where_it_is_used(as_: Client) -> None:
    boss = as_("boss")
    with unit_of_work():
        brand = Brand(name="在用牌")
        db.session.add(Maker(name="在用厂", brand=brand))
    answer = boss.post(f"/brand/{brand.id}/delete", follow_redirects=True)
    assert "厂商" in answer.text
    assert "不能删除" in answer.text
    assert db.session.get(Brand, brand.id) is not None


def test_save_and_add_goes_on_with_an_empty_form(as_: Client) -> None:
    answer = as_("boss").post("/brand/new", data={"name": "连着加", "_do": "save_new"})
    assert answer.headers["Location"] == "/brand/new"


def test_what_is_missing_is_made_in_place_and_comes_back_as_picked(as_: Client) -> None:
    boss = as_("boss")
    fragment = boss.get("/brand/new?in=dialog&name=新来的").text
    assert "<html" not in fragment
    assert 'value="新来的"' in fragment
    refused = boss.post("/brand/new?in=dialog", data={"name": ""}, headers={"Accept": "application/json, text/html"})
    assert refused.status_code == 422
    assert "请填写" in refused.text
    made = boss.post("/brand/new?in=dialog", data={"name": "新来的"}, headers={"Accept": "application/json, text/html"})
    assert (made.status_code, made.get_json()["label"]) == (201, "新来的")


def test_those_who_may_only_look_get_a_page_without_inputs(as_: Client) -> None:
    sale = make.sold()
    page = as_("readonly").get(f"/sale/{sale.id}").text
    assert sale.number in page
    assert not re.search(r'<(input|textarea|select)[^>]* name="(price|note|buyer_id)"(?![^>]*readonly)', page)
    assert as_("readonly").post(f"/sale/{sale.id}", data={"note": "我的"}).status_code in (403, 409)
    assert as_("readonly").get("/sale/new").status_code == 403


def test_everything_wrong_is_told_at_once_at_its_field(as_: Client) -> None:
    page = as_("buyer").post(
        "/purchase/new", data={"dated_on": "昨天", "price": "很多", "mileage_km": "-5", "vehicle-vin": "短"}
    )
    assert page.status_code == 422
    for name in ("dated_on", "price", "mileage_km", "vehicle-vin"):
        assert re.search(rf'<input[^>]* name="{name}"[^>]*aria-invalid="true"', page.text), name
    for typed in ("昨天", "很多", "-5", "短"):
        assert f'value="{typed}"' in page.text
    assert db.session.scalar(select(func.count(Audit.id)).where(Audit.code == "purchase.created")) == 0


# ── papers ───────────────────────────────────────────────────────────────────────────────────────────────────────────
ENTRY = {
    "text": "注资", "dated_on": "2026-11-01",
    "lines-0-debit": "1,000", "lines-1-credit": "1000",
}  # fmt: skip


def entry_form() -> dict[str, str]:
    """A manual entry as it is typed: 1,000 of capital into the bank."""
    return {
        **ENTRY,
        "store_id": str(make.store()),
        "lines-0-account_id": str(make.account("1002")),
        "lines-0-money_account_id": str(make.money()),
        "lines-1-account_id": str(make.account("3001")),
    }


def test_saving_and_approving_is_one_click(as_: Client) -> None:
    accountant = as_("accountant")
    answer = accountant.post("/manual_entry/new", data={**entry_form(), "_do": "approve"})
    entry = db.session.scalars(select(ManualEntry)).one()
    assert answer.headers["Location"] == f"/manual_entry/{entry.id}"
    assert entry.state is State.approved
    page = accountant.get(f"/manual_entry/{entry.id}").text
    assert "已审核" in page
    assert "反审核" in page


def test_an_approval_that_the_database_ended_is_tried_again_without_saving_twice(
    as_: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, tries = engine.run, []

    def run(*args: object, **options: object) -> object:
        tries.append(args)
        if len(tries) == 1:
            raise DBAPIError("COMMIT", {}, DeadlockDetected())
        return whole(*args, **options)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(engine, "run", run)
    typed = {
        "text": "入账",
        "dated_on": "2026-11-01",
        "store_id": str(make.store()),
        "lines-0-account_id": str(make.account("1002")),
        "lines-0-money_account_id": str(make.money()),
        "lines-0-debit": "5",
        "lines-1-account_id": str(make.account("3001")),
        "lines-1-credit": "5",
    }
    assert as_("accountant").post("/manual_entry/new", data={**typed, "_do": "approve"}).status_code == 302
    assert [paper.state for paper in db.session.scalars(select(ManualEntry))] == [State.approved]


def test_every_line_of_the_trail_leads_to_a_page(as_: Client) -> None:
    as_("admin").post("/setting/", data={"let_off_limit": "20"})
    make.approved(make.manual_entry(), "accountant")
    with unit_of_work():
        periods.close(periods.months()[0].id, make.person("accountant"))
    boss = as_("boss")
    rows = set(re.findall(r'href="(/(?:setting|period|manual_entry)/[^"?]*)"', boss.get("/audit/").text))
    assert {"/setting/", "/period/"} < rows
    assert {as_("admin").get("/setting/").status_code, *(boss.get(at).status_code for at in rows - {"/setting/"})} == {
        200
    }


def test_what_cannot_be_approved_yet_is_saved_all_the_same(as_: Client) -> None:
    answer = as_("accountant").post(
        "/manual_entry/new", data={**entry_form(), "lines-1-credit": "999", "_do": "approve"}
    )
    assert answer.status_code == 422
    assert "借贷不平" in answer.text
    entry = db.session.scalars(select(ManualEntry)).one()
    assert (entry.state, entry.text, len(entry.lines)) == (State.draft, "注资", 2)


def test_a_paper_is_submitted_sent_back_and_approved_by_buttons(as_: Client) -> None:
    holding = make.bought()
    sale = make.sale(holding)
    sales, manager = as_("sales"), as_("sales_manager")
    assert sales.post(f"/sale/{sale.id}/submit").status_code == 302
    assert "已提交" in manager.get(f"/sale/{sale.id}").text
    assert manager.post(f"/sale/{sale.id}/send_back").status_code == 422, "without a word why it is not sent back"
    manager.post(f"/sale/{sale.id}/send_back", data={"reason": "价格再谈谈"})
    assert "价格再谈谈" in sales.get(f"/sale/{sale.id}").text
    sales.post(f"/sale/{sale.id}/submit")
    assert manager.post(f"/sale/{sale.id}/approve").status_code == 302
    db.session.expire_all()
    assert sale.state is State.approved


def test_a_second_click_on_approve_does_nothing_and_says_so(as_: Client) -> None:
    sale = make.sold()
    revision = sale.revision
    answer = as_("sales_manager").post(f"/sale/{sale.id}/approve", follow_redirects=True)
    assert "已审核" in answer.text
    db.session.expire_all()
    assert (sale.state, sale.revision) == (State.approved, revision)


def test_before_unapproving_one_sees_what_stands_in_the_way(as_: Client) -> None:
    sale = make.sold()
    boss, purchase = as_("boss"), sale.holding.purchase
    assert purchase is not None
    page = boss.get(f"/purchase/{purchase.id}/unapprove").text
    assert sale.number in page
    refused = boss.post(f"/purchase/{purchase.id}/unapprove", data={"reason": "试试"}, follow_redirects=True)
    assert sale.number in refused.text
    db.session.expire_all()
    assert purchase.state is State.approved


def test_a_get_never_moves_a_paper(as_: Client) -> None:
    sale = make.sale(make.bought())
    for name in ("approve", "submit", "void"):
        assert as_("sales_manager").get(f"/sale/{sale.id}/{name}").status_code == 405
    db.session.expire_all()
    assert (sale.state, sale.submitted_at) == (State.draft, None)


def test_who_saved_after_somebody_else_is_told_who_and_loses_nothing(as_: Client) -> None:
    sale = make.sale(make.bought())
    seen = str(sale.version)
    assert as_("sales_manager").post(f"/sale/{sale.id}", data={"note": "经理改的", "version": seen}).status_code == 302
    answer = as_("sales").post(f"/sale/{sale.id}", data={"note": "我改的", "version": seen})
    assert answer.status_code == 409
    assert "我改的" in answer.text
    assert "sales_manager" in answer.text
    db.session.expire_all()
    assert sale.note == "经理改的"


def test_the_server_counts_the_totals_of_what_is_typed_and_saves_nothing(as_: Client) -> None:
    answer = as_("accountant").post("/manual_entry/totals", data=entry_form())
    assert answer.status_code == 200
    assert "1,000.00" in str(answer.get_json()["totals"])
    assert db.session.scalar(select(func.count(ManualEntry.id))) == 0


# ── refusals and languages ───────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("method", "url", "status"),
    [("GET", "/nothing", 404), ("GET", "/sale/999999", 404), ("POST", "/brand/", 405), ("GET", "/user/", 403)],
)
def test_a_refusal_is_a_page_with_a_way_back(as_: Client, method: str, url: str, status: int) -> None:
    answer = as_("sales").open(url, method=method)
    assert answer.status_code == status
    assert "<main" in answer.text
    assert 'href="/"' in answer.text
    for raw in ("Traceback", "werkzeug", "Method Not Allowed", "Not Found"):
        assert raw not in answer.text


@pytest.mark.parametrize("url", ["/", "/sale/", "/purchase/", "/party/new", "/ledger/", "/rights/", "/period/"])
def test_an_english_page_has_no_chinese_of_ours(as_: Client, url: str) -> None:
    """Names of rows stay as they were typed; every text of the product is English."""
    admin = {"/rights/": "admin"}.get(url, "boss")
    browser = as_(admin)
    browser.get("/lang/en")
    page = browser.get(url)
    assert page.status_code == 200
    text = re.sub(r"<script.*?</script>|<[^>]+>", " ", page.text, flags=re.DOTALL)
    rows = {"城东店", "城西店", "安途二手车", "门店现金", "基本户", "微信", "中文"}
    left = {word for word in re.findall(r"[一-鿿]+", text) if not any(word in row or row in word for row in rows)}
    from app.models import Account

    accounts = "".join(db.session.scalars(select(Account.name)))
    assert {word for word in left if word not in accounts} == set()


def test_parties_and_sales_can_be_found_from_their_lists(as_: Client) -> None:
    sale = make.sold()
    boss = as_("boss")
    for url, query in (("/sale/", sale.number), ("/sale/", "韩梅"), ("/party/", "韩梅")):
        assert "韩梅" in boss.get(url, query_string={"q": query}).text, (url, query)
    assert db.session.scalar(select(func.count(Sale.id))) == 1
    assert db.session.scalar(select(func.count(Party.id)).where(Party.name == "韩梅")) == 1
