"""车型库: brands, makers, series and models from a file, in bulk; again without duplicates.

The file is a CSV with the columns of `COLUMNS` in its first line, UTF-8 or GB 18030. A model is known by its code, the rest
by name. What staff added to a model (energy, gearbox, …) stays; so do models that the file does not name.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import bindparam, insert, literal, select, text, update

from app import clock
from app.errors import Invalid, NotAllowed
from app.extensions import db
from app.models import Audit, Brand, CarModel, Maker, Series
from app.queries import Actor

COLUMNS = ("首字母", "品牌", "厂商", "车系", "年款", "车型", "车型代码")
AT_ONCE = 2_000
OURS = re.compile(r"CX\d{6,}")
"""Codes that we give ourselves to models in no catalogue (workflows/records.py)."""
YEAR = re.compile(r"((?:19|20)\d\d)款?")

Progress = Callable[[int, int], None]
"""(steps done, steps in all): told now and then."""


class Line(NamedTuple):
    """One good line of the file, tidied."""

    number: int
    initial: str
    brand: str
    maker: str
    series: str
    year: int
    name: str
    code: str


@dataclass
class Report:
    """What an import did. `faults` were not imported, `remarks` were and want a look: (line of the file, sentence)."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    faults: list[tuple[int, str]] = field(default_factory=list)
    remarks: list[tuple[int, str]] = field(default_factory=list)


def import_catalogue(path: Path, actor: Actor, progress: Progress = lambda _done, _all: None) -> Report:
    """Bring the catalogue to what the file says. Bad lines are left out and told; the caller commits.

    Raises NotAllowed for those who may not edit the catalogue, Invalid when the file as a whole cannot be read.
    """
    if not all(actor.may("edit", kind) for kind in ("Brand", "Maker", "Series", "CarModel")):
        raise NotAllowed(_("您没有维护车型库的权限。"))
    report = Report()
    _lock()
    lines = _consistent(list(read(decoded(path.read_bytes()), report)), report)
    _write(lines, actor, report, progress)
    db.session.execute(
        insert(Audit).values(
            at=clock.now(),
            user_id=actor.user_id,
            code="catalogue.imported",
            table_name="car_model",
            row_id=0,
            number=path.name[:30],
            after={
                "added": report.added,
                "changed": report.changed,
                "unchanged": report.unchanged,
                "faults": len(report.faults),
            },
            door=actor.door,
        )
    )
    return report


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def decoded(raw: bytes) -> str:
    """The text of a file as Excel and others write it: UTF-8 with or without mark, else GB 18030."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid([("file", _("文件编码无法识别，请存为 UTF-8 编码的 CSV。"))])


def read(content: str, report: Report) -> Iterator[Line]:
    """The good lines; what is wrong with the others goes to the report."""
    rows = csv.reader(io.StringIO(content, newline=""))
    try:
        head = [cell.strip() for cell in next(rows, [])]
        if lacking := [name for name in COLUMNS if name not in head]:
            raise Invalid([("file", _("文件第一行缺少这些列：%(columns)s。", columns="、".join(lacking)))])
        places = [head.index(name) for name in COLUMNS]
        for row in rows:
            if any(cell.strip() for cell in row):
                cells = [tidy(row[place]) if place < len(row) else "" for place in places]
                yield from _line(rows.line_num, cells, report)
    except csv.Error as fault:
        raise Invalid(
            [("file", _("第 %(line)s 行不是 CSV：%(fault)s", line=rows.line_num, fault=str(fault)))]
        ) from fault


def tidy(cell: str) -> str:
    """Without blanks at the ends, and with one where there were several."""
    return " ".join(cell.split())


def _line(number: int, cells: Sequence[str], report: Report) -> Iterator[Line]:
    initial, brand, maker, series, year, name, code = cells
    empty = [column for column, cell in zip(COLUMNS[1:], cells[1:], strict=True) if not cell]
    if empty:
        report.faults.append((number, _("没有填：%(columns)s。", columns="、".join(empty))))
        return
    found = YEAR.fullmatch(year)
    faults = [
        *(
            _("“%(text)s”太长，最多 %(most)s 个字。", text=cell[:20], most=most)
            for cell, most in _lengths(cells)
            if len(cell) > most
        ),
        *([] if found else [_("年款“%(year)s”不是四位年份。", year=year[:20])]),
        *(
            []
            if re.fullmatch("[A-Z]?", initial.upper())
            else [_("首字母“%(initial)s”不是一个字母。", initial=initial[:5])]
        ),
        *([_("含有无法保存的字符。")] if any("\x00" in cell for cell in cells) else []),
    ]
    if faults or found is None:
        report.faults.append((number, "".join(faults)))
        return
    if "\ufffd" in "".join(cells):
        report.remarks.append((number, _("“%(name)s”含有乱码，已照原样导入。", name=name)))
    named = YEAR.match(name)
    if named and named[1] != found[1]:
        report.remarks.append(
            (number, _("年款 %(year)s 与车型名“%(name)s”不一致，按年款导入。", year=found[1], name=name))
        )
    yield Line(number, initial.upper(), brand, maker, series, int(found[1]), name, code)


def _lengths(cells: Sequence[str]) -> Iterator[tuple[str, int]]:
    columns = (Brand.name, Maker.name, Series.name, CarModel.name, CarModel.code)
    for cell, column in zip((cells[1], cells[2], cells[3], cells[5], cells[6]), columns, strict=True):
        yield cell, int(column.type.length)


def _consistent(lines: Iterable[Line], report: Report) -> list[Line]:
    """Without lines whose code came before in the file, or is ours to give."""
    ours = set(db.session.scalars(select(CarModel.code).where(CarModel.code.like("CX%"))))
    seen: dict[str, int] = {}
    good = []
    for line in lines:
        first = seen.setdefault(line.code, line.number)
        if first != line.number:
            report.faults.append(
                (line.number, _("车型代码 %(code)s 与第 %(first)s 行重复。", code=line.code, first=first))
            )
        elif OURS.fullmatch(line.code) and line.code not in ours:
            report.faults.append((line.number, _("%(code)s 是本系统自编的代码，不能导入。", code=line.code)))
        else:
            good.append(line)
    report.faults.sort()
    return good


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def _write(lines: Sequence[Line], actor: Actor, report: Report, progress: Progress) -> None:
    stamps = {"created_by_id": actor.user_id, "changed_by_id": actor.user_id}
    above: dict[tuple[int | None, str], dict[str, Any]] = {}
    for line in lines:
        above.setdefault((None, line.brand), {"initial": line.initial or None, **stamps})
    brands = _below(Brand, None, above)
    _set_initials(lines, brands, actor)
    places = [(brands[None, line.brand], line.maker) for line in lines]
    makers = _below(Maker, Maker.brand_id, {(up, name): {"brand_id": up, **stamps} for up, name in places})
    places = [(makers[place], line.series) for place, line in zip(places, lines, strict=True)]
    series = _below(Series, Series.maker_id, {(up, name): {"maker_id": up, **stamps} for up, name in places})
    columns = (CarModel.code, CarModel.id, CarModel.series_id, CarModel.name, CarModel.model_year)
    known = {code: (pk, facts) for code, pk, *facts in db.session.execute(select(*columns))}
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for place, line in zip(places, lines, strict=True):
        facts = {"series_id": series[place], "name": line.name, "model_year": line.year}
        if line.code not in known:
            new.append({"code": line.code, **facts, **stamps})
        elif known[line.code][1] != list(facts.values()):
            changed.append({"pk": known[line.code][0], **facts, "by": actor.user_id, "at": clock.now()})
    change = (
        update(CarModel)
        .where(CarModel.id == bindparam("pk"))
        .values(
            series_id=bindparam("series_id"),
            name=bindparam("name"),
            model_year=bindparam("model_year"),
            changed_at=bindparam("at"),
            changed_by_id=bindparam("by"),
            version=CarModel.version + 1,
        )
    )
    total, done = len(new) + len(changed), 0
    progress(0, total)
    connection = db.session.connection()
    for statement, rows in ((insert(CarModel), new), (change, changed)):
        for start in range(0, len(rows), AT_ONCE):
            part = rows[start : start + AT_ONCE]
            connection.execute(statement, part)
            done += len(part)
            progress(done, total)
    db.session.expire_all()
    report.added, report.changed = len(new), len(changed)
    report.unchanged = len(lines) - total


def _below(
    model: Any, parent: Any, wanted: dict[tuple[int | None, str], dict[str, Any]]
) -> dict[tuple[int | None, str], int]:
    """Ids by (id above, name), rows that are missing made; `parent` is the column that points above, None for brands."""

    def known() -> dict[tuple[int | None, str], int]:
        above = literal(None) if parent is None else parent
        return {(up, name): pk for up, name, pk in db.session.execute(select(above, model.name, model.id))}

    found = known()
    if new := [{"name": name, **facts} for (up, name), facts in wanted.items() if (up, name) not in found]:
        db.session.execute(insert(model), new)
        found = known()
    return found


def _set_initials(lines: Sequence[Line], brands: dict[tuple[int | None, str], int], actor: Actor) -> None:
    now = {row.name: row.initial for row in db.session.execute(select(Brand.name, Brand.initial))}
    for name, initial in {line.brand: line.initial for line in lines if line.initial}.items():
        if now[name] != initial:
            values = {
                "initial": initial,
                "changed_at": clock.now(),
                "changed_by_id": actor.user_id,
                "version": Brand.version + 1,
            }
            db.session.execute(update(Brand).where(Brand.id == brands[None, name]).values(**values))


def _lock() -> None:
    """Of two imports at once the second waits. (SQLite's transactions do that by themselves.)"""
    if db.session.connection().dialect.name == "postgresql":
        db.session.execute(text("LOCK TABLE car_model IN SHARE ROW EXCLUSIVE MODE"))
