"""The demonstration lot: loaded by the doors that staff use, clean, whole, and the same every time."""

import datetime as dt
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.security import check_password_hash

import config
from app import clock, create_app, identity, permissions, setup
from app.columns import Document
from app.demo import cars, catalogue, people
from app.enums import Direction, PeriodState, Side, State, VehicleStatus
from app.extensions import db
from app.models import (
    Audit,
    CarModel,
    CompanyProfile,
    Holding,
    JournalEntry,
    Login,
    OpenItem,
    Party,
    Period,
    PriceChange,
    Purchase,
    Sale,
    Settlement,
    Store,
    Vehicle,
)
from app.queries import actor_of
from app.workflows.books import check_books
from app.workflows.engine import choices, kinds
from app.workflows.price_change import price_in_force
from tests.conftest import DATABASES, new_database

TODAY = dt.date(2026, 11, 24)


def loaded(kind: str, folder: Path, today: dt.date) -> Iterator[tuple[Flask, setup.Prepared, float, list[str]]]:
    url, drop = new_database(kind, folder)
    environ = {
        "CARYARD_DATABASE_URL": url,
        "CARYARD_HOME": str(folder),
        "CARYARD_TODAY": today.isoformat(),
        "CARYARD_LOGIN_LIMIT": "off",
    }
    app = create_app(config.read(environ), WTF_CSRF_ENABLED=False)
    said: list[str] = []
    began = time.process_time()  # our own seconds, however busy the machine is
    prepared = setup.prepare(app, demo=True, say=said.append)
    yield app, prepared, time.process_time() - began, said
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    drop()


@pytest.fixture(scope="module", params=DATABASES)
def lot(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    yield from loaded(request.param, tmp_path_factory.mktemp("demo"), TODAY)


@pytest.fixture
def inside(lot: Any) -> Iterator[Flask]:
    """Within the application of the lot; what a test changes is taken back."""
    with lot[0].app_context():
        yield lot[0]
        db.session.rollback()


def count(statement: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(statement.subquery())) or 0


def papers() -> dict[str, type[Document]]:
    return kinds()


def test_it_loads_quickly_and_says_how_far_it_is(lot: Any) -> None:
    _app, prepared, seconds, said = lot
    assert seconds < 20
    assert len(said) > 5
    assert prepared.admin_password is None
    assert [username for _label, username, _password in prepared.logins][:4] == [
        "admin",
        "boss",
        "sales_manager",
        "sales",
    ]


def test_the_books_are_clean(inside: Flask) -> None:
    found = {finding.number: finding.breaches for finding in check_books()}
    assert found == {number: [] for number in range(1, 11)}


def test_every_kind_of_paper_is_there_in_every_state(inside: Flask) -> None:
    for model in papers().values():
        states = set(db.session.scalars(select(model.state)))
        assert states == set(State), model.__name__
        assert count(select(model.id).where(model.submitted_at.is_not(None))), model.__name__
        assert count(
            select(model.id).where(
                model.state == State.draft, model.submitted_at.is_(None), model.sent_back_reason.is_(None)
            )
        )
        assert count(select(model.id).where(model.sent_back_reason.is_not(None), model.submitted_at.is_(None))), (
            model.__name__
        )
    assert set(db.session.scalars(select(Settlement.direction))) == set(Direction)
    assert count(select(Purchase.id).where(Purchase.revision > 1, Purchase.state == State.approved))


def test_about_sixty_cars_stand_at_every_point_of_the_road(inside: Flask) -> None:
    assert count(select(Vehicle.id)) == len(cars.CARS) >= 60
    by_status = dict(db.session.execute(select(Vehicle.status, func.count()).group_by(Vehicle.status)).all())
    wanted = {VehicleStatus.arriving, VehicleStatus.to_recondition, VehicleStatus.for_sale, VehicleStatus.sold}
    assert all(by_status.get(status, 0) >= 2 for status in wanted), by_status
    assert by_status[VehicleStatus.for_sale] >= 20
    twice = select(Holding.vehicle_id).group_by(Holding.vehicle_id).having(func.count() > 1)
    assert count(twice) == 1, "one car came back"


def test_cars_people_and_firms_are_valid_in_form_and_nobody_s(inside: Flask) -> None:
    for vehicle in db.session.scalars(select(Vehicle)):
        assert identity.judge_vin(vehicle.vin).fault is None
        assert "DEM0" in vehicle.vin
        assert vehicle.plate is None or identity.is_plate(vehicle.plate)
    for party in db.session.scalars(select(Party)):
        assert (party.mobile or "").startswith("1990000")
        assert party.id_number is None or identity.is_resident_id(party.id_number)
        assert party.credit_code is None or identity.is_credit_code(party.credit_code)
        assert party.id_number is None or party.id_number.startswith("330699")


def test_the_catalogue_holds_models_to_pick_from_with_codes_and_our_own_series(inside: Flask) -> None:
    assert count(select(CarModel.id)) == len(catalogue.DESCRIBED) + len(catalogue.NAMED) >= 200
    assert count(select(CarModel.id).where(CarModel.code.like("CX%"))) > 20


def test_some_money_is_overdue_and_some_came_in_part(inside: Flask) -> None:
    open_ = OpenItem.amount > OpenItem.settled
    for kind, side in (("sale", Side.D), ("purchase", Side.C)):
        assert count(
            select(OpenItem.id).where(
                OpenItem.document_kind == kind, OpenItem.side == side, OpenItem.due_on < TODAY, open_
            )
        ), kind
    assert count(select(OpenItem.id).where(OpenItem.settled > 0, open_))


def test_prices_were_lowered_and_one_sale_waits_below_the_floor(inside: Flask) -> None:
    repriced = (
        select(PriceChange.holding_id)
        .where(PriceChange.state == State.approved)
        .group_by(PriceChange.holding_id)
        .having(func.count() > 1)
    )
    assert count(repriced) >= 5
    waiting = db.session.scalars(select(Sale).where(Sale.submitted_at.is_not(None))).all()
    below = [sale for sale in waiting if (price := price_in_force(sale.holding_id, TODAY)) and sale.price < price.floor]
    assert len(below) == 1
    manager, boss = (
        actor_of(db.session.scalars(select(Login.id).where(Login.username == name)).one())
        for name in ("sales_manager", "boss")
    )
    assert manager is not None
    assert boss is not None
    lacking = {
        who.name: next(c.lacking for c in choices(below[0], who) if c.name == "approve") for who in (manager, boss)
    }
    assert lacking["周敏"]
    assert lacking["丁海峰"] == []


def test_papers_are_dated_and_stamped_on_their_days_up_to_today(inside: Flask) -> None:
    for model in papers().values():
        for paper in db.session.scalars(select(model)):
            assert TODAY - dt.timedelta(days=100) <= paper.dated_on <= TODAY
            assert clock.local(paper.created_at).date() == paper.dated_on
            assert paper.approved_at is None or paper.approved_at >= paper.created_at
    assert db.session.scalar(select(func.max(Sale.dated_on))) == TODAY
    moments = db.session.scalars(select(Audit.at).order_by(Audit.id)).all()
    assert moments == sorted(moments)
    assert all(clock.local(at).date() <= TODAY for at in db.session.scalars(select(JournalEntry.written_at)))


def test_every_paper_was_written_and_approved_by_somebody_who_may(inside: Flask) -> None:
    names = dict(db.session.execute(select(Login.id, Login.username)).all())
    for model in papers().values():
        assert all(paper.created_by_id in names for paper in db.session.scalars(select(model)))
        assert "admin" not in {
            names[paper.approved_by_id]
            for paper in db.session.scalars(select(model).where(model.state == State.approved))
        }


def test_the_oldest_month_is_closed_and_the_others_are_open(inside: Flask) -> None:
    states = dict(db.session.execute(select(Period.month, Period.state).order_by(Period.month)).all())
    first, *rest = states.values()
    assert first is PeriodState.closed
    assert set(rest) == {PeriodState.open}
    assert len(rest) >= 2


def test_the_company_says_that_it_is_a_demonstration(inside: Flask) -> None:
    profile = db.session.scalars(select(CompanyProfile)).one()
    assert (profile.name, profile.is_demo) == ("安途二手车", True)
    assert [store.name for store in db.session.scalars(select(Store).order_by(Store.position))] == ["城东店", "城西店"]


def test_every_role_has_somebody_and_every_log_in_works(lot: Any, inside: Flask) -> None:
    prepared = lot[1]
    held = {role.name for login in db.session.scalars(select(Login)) for role in login.roles}
    assert held == set(permissions.ROLES)
    for label, username, password in prepared.logins:
        assert label
        login = db.session.scalars(select(Login).where(Login.username == username)).one()
        assert check_password_hash(login.password, password)
        assert login.active
        assert not login.must_change_password
    db.session.rollback()
    for _label, username, password in prepared.logins:
        browser = inside.test_client()
        form = {"username": username, "password": password}
        answer = fresh(partial(browser.post, "/login/", data=form))
        assert (answer.status_code, answer.headers["Location"]) == (302, "/"), username


def fresh(request: Callable[[], Any]) -> Any:
    """A request in an empty context, as a server answers it."""
    import contextvars

    return contextvars.Context().run(request)


def test_a_pretended_moment_ends_with_its_block() -> None:
    earlier, later = (dt.datetime(2026, month, 30, 17, tzinfo=dt.UTC) for month in (6, 9))
    with clock.pretend(earlier):
        with clock.pretend(later):
            assert (clock.now(), clock.today()) == (later, dt.date(2026, 10, 1)), "one o'clock at night in Shanghai"
        assert clock.now() == earlier
    assert abs(clock.now() - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)


def test_a_second_start_finds_it_there(lot: Any) -> None:
    app = lot[0]
    with app.app_context():
        before = count(select(Audit.id))
    began = time.monotonic()
    said: list[str] = []
    assert setup.prepare(app, demo=True, say=said.append).logins == people.logins()
    assert time.monotonic() - began < 2
    assert said == []
    with app.app_context():
        assert count(select(Audit.id)) == before


def test_the_same_day_gives_the_same_lot(lot: Any, tmp_path: Path) -> None:
    def told() -> list[Any]:
        rows = db.session.execute(
            select(Sale.number, Sale.price, Sale.dated_on, Party.name)
            .join(Party, Party.id == Sale.buyer_id)
            .order_by(Sale.number)
        )
        return [*map(tuple, rows), count(select(JournalEntry.id))]

    with lot[0].app_context():
        first = told()
    for other, *_rest in loaded("sqlite", tmp_path, TODAY):
        with other.app_context():
            assert told() == first


@pytest.mark.slow
@pytest.mark.parametrize("today", [dt.date(2027, 3, 20), dt.date(2028, 2, 29), dt.date(2031, 7, 6)])
def test_it_loads_whatever_day_it_is(tmp_path: Path, today: dt.date) -> None:
    for app, *_rest in loaded("sqlite", tmp_path, today):
        with app.app_context():
            assert not [finding for finding in check_books() if finding.breaches]
            assert {State.draft, State.approved, State.void} <= set(db.session.scalars(select(Settlement.state)))
