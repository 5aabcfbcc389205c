"""The catalogue of models: imported, imported again, and added to in place."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

import config
from app.catalogue_import import import_catalogue
from app.errors import Invalid, NotAllowed
from app.extensions import db
from app.models import Audit, Brand, CarModel, EnergyType, Maker, Series
from app.queries import Actor
from app.workflows import records

HEAD = "首字母,品牌,厂商,车系,年款,车型,车型代码"
SAMPLE = f"""{HEAD}
D,大众,上汽大众,途观L,2021款,2021款 330TSI 自动两驱智享版,50001
D,大众,上汽大众,途观L,2020款,2020款 380TSI 四驱旗舰版,50002
D,大众,一汽-大众,迈腾,2019款,2019款 330TSI DSG 舒适型,50003
B,比亚迪,比亚迪,汉新能源,2022款,2022款 EV 创世版,50004
"""
FILE = Path(os.environ.get("CARYARD_TEST_DATA") or config.ROOT.parent / "shared" / "data") / "vehicle_catalogue.csv"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def to_file(content: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / "catalogue.csv"
        path.write_bytes(content.encode(encoding))
        return path

    return to_file


def count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def counts() -> list[int]:
    return [count(model) for model in (Brand, Maker, Series, CarModel)]


def model_of(code: str) -> CarModel:
    return db.session.scalars(select(CarModel).where(CarModel.code == code)).one()


def test_a_purchasing_manager_imports_the_catalogue(
    app: Flask, actor: Callable[[str], Actor], write: Callable[..., Path]
) -> None:
    report = import_catalogue(write(SAMPLE), actor("buyer"))
    assert (report.added, report.changed, report.unchanged, report.faults) == (4, 0, 0, [])
    assert counts() == [2, 3, 3, 4]
    model = model_of("50002")
    assert (model.name, model.model_year) == ("2020款 380TSI 四驱旗舰版", 2020)
    assert (model.series.name, model.series.maker.name) == ("途观L", "上汽大众")
    assert (model.series.maker.brand.name, model.series.maker.brand.initial) == ("大众", "D")
    assert model.created_by_id == actor("buyer").user_id
    after = db.session.scalars(select(Audit.after).where(Audit.code == "catalogue.imported")).one()
    assert after == {"added": 4, "changed": 0, "unchanged": 0, "faults": 0}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_file_may_come_out_of_excel(
    app: Flask, actor: Callable[[str], Actor], write: Callable[..., Path], encoding: str
) -> None:
    assert import_catalogue(write(SAMPLE.replace("\n", "\r\n"), encoding), actor("buyer")).added == 4
    assert db.session.scalars(select(Brand.name).order_by(Brand.name)).all() == sorted(["大众", "比亚迪"])


def test_importing_again_adds_nothing(app: Flask, actor: Callable[[str], Actor], write: Callable[..., Path]) -> None:
    import_catalogue(write(SAMPLE), actor("buyer"))
    before = counts()
    report = import_catalogue(write(SAMPLE), actor("buyer"))
    assert (report.added, report.changed, report.unchanged) == (0, 0, 4)
    assert counts() == before
    assert model_of("50001").version == 1


def test_a_changed_line_changes_its_model_and_keeps_what_staff_added(
    app: Flask, actor: Callable[[str], Actor], write: Callable[..., Path]
) -> None:
    import_catalogue(write(SAMPLE), actor("buyer"))
    energy = db.session.scalars(select(EnergyType).limit(1)).one()
    records.save(CarModel, model_of("50004").id, {"energy_type_id": energy.id, "seats": 5}, actor("buyer"))
    version = model_of("50004").version
    changed = SAMPLE.replace("汉新能源,2022款,2022款 EV 创世版", "汉EV,2023款,2023款 创世版").replace(
        "B,比亚迪", "Y,比亚迪"
    )
    report = import_catalogue(write(changed), actor("buyer"))
    assert (report.added, report.changed, report.unchanged) == (0, 1, 3)
    model = model_of("50004")
    assert (model.name, model.model_year, model.series.name) == ("2023款 创世版", 2023, "汉EV")
    assert (model.energy_type_id, model.seats, model.version) == (energy.id, 5, version + 1)
    assert model.series.maker.brand.initial == "Y"


def test_bad_lines_are_left_out_and_told_one_by_one(
    app: Flask, actor: Callable[[str], Actor], write: Callable[..., Path]
) -> None:
    bad = (
        """D,大众,上汽大众,,2021款,2021款 x,60001
D,大众,上汽大众,途岳,21款,x,60002
D,大众,上汽大众,途岳,2021款,再来一次,50001
D,斯柯达,上汽大众,明锐,2021款,2021款 x,60004
DD,大众,上汽大众,途岳,2021款,2021款 x,60005
D,大众,上汽大众,途岳,2021款,CX000001
D,大众,上汽大众,途岳,2021款,2021款 x,CX000001
"""
        f"D,大众,上汽大众,途岳,2021款,{'长' * 161},60008\n\nD,大众,上汽大众,途岳,2021款,2021款  good ,60009\n"
    )
    report = import_catalogue(write(SAMPLE + bad), actor("buyer"))
    assert report.added == 6
    assert model_of("60009").name == "2021款 good"
    assert [line for line, _sentence in report.faults] == [6, 7, 8, 10, 11, 12, 13]
    sentences = " ".join(sentence for _line, sentence in report.faults)
    for word in ("车系", "年款", "第 2 行重复", "首字母", "没有填：车型代码", "自编", "太长"):
        assert word in sentences


def test_one_maker_may_make_two_brands(app: Flask, actor: Callable[[str], Actor], write: Callable[..., Path]) -> None:
    import_catalogue(write(SAMPLE + "S,斯柯达,上汽大众,明锐,2021款,2021款 x,60004\n"), actor("buyer"))
    makers = db.session.scalars(select(Maker).where(Maker.name == "上汽大众")).all()
    assert {maker.brand.name for maker in makers} == {"大众", "斯柯达"}
    assert model_of("60004").series.maker.brand.name == "斯柯达"


def test_odd_lines_are_imported_with_a_remark(
    app: Flask, actor: Callable[[str], Actor], write: Callable[..., Path]
) -> None:
    odd = "B,宝马,宝马(进口),X5,2017款,2016款 xDrive40e,70001\nB,宝马,宝马(进口),X5,2019款,2019款 �影版,70002\n"
    report = import_catalogue(write(SAMPLE + odd), actor("buyer"))
    assert (report.added, [line for line, _sentence in report.remarks]) == (6, [6, 7])
    assert model_of("70001").model_year == 2017


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", HEAD.replace("车型代码", "code") + "\n"])
def test_a_file_of_another_kind_is_refused_and_nothing_is_written(
    app: Flask, actor: Callable[[str], Actor], write: Callable[..., Path], content: str
) -> None:
    with pytest.raises(Invalid, match="缺少这些列"):
        import_catalogue(write(content), actor("buyer"))
    assert counts() == [0, 0, 0, 0]


def test_a_file_that_is_no_text_is_refused(app: Flask, actor: Callable[[str], Actor], tmp_path: Path) -> None:
    path = tmp_path / "picture.csv"
    path.write_bytes(b"\x89PNG\xff\xff\xff\xff")
    with pytest.raises(Invalid):
        import_catalogue(path, actor("buyer"))


@pytest.mark.parametrize("who", ["sales", "accountant", "readonly", "cashier"])
def test_whoever_may_not_edit_the_catalogue_may_not_import_it(
    app: Flask, actor: Callable[[str], Actor], write: Callable[..., Path], who: str
) -> None:
    with pytest.raises(NotAllowed):
        import_catalogue(write(SAMPLE), actor(who))
    assert counts() == [0, 0, 0, 0]


def test_a_model_that_is_in_no_catalogue_gets_a_code_of_our_own(
    app: Flask, actor: Callable[[str], Actor], write: Callable[..., Path]
) -> None:
    import_catalogue(write(SAMPLE), actor("buyer"))
    series = db.session.scalars(select(Series.id).where(Series.name == "途观L")).one()
    first = records.save(
        CarModel, None, {"series_id": series, "name": "2024款 改款", "model_year": 2024}, actor("buyer")
    )
    second = records.save(CarModel, None, {"series_id": series, "name": "2025款"}, actor("buyer"))
    assert (first.code, second.code) == ("CX000001", "CX000002")
    report = import_catalogue(write(SAMPLE + "D,大众,上汽大众,途观L,2024款,2024款 定名,CX000001\n"), actor("buyer"))
    assert report.changed == 1, "a list that we gave out comes back"


def test_progress_is_told_up_to_the_end(app: Flask, actor: Callable[[str], Actor], write: Callable[..., Path]) -> None:
    told: list[tuple[int, int]] = []
    import_catalogue(write(SAMPLE), actor("buyer"), lambda done, total: told.append((done, total)))
    assert (told[0], told[-1]) == ((0, 4), (4, 4))


@pytest.mark.slow
@pytest.mark.skipif(not FILE.exists(), reason="real data missing")
def test_the_real_catalogue_comes_in_within_a_minute(app: Flask, actor: Callable[[str], Actor]) -> None:
    began = time.monotonic()
    report = import_catalogue(FILE, actor("buyer"))
    took = time.monotonic() - began
    assert (report.added, report.changed, report.faults) == (38_145, 0, [])
    assert counts() == [209, 264, 2_170, 38_145]
    assert len(report.remarks) == 10
    assert took < 60
    began = time.monotonic()
    again = import_catalogue(FILE, actor("buyer"))
    assert (again.added, again.changed, again.unchanged) == (0, 0, 38_145)
    assert time.monotonic() - began < 30


def test_the_command_line_imports_and_tells(app: Flask, write: Callable[..., Path]) -> None:
    path = write(SAMPLE + "D,大众,,途岳,2021款,x,60001\n")
    result = app.test_cli_runner().invoke(args=["import", "catalogue", str(path)])
    assert result.exit_code == 1
    assert "新增 added 4" in result.output
    assert "第 6 行未导入" in result.output
    assert counts()[3] == 4
    refused = app.test_cli_runner().invoke(args=["import", "catalogue", str(write("a,b\n"))])
    assert refused.exit_code == 1
    assert "缺少这些列" in refused.output
