"""VAT by the dated table, never a constant in code (ledger.md, Taxes)."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import Date, Select, bindparam, select

from app.enums import TaxKind, TaxMethod
from app.errors import Invalid
from app.extensions import db
from app.memo import once
from app.models import CompanyProfile, TaxRate
from app.money import tax_within

TAXED_AS_BEFORE = frozenset({"sale_return", "settlement"})
"""Papers that take VAT back at the rate of an earlier day."""


@dataclass(frozen=True, slots=True)
class Taxed:
    """A gross amount split by a rate: `net + vat == gross`, the VAT rounded once."""

    gross: Decimal
    net: Decimal
    vat: Decimal
    rate_id: int


def split(gross: Decimal, kind: TaxKind, day: dt.date) -> Taxed:
    """Split one line's gross amount by the rate valid for the company on `day`.

    Invalid, naming the missing rate, where none is valid: it never falls to 0.
    """
    return Splitter(day).split(gross, kind)


class Rate(NamedTuple):
    """A row of the table of rates, as far as splitting needs it."""

    id: int
    rate: Decimal


def by_rate(gross: Decimal, row: Rate | TaxRate) -> Taxed:
    """Split a gross amount by a known rate (what is taken back goes at the rate of its sale)."""
    vat = tax_within(gross, row.rate)
    return Taxed(gross, gross - vat, vat, row.id)


class Splitter:
    """Splits the lines of one paper by the rates valid on its day, looked up once."""

    def __init__(self, day: dt.date) -> None:
        self.day = day
        self.known = rates_on(day)

    def split(self, gross: Decimal, kind: TaxKind) -> Taxed:
        """As `taxes.split`."""
        if kind not in self.known:
            raise Invalid(
                [
                    (
                        "dated_on",
                        _("%(day)s 没有“%(kind)s”的有效税率，请会计先在税率表中补上。", day=self.day, kind=kind.label),
                    )
                ]
            )
        return by_rate(gross, self.known[kind])


def rates_on(day: dt.date) -> dict[TaxKind, Rate]:
    """The rates for the company's kind of taxpayer on a day; used cars go by levy, the rest by the taxpayer's method."""
    found: dict[TaxKind, Rate] = {}
    for row in db.session.execute(_valid(), {"day": day}):
        found.setdefault(row.tax_kind, Rate(row.id, row.rate))
    return found


@once
def _valid() -> Select[TaxKind, int, Decimal]:
    day = bindparam("day", type_=Date)
    return (
        select(TaxRate.tax_kind, TaxRate.id, TaxRate.rate)
        .join(CompanyProfile, CompanyProfile.taxpayer == TaxRate.taxpayer)
        .where(TaxRate.from_on <= day, (TaxRate.to_on.is_(None)) | (TaxRate.to_on >= day))
        .order_by((TaxRate.method == TaxMethod.levy).desc(), TaxRate.from_on.desc(), TaxRate.id.desc())
    )
