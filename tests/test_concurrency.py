"""Many people at once: exactly one wins where one may, nothing is lost, numbers have no gap, the books hold.

PostgreSQL: sixteen threads, each with its own session, all let go at the same moment. SQLite: four processes on one file.
Locks are taken in one order everywhere, so there is no deadlock; should there be one, the door tries again and nobody is told.
"""

import contextlib
import datetime as dt
import json
import random
import subprocess
import sys
import threading
from collections import Counter as Tally
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

import config
from app import create_app
from app.database import one_moment, retrying, unit_of_work
from app.enums import PeriodState, State
from app.errors import Blocked, Invalid, Refused, Stale, WrongState
from app.extensions import db
from app.ledger import periods
from app.models import (
    Audit,
    Holding,
    JournalEntry,
    ManualEntry,
    Match,
    MoneyAccount,
    OpenItem,
    Party,
    Period,
    Purchase,
    Sale,
    Settlement,
    Vehicle,
)
from app.queries import SYSTEM
from app.workflows import engine, records
from app.workflows.books import check_books
from app.workflows.numbers import draw
from tests import make
from tests.conftest import new_app, new_database
from tests.serving import environment

MANY = 16
PROCESSES = 4
ROOT = Path(config.__file__).parent


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application on a PostgreSQL database of its own, where things are committed."""
    url, drop = new_database("postgresql", tmp_path_factory.mktemp("db"))
    application = new_app(url, tmp_path_factory.mktemp("home"))
    yield application
    with application.app_context():
        db.engine.dispose()
    drop()


@pytest.fixture
def lot(postgres: Flask) -> Iterator[Flask]:
    """One person's session beside the many; after every test the books must hold."""
    with postgres.app_context():
        yield postgres
        db.session.rollback()
        assert_books_hold()
        db.session.remove()


pytestmark = pytest.mark.slow
on_postgres = [
    pytest.mark.postgres,
    pytest.mark.skipif(not config.read_checks().postgres, reason="PostgreSQL not given"),
]


def assert_books_hold() -> None:
    """`flask ledger check` finds nothing."""
    db.session.rollback()
    with one_moment():
        breaches = [sentence for finding in check_books() for sentence in finding.breaches]
    assert not breaches, "\n".join(breaches)


Work = Callable[[], Any]


def together(app: Flask, works: Sequence[Work]) -> list[Any]:
    """Let all go at one moment, each in a session of its own. Results or refusals.

    Anything but a refusal is raised, a deadlock above all: locks are taken in one order, so there is none to try again.
    """
    ready = threading.Barrier(len(works))

    def go(work: Work) -> Any:
        with app.app_context():
            ready.wait()
            try:
                return work()
            except Refused as no:
                return no
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(works)) as pool:
        found = list(pool.map(go, works))
    db.session.rollback()
    db.session.expire_all()
    return found


def moving(model: Any, pk: int, name: str, by: str, reason: str = "") -> Work:
    """One person makes one move of one paper."""

    def work() -> str:
        who = make.person(by)
        db.session.rollback()
        with unit_of_work():
            return str(engine.run(model, pk, name, who, reason=reason).state)

    return work


def token(app: Flask) -> dict[str, str]:
    """The boss's head of a request to the API."""
    answer = app.test_client().post("/api/v1/security/login", json={"username": "boss", "password": "caryard"})
    return {"Authorization": f"Bearer {answer.get_json()['access_token']}"}


def tally(results: list[Any]) -> Tally[str]:
    """How often what came of it: "done" or the refusal's kind."""
    return Tally(type(one).__name__ if isinstance(one, Refused) else "done" for one in results)


# ── PostgreSQL, sixteen threads ──────────────────────────────────────────────────────────────────────────────────────
class TestSixteenAtOnce:
    pytestmark = on_postgres

    def test_one_car_is_sold_once_however_many_sell_it(self, lot: Flask) -> None:
        holding = make.bought()
        sales = [make.sale(holding, price=str(58000 + n)).id for n in range(MANY)]
        found = together(lot, [moving(Sale, pk, "approve", "boss") for pk in sales])
        assert tally(found) == {"done": 1, "Invalid": MANY - 1}
        assert Tally(db.session.scalars(select(Sale.state).where(Sale.id.in_(sales)))) == {
            State.approved: 1,
            State.draft: MANY - 1,
        }
        winner = db.session.scalars(select(Sale).where(Sale.id.in_(sales), Sale.state == State.approved)).one()
        assert db.session.get_one(Holding, holding.id).closed_on == winner.dated_on

    def test_a_sale_is_approved_once_however_many_press_the_button(self, lot: Flask) -> None:
        sale = make.sale(make.bought())
        found = together(lot, [moving(Sale, sale.id, "approve", "boss") for _ in range(MANY)])
        assert tally(found) == {"done": 1, "WrongState": MANY - 1}
        entries = select(func.count()).where(JournalEntry.document_kind == "sale", JournalEntry.document_id == sale.id)
        assert db.session.scalar(entries) == 1
        told = select(func.count()).where(Audit.code == "sale.approved", Audit.row_id == sale.id)
        assert db.session.scalar(told) == 1

    def test_an_open_item_is_paid_once(self, lot: Flask) -> None:
        item = make.item_of(make.sold(), "receivable")
        papers = [make.settlement(item, "58000").id for _ in range(MANY)]
        found = together(lot, [moving(Settlement, pk, "approve", "accountant") for pk in papers])
        assert tally(found) == {"done": 1, "Invalid": MANY - 1}
        assert db.session.get_one(OpenItem, item.id).open == 0

    def test_an_open_item_is_paid_in_as_many_parts_as_there_is_money_owed(self, lot: Flask) -> None:
        item = make.item_of(make.sold(), "receivable")
        papers = [make.settlement(item, "14500").id for _ in range(MANY)]
        found = together(lot, [moving(Settlement, pk, "approve", "accountant") for pk in papers])
        assert tally(found) == {"done": 4, "Invalid": MANY - 4}
        assert db.session.scalar(select(func.sum(Match.amount)).where(Match.item_id == item.id)) == 58000

    def test_items_listed_in_any_order_make_no_deadlock(self, lot: Flask) -> None:
        ours = [make.item_of(make.sold(), "receivable") for _ in range(4)]

        def draft(order: list[OpenItem]) -> int:
            money = [{"money_account_id": make.money(), "amount": str(100 * len(order))}]
            lines = [{"item_id": item.id, "amount": "100"} for item in order]
            return make.settlement(order[0], "0", items=lines, money=money).id

        papers = [draft(ours[n % 4 :] + ours[: n % 4] if n % 2 else [*reversed(ours)]) for n in range(MANY)]
        found = together(lot, [moving(Settlement, pk, "approve", "accountant") for pk in papers])
        assert tally(found) == {"done": MANY}
        assert {db.session.get_one(OpenItem, item.id).settled for item in ours} == {100 * MANY}

    def test_numbers_have_no_gap_and_no_double_when_a_third_of_the_saves_fail(self, lot: Flask) -> None:
        class Broken(Refused):
            """Something fails after the number was drawn."""

        def work(seed: int) -> Work:
            dice = random.Random(seed)  # noqa: S311  # the same failures every time
            base = make.account("1002"), make.account("3001"), make.money(), make.store()

            def once(fails: bool) -> None:
                lines = [
                    {"account_id": base[0], "debit": make.yuan("1"), "money_account_id": base[2]},
                    {"account_id": base[1], "credit": make.yuan("1")},
                ]
                with unit_of_work():
                    records.save(
                        ManualEntry,
                        None,
                        {"text": "连号", "store_id": base[3], "dated_on": day, "lines": lines},
                        SYSTEM,
                    )
                    if fails:
                        raise Broken

            def many() -> int:
                kept = 0
                for _ in range(10):
                    try:
                        once(fails=dice.random() < 0.3)
                        kept += 1
                    except Broken:
                        db.session.rollback()
                return kept

            return many

        day = dt.date(2026, 10, 1)
        kept = sum(together(lot, [work(n) for n in range(MANY)]))
        assert kept < MANY * 10
        numbers = sorted(db.session.scalars(select(ManualEntry.number).where(ManualEntry.number.like("JZ2610-%"))))
        assert numbers == [f"JZ2610-{n:04d}" for n in range(1, kept + 1)]

    def test_taking_a_purchase_back_while_others_pay_it_lets_one_side_win(self, lot: Flask) -> None:
        won = Tally[str]()
        for _ in range(4):
            holding = make.bought()
            purchase = holding.purchase
            assert purchase is not None
            item = make.item_of(purchase)
            papers = [make.settlement(item, "45000").id for _ in range(MANY // 2)]
            undoing = [moving(Purchase, purchase.id, "unapprove", "buyer", "价格写错") for _ in range(MANY // 2)]
            found = together(
                lot,
                [
                    one
                    for pair in zip([moving(Settlement, pk, "approve", "boss") for pk in papers], undoing, strict=True)
                    for one in pair
                ],
            )
            assert tally(found)["done"] == 1, found
            refusals = {type(one) for one in found if isinstance(one, Refused)}
            assert refusals <= {Invalid, Blocked, WrongState}
            db.session.refresh(item)
            db.session.refresh(purchase)
            if purchase.state is State.approved:
                won["paid"] += 1
                assert item.open == 0
                assert item.amount == 45000
            else:
                won["taken back"] += 1
                assert item.amount == item.settled == 0
        assert won.total() == 4

    def test_a_month_is_closed_while_papers_post_into_it(self, lot: Flask) -> None:
        with unit_of_work():
            january = periods.made("2026-01").id
        papers = [make.manual_entry(dated_on="2026-01-15").id for _ in range(MANY - 2)]

        def close() -> str:
            who = make.person("accountant")
            db.session.rollback()
            with unit_of_work():
                return str(periods.close(january, who).state)

        posting = [moving(ManualEntry, pk, "approve", "accountant") for pk in papers]
        found = together(lot, [*posting[:7], close, close, *posting[7:]])
        assert tally(found[7:9]) == {"done": 1, "WrongState": 1}
        period = db.session.get_one(Period, january)
        assert period.state is PeriodState.closed
        assert periods.digests("2026-01")["2026-01"] == period.digest
        for pk, result in zip(papers, found[:7] + found[9:], strict=True):
            entries = select(func.count()).where(
                JournalEntry.document_kind == "manual_entry", JournalEntry.document_id == pk
            )
            assert db.session.scalar(entries) == (not isinstance(result, Refused))
            assert not isinstance(result, Refused) or isinstance(result, Invalid)

    def test_the_first_papers_of_a_month_are_saved_and_approved_by_many(self, lot: Flask) -> None:
        def work() -> str:
            lines = (
                {"account": "bank", "debit": "5", "money_account_id": make.money()},
                {"account": "capital", "credit": "5"},
            )
            db.session.rollback()
            paper = make.manual_entry(*lines, dated_on="2026-12-01")
            return make.approved(paper, "accountant").number

        assert db.session.scalar(select(func.count()).where(Period.month == "2026-12")) == 0
        numbers = together(lot, [work] * MANY)
        assert sorted(numbers) == [f"JZ2612-{n:04d}" for n in range(1, MANY + 1)]
        assert db.session.scalar(select(func.count()).where(Period.month == "2026-12")) == 1

    def test_one_new_vin_typed_by_many_is_one_car_and_is_bought_once(self, lot: Flask) -> None:
        car = make.car()
        seller = make.somebody("刘强", "buyer").id
        found = together(lot, [lambda: make.purchase(vehicle=dict(car), seller_id=seller).id] * MANY)
        assert tally(found) == {"done": MANY}, found
        assert db.session.scalar(select(func.count()).where(Vehicle.vin == car["vin"])) == 1
        approving = together(lot, [moving(Purchase, pk, "approve", "buyer") for pk in found])
        assert tally(approving) == {"done": 1, "Invalid": MANY - 1}
        vehicle = select(Vehicle.id).where(Vehicle.vin == car["vin"]).scalar_subquery()
        assert (
            db.session.scalar(select(func.count()).where(Holding.vehicle_id == vehicle, Holding.opened_on.is_not(None)))
            == 1
        )

    def test_one_known_car_described_anew_by_many_makes_no_deadlock(self, lot: Flask) -> None:
        vehicle = make.vehicle()
        car = {"vin": vehicle.vin}
        seller = make.somebody("刘强", "buyer").id

        def work(n: int) -> Work:
            typed = {"vehicle": {**car, "note": f"第 {n} 次"}} if n % 2 else {"vehicle_id": vehicle_id}
            return lambda: [make.purchase(seller_id=seller, **typed).id for _ in range(3)]

        vehicle_id = vehicle.id
        found = together(lot, [work(n) for n in range(MANY)])
        assert tally(found) == {"done": MANY}, found

    def test_of_two_who_save_the_same_draft_one_is_told(self, lot: Flask) -> None:
        paper = make.manual_entry()
        pk, version = paper.id, paper.version
        works = [
            lambda n=n: make.saved(ManualEntry, "accountant", pk, version=version, text=f"第 {n} 人").text
            for n in range(MANY)
        ]
        found = together(lot, works)
        assert tally(found) == {"done": 1, "Stale": MANY - 1}
        fresh = db.session.get_one(ManualEntry, pk)
        assert fresh.version == version + 1
        assert fresh.text == next(one for one in found if not isinstance(one, Stale))

    def test_a_till_pays_no_more_than_it_holds(self, lot: Flask) -> None:
        make.cash("1000")
        line = {"fee_item_id": make.fee("检测费"), "amount": "300"}
        papers = [make.expense(paid_from_id=make.money("门店现金"), lines=[line]).id for _ in range(MANY)]
        found = together(lot, [moving(engine.kinds()["expense"], pk, "approve", "accountant") for pk in papers])
        assert tally(found) == {"done": 3, "Invalid": MANY - 3}

    def test_costs_and_the_sale_of_one_car_come_one_after_the_other(self, lot: Flask) -> None:
        holding = make.bought()
        sale = make.sale(holding).id
        line = {"fee_item_id": make.fee("检测费"), "holding_id": holding.id, "amount": "300"}
        papers = [make.expense(lines=[line]).id for _ in range(MANY - 1)]
        works = [moving(engine.kinds()["expense"], pk, "approve", "accountant") for pk in papers]
        found = together(lot, [*works[:5], moving(Sale, sale, "approve", "boss"), *works[5:]])
        assert found[5] == "approved"
        assert {type(one) for one in found if isinstance(one, Refused)} <= {Invalid}

    def test_the_doors_answer_sixteen_at_once_with_one_yes_and_words(self, lot: Flask) -> None:
        """The same through the API: one 200, the others a refusal, and no `busy`."""
        sale = make.sale(make.bought()).id
        head = token(lot)

        def ask() -> tuple[int, str]:
            answer = lot.test_client().post(f"/api/v1/sale/{sale}/approve", json={"version": 1}, headers=head)
            return answer.status_code, (answer.json or {}).get("code", "")

        assert Tally(together(lot, [ask] * MANY)) == {(200, ""): 1, (409, "wrong_state"): MANY - 1}

    def test_a_deadlock_is_tried_again_and_reaches_nobody(self, lot: Flask) -> None:
        one, other = (make.party(name).id for name in ("甲", "乙"))
        met = threading.Barrier(2)
        tries: list[int] = []

        def work(first: int, second: int) -> Work:
            def crossing() -> None:
                tries.append(first)
                with unit_of_work():
                    db.session.execute(select(Party.id).where(Party.id == first).with_for_update())
                    if len(tries) <= 2:
                        met.wait()  # both hold one and want the other: PostgreSQL ends one of them
                    db.session.execute(select(Party.id).where(Party.id == second).with_for_update())

            return crossing

        assert together(lot, [lambda: retrying(work(one, other)), lambda: retrying(work(other, one))]) == [None, None]
        assert len(tries) == 3

    def test_a_door_whose_work_ended_in_a_deadlock_does_it_again(
        self, lot: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Simulated at both doors: the first try is ended by the database, the second is answered."""
        whole, tries = engine.run, Tally[str]()

        def run(*args: Any, **options: Any) -> Any:
            paper = whole(*args, **options)
            tries[paper.number] += 1
            if tries[paper.number] == 1:
                raise DBAPIError("COMMIT", {}, psycopg.errors.DeadlockDetected())
            return paper

        by_api, by_page = make.sale(make.bought()), make.sale(make.bought())
        monkeypatch.setattr(engine, "run", run)
        browser = lot.test_client()
        assert (
            browser.post(f"/api/v1/sale/{by_api.id}/approve", json={"version": 1}, headers=token(lot)).status_code
            == 200
        )
        browser.post("/login/", data={"username": "boss", "password": "caryard"})
        assert browser.post(f"/sale/{by_page.id}/approve", data={"version": "1"}).status_code == 302
        assert tries == {by_api.number: 2, by_page.number: 2}
        db.session.rollback()
        assert {db.session.get_one(Sale, sale.id).state for sale in (by_api, by_page)} == {State.approved}

    def test_what_stays_locked_is_not_tried_for_ever(self, lot: Flask) -> None:
        tries = []

        def hopeless() -> None:
            tries.append(1)
            raise DBAPIError("SELECT 1", {}, psycopg.errors.DeadlockDetected())

        with pytest.raises(DBAPIError):
            retrying(hopeless)
        assert 1 < len(tries) < 10


# ── SQLite, four processes ───────────────────────────────────────────────────────────────────────────────────────────
SAVES = 12


def a_process(number: int, tasks: dict[str, Any]) -> dict[str, Any]:
    """What one of the four does, each phase at the same time as the others; runs in a process of its own."""
    app = create_app(config.read())
    found: dict[str, Any] = {}
    with app.app_context():
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        found["numbers"] = [one for n in range(SAVES) if (one := _numbered(fails=n % 3 == number % 3)) is not None]
        found["settled"] = _outcome(moving(Settlement, tasks["settlements"][number], "approve", "accountant"))
        found["sold"] = _outcome(moving(Sale, tasks["sales"][number], "approve", "boss"))
        found["stale"] = sum(_add_a_note(tasks["party"]) for _ in range(SAVES))
        for _ in range(SAVES):
            _count_up(tasks["account"])
    return found


def _outcome(work: Work) -> str:
    try:
        retrying(work)
    except Refused as no:
        return type(no).__name__
    return "done"


def _numbered(*, fails: bool) -> str | None:
    with contextlib.suppress(Invalid), unit_of_work():
        number = draw("QX")
        if fails:
            raise Invalid([])
        return number
    return None


def _add_a_note(pk: int) -> int:
    """Read, change, save with the version that was read: again when somebody else was first. How often that was."""
    for tries in range(1000):
        party = db.session.get_one(Party, pk)
        seen, note = party.version, f"{party.note or ''}x"
        db.session.rollback()
        try:
            with unit_of_work():
                records.save(Party, pk, {"note": note}, SYSTEM, version=seen)
        except Stale:
            continue
        return tries
    raise AssertionError("never got through")


def _count_up(pk: int) -> None:
    """A read-modify-write without any version: the lock is taken before the read."""
    with unit_of_work():
        account = db.session.get_one(MoneyAccount, pk)
        account.position += 1


def test_four_processes_lose_nothing_on_sqlite(tmp_path: Path) -> None:
    url, _drop = new_database("sqlite", tmp_path)
    app = new_app(url, tmp_path / "home")
    with app.app_context():
        item = make.item_of(make.sold(), "receivable")
        holding = make.bought()
        tasks = {
            "settlements": [make.settlement(item, "58000").id for _ in range(PROCESSES)],
            "sales": [make.sale(holding, price=str(58000 + n)).id for n in range(PROCESSES)],
            "party": make.party("甲").id,
            "account": make.money("基本户"),
        }
        before = (
            db.session.get_one(Party, tasks["party"]).version,
            db.session.get_one(MoneyAccount, tasks["account"]).position,
        )
        db.session.remove()
        found = _four(url, tmp_path / "home", tasks)
        numbers = [number for one in found for number in one["numbers"]]
        assert sorted(numbers) == [f"QX{n:06d}" for n in range(1, len(numbers) + 1)]
        assert len(numbers) < PROCESSES * SAVES
        assert Tally(one["settled"] for one in found) == {"done": 1, "Invalid": PROCESSES - 1}
        assert Tally(one["sold"] for one in found) == {"done": 1, "Invalid": PROCESSES - 1}
        party = db.session.get_one(Party, tasks["party"])
        assert party.note == "x" * SAVES * PROCESSES
        assert party.version == before[0] + SAVES * PROCESSES
        assert db.session.get_one(MoneyAccount, tasks["account"]).position == before[1] + SAVES * PROCESSES
        assert db.session.execute(text("PRAGMA integrity_check")).scalar() == "ok"
        assert_books_hold()
        db.session.remove()
        db.engine.dispose()


def _four(url: str, home: Path, tasks: dict[str, Any]) -> list[dict[str, Any]]:
    """Start the four, wait until all are ready, let them go at once, and gather what they tell."""
    program = "import json, sys; from tests.test_concurrency import a_process; n, tasks = json.loads(sys.argv[1]); print(json.dumps(a_process(n, tasks)))"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, json.dumps([number, tasks])],
            cwd=ROOT,
            env=environment(url, home, 0),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(PROCESSES)
    ]
    try:
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n", process.communicate()[1]
        for process in started:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        told = [process.communicate(timeout=120) for process in started]
    finally:
        for process in started:
            process.kill()
    assert all(process.returncode == 0 for process in started), "\n".join(errors for _out, errors in told)
    return [json.loads(out.splitlines()[-1]) for out, _errors in told]
