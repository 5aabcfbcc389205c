"""Numbers that are valid in form and belong to nobody."""

import datetime as dt

from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2

from app.identity import vin_check_digit

YEAR_LETTERS = dict(zip(range(2010, 2031), "ABCDEFGHJKLMNPRSTVWXY", strict=True))
"""Model year → position 10 of a VIN (GB 16735, table 1)."""
PLATE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def vin(wmi: str, serial: int, year: int) -> str:
    """A VIN of a maker that exists, of a type called DEMO that does not."""
    without = f"{wmi}DEM0{serial % 10}0{YEAR_LETTERS[year]}A{serial:06d}"
    return without[:8] + vin_check_digit(without) + without[9:]


def engine_no(serial: int) -> str:
    """As short as on many engines."""
    return f"DM{serial * 7919 % 1_000_000:06d}"


def plate(serial: int, *, new_energy: bool) -> str:
    """A plate of prefecture D in Zhejiang; eight characters for new energy."""
    letters = PLATE_LETTERS[serial % 24].replace("O", "P") + PLATE_LETTERS[serial * 5 % 24]
    return f"浙DD{serial * 37 % 10_000:05d}" if new_energy else f"浙D{serial * 53 % 1000:03d}{letters}"


def mobile(serial: int) -> str:
    """A mobile of a block that no operator has given out."""
    return f"1990000{serial:04d}"


def resident_id(serial: int, born: dt.date) -> str:
    """A resident ID of a county (330699) that does not exist."""
    body = f"330699{born:%Y%m%d}{serial % 1000:03d}"
    return body + mod_11_2.calc_check_digit(body)


def credit_code(serial: int) -> str:
    """A unified social credit code of the same county."""
    body = f"91330699MA{serial:07d}"
    return body + uscc.calc_check_digit(body)
