"""How a row is called where another points at it: label, hint, the right-hand fact. One place for lists, forms, pickers, API."""

from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from app import money
from app.columns import Base, Document
from app.enums import State
from app.models import (
    Account,
    CarModel,
    Employee,
    Holding,
    Maker,
    MoneyAccount,
    OpenItem,
    Party,
    Period,
    Series,
    Vehicle,
    Warehouse,
)


@dataclass(frozen=True)
class Described:
    """What tells this row from its neighbours. `extra` fills other fields of a form when the row is picked."""

    label: str
    hint: str = ""
    right: str = ""
    show_hint: bool = False
    extra: dict[str, Any] = field(default_factory=dict)


def describe(row: Base | None) -> Described:
    """Label and hint of any row; relationships named in `loads` are used, nothing that is cost."""
    if row is None:
        return Described("—")
    writer = DESCRIBE.get(type(row))
    return writer(row) if writer else Described(str(row))


def loads(model: type[Any]) -> list[Any]:
    """Loader options that `describe` needs for rows of a table."""
    return LOADS.get(model, list)() if model in LOADS else []


def car(vehicle: Vehicle) -> Described:
    """`凯美瑞 2019款 2.5G 豪华版` with plate and VIN tail."""
    model = vehicle.car_model
    label = (
        f"{model.series.name} {model.name}"
        if model and model.series.name not in model.name
        else model.name
        if model
        else vehicle.vin
    )
    plate = f"{vehicle.plate[:2]}·{vehicle.plate[2:]}" if vehicle.plate else ""
    return Described(label, " ".join(part for part in (plate, f"…{vehicle.vin[-6:]}") if part))


def _holding(holding: Holding) -> Described:
    described = car(holding.vehicle)
    return Described(described.label, f"{described.hint} · {holding.stock_no}", holding.warehouse.name)


def _party(party: Party) -> Described:
    roles = "、".join(str(one.role.label) for one in party.roles)
    return Described(
        party.name,
        " · ".join(part for part in (str(party.kind.label), roles, party.code) if part),
        f"…{party.mobile[-4:]}" if party.mobile else "",
    )


def _model(model: CarModel) -> Described:
    price = _("新车 %(price)s", price=money.whole(model.new_price)) if model.new_price else ""
    name = model.name if model.series.name in model.name else f"{model.series.name} {model.name}"
    return Described(
        name,
        f"{model.series.maker.brand.name} › {model.series.maker.name}",
        " ".join(p for p in (model.code, price) if p),
    )


def _open_item(item: OpenItem) -> Described:
    return Described(f"{item.number} {item.account.name}", item.dated_on.isoformat(), money.shown(item.open))


DESCRIBE: dict[type[Any], Any] = {
    Vehicle: car,
    Holding: _holding,
    Party: _party,
    CarModel: _model,
    OpenItem: _open_item,
    Employee: lambda row: Described(row.name, row.code),
    Warehouse: lambda row: Described(row.name),
    Account: lambda row: Described(f"{row.number} {row.name}"),
    MoneyAccount: lambda row: Described(row.name),
    Series: lambda row: Described(row.name, row.maker.name),
    Period: lambda row: Described(row.month),
}

LOADS: dict[type[Any], Any] = {
    Vehicle: lambda: [joinedload(Vehicle.car_model).joinedload(CarModel.series)],
    Holding: lambda: [
        joinedload(Holding.vehicle).joinedload(Vehicle.car_model).joinedload(CarModel.series),
        joinedload(Holding.warehouse),
    ],
    CarModel: lambda: [joinedload(CarModel.series).joinedload(Series.maker).joinedload(Maker.brand)],
    OpenItem: lambda: [joinedload(OpenItem.account)],
    Series: lambda: [joinedload(Series.maker)],
}


def number_of(row: Any) -> str:
    """How a paper or row is called in a sentence."""
    return row.number if isinstance(row, Document) else describe(row).label


def state_face(paper: Document) -> tuple[str, str]:
    """(label, tone) of where a paper stands, the marks on a draft included: 已提交, 退回."""
    if paper.state is State.draft and paper.submitted_at:
        return str(_("已提交")), "amber"
    if paper.state is State.draft and paper.sent_back_reason:
        return str(_("退回")), "red"
    return str(paper.state.label), paper.state.tone
