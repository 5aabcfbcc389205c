"""Numbers that name cars, people and companies, and how to tell a wrong one. Sources stand beside each rule."""

import datetime as dt
import re
from dataclasses import dataclass

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_11_2

VIN_VALUES = dict(
    zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", (*range(10), *range(1, 9), *range(1, 6), 7, 9, *range(2, 10)), strict=True)
)
"""What each letter counts in the check sum (ISO 3779 / GB 16735, annex); I, O and Q are never used."""
VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)

_MOBILE = re.compile(r"1[3-9]\d{9}")
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE = re.compile(
    rf"[{_PROVINCES}][A-HJ-NP-Z](?:[A-HJ-NP-Z0-9]{{5}}|[A-HJ-NP-Z0-9]{{4}}[挂学警港澳]|(?:[DF][A-HJ-NP-Z0-9]\d{{4}}|\d{{5}}[DF]))"
    rf"|[A-HJ-NP-Z0-9]{{6}}使|[{_PROVINCES}][A-HJ-NP-Z][A-HJ-NP-Z0-9]{{4}}领|[{_PROVINCES}][A-HJ-NP-Z][A-HJ-NP-Z]\d{{5}}"
)
_PASSPORT = re.compile(r"[A-Z0-9]{5,17}")
_PERMIT = re.compile(r"8[123]0000\d{12}|\d{17}[\dX]|[HM]\d{8,10}|\d{8}")


@dataclass(frozen=True)
class VinVerdict:
    """What is wrong with a VIN: `length`, `letter` (refused) or `check` (warned, may be overridden); None: nothing.

    `expected` is the check digit that position 9 should hold.
    """

    fault: str | None
    expected: str | None = None


def tidy(text: str) -> str:
    """Capital letters without blanks, dots and dashes: how VINs, plates and codes are stored."""
    return re.sub(r"[\s·•.\-]", "", text).upper()


def vin_check_digit(vin: str) -> str:
    """The check digit (0–9 or X) of a 17-character VIN; position 9 itself does not count. KeyError on I, O, Q."""
    total = sum(VIN_VALUES[letter] * weight for letter, weight in zip(vin, VIN_WEIGHTS, strict=True))
    return "0123456789X"[total % 11]


def judge_vin(vin: str) -> VinVerdict:
    """Check a tidied VIN (ISO 3779 / GB 16735). The check digit binds cars made for China and North America."""
    if len(vin) != 17:
        return VinVerdict("length")
    if any(letter not in VIN_VALUES for letter in vin):
        return VinVerdict("letter")
    expected = vin_check_digit(vin)
    return VinVerdict(None if vin[8] == expected else "check", expected)


def is_resident_id(number: str) -> bool:
    """18 characters, ISO 7064 MOD 11-2 (GB 11643) and a real birth date. County codes are not judged: they change."""
    if not re.fullmatch(r"\d{17}[\dX]", number) or not number.isascii() or not mod_11_2.is_valid(number):
        return False
    try:
        return dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14])) <= dt.date.today()  # noqa: DTZ011  # any zone will do
    except ValueError:
        return False


def is_passport(number: str) -> bool:
    """5 to 17 letters and digits."""
    return bool(_PASSPORT.fullmatch(number))


def is_permit(number: str) -> bool:
    """A residence or travel permit of Hong Kong, Macao (H/M and digits; 81, 82) or Taiwan (83, eight digits)."""
    return bool(_PERMIT.fullmatch(number)) and number.isascii()


def is_credit_code(number: str) -> bool:
    """A unified social credit code: 18 characters, GB 32100 check character."""
    try:
        uscc.validate(number)
    except ValidationError:
        return False
    return True


def is_mobile(number: str) -> bool:
    """A mainland mobile: 1, then 3–9, then nine digits."""
    return number.isascii() and bool(_MOBILE.fullmatch(number))


def is_plate(plate: str) -> bool:
    """A tidied plate: 7 characters, 8 for new energy, no I or O; 挂 学 警 港 澳 使 领 at the end (GA 36)."""
    return bool(_PLATE.fullmatch(plate))


def masked(text: str | None) -> str:
    """`136****4471`, `3306**********3518`: enough to recognise, too little to use."""
    if not text:
        return ""
    if len(text) <= 7:
        return text[0] + "*" * (len(text) - 1)
    head = 3 if len(text) == 11 else 4
    return text[:head] + "*" * (len(text) - head - 4) + text[-4:]
