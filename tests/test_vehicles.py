"""Cars: what identity may be saved, and that the kept status is the derived one."""

from typing import Any

import pytest
from sqlalchemy import select

from app.enums import VehicleStatus
from app.errors import Invalid, NotAllowed, NotThere
from app.extensions import db
from app.models import Vehicle
from app.queries import SYSTEM
from app.workflows.vehicles import derived_status, status_of, vin_warning
from tests import make


def test_vin_and_plate_are_tidied(app: Any) -> None:
    car = make.saved(Vehicle, SYSTEM, vin=f" {make.vin(5).lower()}", plate="京a·d12345", engine_no=" ea888 ")
    assert (car.vin, car.plate, car.engine_no) == (make.vin(5), "京AD12345", "EA888")


@pytest.mark.parametrize(
    ("raw", "fields"),
    [
        ({"vin": "LFV3A23C0N310000"}, {"vin"}),
        ({"vin": "LFV3A23C0N310000O"}, {"vin"}),
        ({"vin": "LFV3A23C0N3100001", "plate": "京I12345"}, {"plate"}),
        ({}, {"vin"}),
    ],
)
def test_what_no_car_may_be_saved_with(app: Any, raw: dict[str, Any], fields: set[str]) -> None:
    with pytest.raises(Invalid) as caught:
        make.saved(Vehicle, SYSTEM, **raw)
    assert set(make.problems_of(caught.value)) == fields


def test_a_wrong_check_digit_warns_until_a_reason_is_given(app: Any) -> None:
    vin = make.vin(6)
    car = make.saved(Vehicle, SYSTEM, vin=vin[:8] + ("1" if vin[8] == "0" else "0") + vin[9:])
    assert vin[8] in (vin_warning(car) or "")
    make.saved(Vehicle, SYSTEM, car.id, vin_override_reason="平行进口")
    assert vin_warning(car) is None
    assert vin_warning(make.vehicle()) is None


def test_a_vin_exists_once(app: Any) -> None:
    make.saved(Vehicle, SYSTEM, vin=make.vin(5))
    with pytest.raises(Invalid) as caught:
        make.saved(Vehicle, SYSTEM, vin=make.vin(5))
    assert set(make.problems_of(caught.value)) == {"vin"}


def test_in_its_own_window_a_cars_identity_may_still_be_corrected(app: Any) -> None:
    car = make.bought().vehicle
    make.saved(Vehicle, "buyer", car.id, engine_no="EA889")
    assert car.engine_no == "EA889"
    with pytest.raises(NotThere):
        make.saved(Vehicle, "buyer2", car.id, engine_no="X")
    with pytest.raises(NotAllowed):
        make.saved(Vehicle, "sales", car.id, engine_no="X")


def test_kept_and_derived_status_agree_on_the_whole_road(app: Any) -> None:
    def agree(car: Any, status: Any) -> None:
        assert (car.status, status_of(car)) == (status, status)

    car = make.vehicle()
    agree(car, VehicleStatus.appraising)
    paper = make.purchase(vehicle={"vin": car.vin})
    agree(car, VehicleStatus.arriving)
    holding = make.approved(paper, "buyer").holding
    agree(car, VehicleStatus.to_recondition)
    make.priced(holding)
    agree(car, VehicleStatus.for_sale)
    sale = make.sold(holding)
    agree(car, VehicleStatus.sold)
    make.move(sale, "unapprove", "accountant", "错")
    agree(car, VehicleStatus.for_sale)
    rows = db.session.execute(select(Vehicle.id, derived_status(Vehicle.__table__.c.id)))
    assert [tuple(row) for row in rows] == [(car.id, VehicleStatus.for_sale)]


def test_what_papers_say_of_a_car_does_not_make_a_persons_edit_stale(app: Any) -> None:
    car = make.bought().vehicle
    seen = car.version
    make.priced(car.holdings[0])
    make.saved(Vehicle, "buyer", car.id, version=seen, note="有划痕")
