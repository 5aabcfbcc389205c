"""Exact money: CNY, two decimals, one rounding function (half up). Never a float."""

import re
from decimal import ROUND_HALF_UP, Decimal

FEN = Decimal("0.01")
ZERO = Decimal("0.00")
MOST = Decimal("99999999999.99")
"""The largest amount a field takes: enough for any dealer, far inside BIGINT fen."""

_TYPED = re.compile(r"^([-−])?(\d+(?:\.\d*)?|\.\d+)(万|w|W)?$")
_NOISE = str.maketrans("", "", ",，¥￥ \u3000\t")


class NotMoney(ValueError):
    """What was typed is no amount of money; str() says why, as a key for the caller to word."""


def rounded(amount: Decimal) -> Decimal:
    """`amount` in yuan to whole fen, half up (away from zero), once per line."""
    return amount.quantize(FEN, ROUND_HALF_UP)


def typed(text: str) -> Decimal:
    """The amount a person typed, in yuan: `86000`, `86,000.00`, `￥8.6万`.

    万 multiplies exactly by 10,000. Raises NotMoney("format"), NotMoney("decimals") for parts of a fen (never rounded
    away) or NotMoney("range").
    """
    foreign = any(c.isdigit() and not c.isascii() for c in text)
    match = _TYPED.match(text.translate(_NOISE)) if len(text) <= 40 and not foreign else None
    if match is None:
        raise NotMoney("format")
    sign, digits, wan = match.groups()
    amount = Decimal(digits) * (10000 if wan else 1)
    if amount > MOST:  # first: more digits than a Decimal keeps cannot be rounded
        raise NotMoney("range")
    if amount != rounded(amount):
        raise NotMoney("decimals")
    return rounded(-amount if sign else amount)


def shown(amount: Decimal | None) -> str:
    """`86,000.00`, `−58,000.00`; — for none."""
    if amount is None:
        return "—"
    return f"{rounded(abs(amount)):,.2f}" if amount >= 0 else f"−{rounded(abs(amount)):,.2f}"


def whole(amount: Decimal | None) -> str:
    """Whole yuan for lists of cars: `112,800`; — for none."""
    return "—" if amount is None else f"{amount.quantize(Decimal(1), ROUND_HALF_UP):,}".replace("-", "−")


def plain(amount: Decimal) -> str:
    """As it travels in JSON and stands in an input: `86000.00`."""
    return f"{rounded(amount):.2f}"


def tax_within(gross: Decimal, rate: Decimal) -> Decimal:
    """The VAT inside a gross amount: round(gross × rate ÷ (1 + rate)). Source: worked_examples.md, rules used."""
    return rounded(gross * rate / (1 + rate))
