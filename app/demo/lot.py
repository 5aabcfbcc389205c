"""Loading the demonstration lot: three months of papers, each written by whoever writes it, on its own day.

What happens is laid out first as a list of (moment, what to do), then done in the order of time with the clock set to
each moment. The plan is the same for the same day: one random generator with a fixed seed.
"""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from functools import partial

from sqlalchemy import select, update

from app import clock
from app.demo import catalogue, invented, people
from app.demo.fates import FATES, Fates
from app.demo.hands import DAYS, Deed, at, ids_by_name
from app.demo.office import Office
from app.demo.people import EAST, WEST
from app.extensions import db
from app.models import (
    BodyType,
    Brand,
    CarModel,
    CompanyProfile,
    EmissionStandard,
    EnergyType,
    Gearbox,
    Maker,
    Series,
    TaxRate,
)
from app.queries import Actor
from app.workflows import records

COMPANY = "安途二手车"

Say = Callable[[str], None]
Seed = Callable[..., None]


def load(seed: Seed, say: Say) -> None:
    """Fill an empty database; `seed(name, first_period_on=…)` makes the company. The caller commits.

    Takes some seconds and says how far it is.
    """
    say("载入演示车行 … Loading the demonstration lot …")
    today = clock.today()
    first = today - dt.timedelta(days=DAYS)
    with clock.pretend(at(first - dt.timedelta(days=3), 9)):
        seed(COMPANY, first_period_on=first)
        _profile(today)
        staff = people.settle_in()
        models = _catalogue(staff["buyer"])
    lot = Lot(today, staff, models)
    deeds = lot.plan()
    ceiling = clock.now() if clock.local(clock.now()).date() == today else at(today, 18)
    for done, (moment, deed) in enumerate(deeds):
        with clock.pretend(min(moment, ceiling)):
            deed()
        if done and done % (len(deeds) // 5) == 0:
            say(f"  {done}/{len(deeds)}")


class Lot(Fates, Office):
    """Three months of the company."""

    def plan(self) -> list[tuple[dt.datetime, Deed]]:
        """Everything that happens, in the order of time."""
        self.when(at(self.day(DAYS), 8, 30), self.firms)
        for store in (EAST, WEST):
            self.when(at(self.day(DAYS), 9), partial(self.opening, store))
        fates = [fate for fate, count in FATES for _ in range(count)]
        self.rng.shuffle(fates)
        for index, fate in enumerate(fates):
            getattr(self, fate)(self.car(index, fate))
        self.monthly()
        self.oddities()
        return [(moment, deed) for moment, _order, deed in sorted(self.deeds, key=lambda one: one[:2])]


def _profile(today: dt.date) -> None:
    profile = db.session.scalars(select(CompanyProfile)).one()
    profile.is_demo = True
    profile.credit_code = invented.credit_code(1)
    profile.address, profile.phone = "江城市城东大道 188 号", "0575-80000001"
    # a lot is shown whenever somebody starts it, also after the rates we know have ended
    db.session.execute(update(TaxRate).where(TaxRate.to_on < today).values(to_on=None))


def _catalogue(actor: Actor) -> list[CarModel]:
    """Brands, makers, series and models; those of the cars, in the order of `catalogue.DESCRIBED`."""
    brands: dict[str, Brand] = {}
    makers: dict[tuple[str, str], Maker] = {}
    series: dict[tuple[str, str, str], Series] = {}

    def place(initial: str, brand: str, maker: str, name: str) -> int:
        if brand not in brands:
            brands[brand] = Brand(name=brand, initial=initial)
        if (brand, maker) not in makers:
            makers[brand, maker] = Maker(name=maker, brand=brands[brand])
        if (brand, maker, name) not in series:
            series[brand, maker, name] = Series(name=name, maker=makers[brand, maker])
            db.session.add(series[brand, maker, name])
            db.session.flush()
        return series[brand, maker, name].id

    words = {model: ids_by_name(model) for model in (BodyType, EnergyType, Gearbox, EmissionStandard)}
    described = []
    for (
        initial,
        brand,
        maker,
        name,
        year,
        model,
        code,
        ml,
        energy,
        gearbox,
        emission,
        body,
        seats,
        price,
    ) in catalogue.DESCRIBED:
        values = {
            "series_id": place(initial, brand, maker, name),
            "name": model,
            "model_year": year,
            "displacement_ml": ml,
            "energy_type_id": words[EnergyType][energy],
            "gearbox_id": words[Gearbox][gearbox],
            "emission_standard_id": words[EmissionStandard][emission] if emission else None,
            "body_type_id": words[BodyType][body],
            "seats": seats,
            "new_price": None if price is None else Decimal(price),
        }
        if code:
            row = CarModel(code=code, **values)
            db.session.add(row)
        else:
            row = records.save(CarModel, None, values, actor)
        described.append(row)
    for initial, brand, maker, name, year, model, code in catalogue.NAMED:
        db.session.add(CarModel(code=code, series_id=place(initial, brand, maker, name), name=model, model_year=year))
    db.session.flush()
    return described
