"""收车入库: what a purchase does, and whom it lets."""

from typing import Any

import pytest
from sqlalchemy import func, select

from app.enums import VehicleStatus
from app.errors import Blocked, Invalid
from app.extensions import db
from app.models import Audit, Holding, Purchase, Vehicle
from tests import make
from tests.cases import DocumentCase, books, standing_entries


def legs(paper: Any) -> list[tuple[Any, ...]]:
    return [
        (line.account.number, line.party_id, line.holding_id, line.debit, line.credit)
        for entry in standing_entries(paper)
        for line in entry.lines
    ]


class TestPurchase(DocumentCase):
    model = Purchase
    author = "appraiser"
    approver = "buyer"
    unapprover = "boss"
    elsewhere = "buyer2"
    same_day_only = "buyer"
    second_pair = "boss"

    def draft(self) -> Any:
        return make.purchase(by="appraiser")

    def with_fees(self, **raw: Any) -> Any:
        agent = make.party("顺达代办", "agent")
        fees = [
            {"fee_item_id": make.fee("代办费"), "party_id": agent.id, "amount": "460"},
            {"fee_item_id": make.fee("物流费"), "party_id": agent.id, "amount": "380.50"},
        ]
        return make.purchase(price="86000", fees=fees, **raw)

    def test_fees_go_into_the_cost_of_the_car(self) -> None:
        paper = self.approve(self.with_fees())
        agent = make.party("顺达代办")
        assert legs(paper) == [
            ("1405", None, paper.holding.id, make.yuan("86840.50"), 0),
            ("2202", paper.seller_id, None, 0, make.yuan("86000")),
            ("2202", agent.id, None, 0, make.yuan("460")),
            ("2202", agent.id, None, 0, make.yuan("380.50")),
        ]
        assert make.item_of(paper, owed_to="顺达代办").open == make.yuan("840.50")

    def test_fees_are_selling_expense_where_the_company_wants_it_so(self) -> None:
        make.setting("purchase_fees_into_cost", False)
        paper = self.approve(self.with_fees())
        assert [(number, debit, credit) for number, _p, _h, debit, credit in legs(paper)][:2] == [
            ("1405", make.yuan("86000"), 0),
            ("5601", make.yuan("840.50"), 0),
        ]
        assert paper.fees_into_cost is False

    def test_a_car_given_for_nothing_has_an_entry_without_lines(self) -> None:
        paper = self.approve(make.purchase(price="0"))
        (entry,) = standing_entries(paper)
        assert entry.lines == []

    def test_the_car_learns_mileage_and_plate_and_keeps_them(self) -> None:
        paper = self.approve(make.purchase(mileage_km=61234, plate="京a·12345"))
        assert (paper.vehicle.mileage_km, paper.vehicle.plate) == (61234, "京A12345")
        self.unapprove(paper)
        assert (paper.vehicle.mileage_km, paper.vehicle.plate) == (61234, "京A12345")

    def test_the_status_follows_the_paper(self) -> None:
        paper = self.draft()
        assert make.status(paper) is VehicleStatus.arriving
        self.approve(paper)
        assert make.status(paper) is VehicleStatus.to_recondition
        self.unapprove(paper)
        assert make.status(paper) is VehicleStatus.arriving
        make.move(paper, "void", self.author, "不收了")
        assert make.status(paper) is VehicleStatus.appraising

    def test_a_holding_is_made_once_and_kept(self) -> None:
        paper = self.approve(self.draft())
        first = (paper.holding.id, paper.holding.stock_no)
        assert first[1].startswith("KC2611-")
        self.unapprove(paper)
        assert paper.holding.opened_on is None
        make.saved(Purchase, "buyer", paper.id, dated_on="2026-11-09", mileage_km=60001)
        self.approve(paper)
        assert (paper.holding.id, paper.holding.stock_no) == first
        assert str(paper.holding.opened_on) == "2026-11-09"
        assert db.session.scalar(select(func.count()).select_from(Holding)) == 1

    def test_one_car_is_in_one_stock(self) -> None:
        holding = make.bought()
        again = make.purchase(vehicle={"vin": holding.vehicle.vin})
        words = self.refused(Invalid, lambda: self.approve(again), paper=again)
        assert holding.stock_no in words
        assert holding.purchase.number in words

    def test_a_car_that_was_sold_may_come_back_as_a_new_holding(self) -> None:
        first = make.bought()
        sale = make.sold(first)
        too_early = make.purchase(vehicle={"vin": first.vehicle.vin}, dated_on="2026-11-11")
        assert "dated_on" in make.problems_of(self.invalid(too_early))
        second = self.approve(make.purchase(vehicle={"vin": first.vehicle.vin}, dated_on="2026-11-12"))
        assert second.holding.id != first.id
        assert second.vehicle_id == first.vehicle_id
        assert make.status(second) is VehicleStatus.to_recondition
        for earlier, by in ((sale, "accountant"), (first.purchase, "boss")):
            with pytest.raises(Blocked) as caught:
                make.move(earlier, "unapprove", by, "改价")
            assert second.number in {blocker.number for blocker in caught.value.blockers}
        self.unapprove(second)
        assert make.status(second) is VehicleStatus.arriving

    def invalid(self, paper: Any) -> Invalid:
        before = books()
        with pytest.raises(Invalid) as caught:
            self.approve(paper)
        db.session.expire_all()
        assert books() == before
        return caught.value

    def test_everything_missing_is_told_at_once_at_its_field(self) -> None:
        vin = make.vin()
        wrong = vin[:8] + ("0" if vin[8] != "0" else "1") + vin[9:]
        paper = make.purchase(vehicle={"vin": wrong}, kind="consigned")
        told = make.problems_of(self.invalid(paper))
        assert set(told) == {"kind", "vehicle.vin_override_reason", "vehicle.engine_no", "vehicle.car_model_id"}
        assert vin[8] in told["vehicle.vin_override_reason"]
        assert "还没有开通" in told["kind"]

    def test_a_wrong_check_digit_passes_with_a_reason(self) -> None:
        vin = make.vin()
        wrong = vin[:8] + ("0" if vin[8] != "0" else "1") + vin[9:]
        paper = make.purchase(vehicle=make.car(vin=wrong, vin_override_reason="平行进口"))
        self.approve(paper)

    @pytest.mark.parametrize(
        ("vin", "field"), [("LFV3A23C", "vehicle.vin"), ("LFV3A23C0N3I00001", "vehicle.vin"), ("", "vehicle.vin")]
    )
    def test_a_vin_of_wrong_length_or_letter_is_refused_even_in_a_draft(self, vin: str, field: str) -> None:
        with pytest.raises(Invalid) as caught:
            make.purchase(vehicle={"vin": vin})
        assert field in make.problems_of(caught.value)
        assert db.session.scalar(select(func.count()).select_from(Vehicle)) == 0

    def test_an_impossible_plate_and_a_foreign_warehouse_are_refused(self) -> None:
        with pytest.raises(Invalid) as caught:
            make.purchase(plate="京O12345", store_id=make.store(), warehouse_id=make.warehouse("城西展厅"))
        assert set(make.problems_of(caught.value)) == {"plate", "warehouse_id"}

    def test_a_buyer_buys_for_the_own_store_alone(self) -> None:
        with pytest.raises(Invalid) as caught:
            make.purchase(by="buyer", warehouse_id=make.warehouse("城西展厅"))
        assert "store_id" in make.problems_of(caught.value)

    def test_the_car_is_found_by_its_vin_and_not_made_twice(self) -> None:
        first = make.purchase(vehicle=make.car(vin=make.vin(7)))
        second = make.purchase(by="appraiser", vehicle={"vin": f" {make.vin(7).lower()} ", "engine_no": None})
        assert second.vehicle_id == first.vehicle_id
        assert second.vehicle.engine_no == "EA888"

    def test_a_typing_error_in_the_vin_leaves_no_second_car(self) -> None:
        paper = make.purchase(vehicle=make.car(vin=make.vin(8)))
        make.saved(Purchase, "buyer", paper.id, vehicle={"vin": make.vin(9)})
        assert paper.vehicle.vin == make.vin(9)
        assert db.session.scalar(select(func.count()).select_from(Vehicle)) == 1
        codes = list(db.session.scalars(select(Audit.code).where(Audit.table_name == "vehicle").order_by(Audit.id)))
        assert codes == ["vehicle.created", "vehicle.changed"]

    def test_a_car_no_longer_named_falls_back(self) -> None:
        paper = make.purchase(vehicle=make.car(vin=make.vin(8)))
        first = paper.vehicle
        other = make.vehicle(vin=make.vin(9))
        make.saved(Purchase, "buyer", paper.id, vehicle={"vin": other.vin})
        assert (first.status, other.status) == (VehicleStatus.appraising, VehicleStatus.arriving)

    def test_identity_is_fixed_once_an_approved_paper_names_the_car(self) -> None:
        holding = make.bought()
        make.sold(holding)
        with pytest.raises(Invalid) as caught:
            make.purchase(vehicle={"vin": holding.vehicle.vin, "engine_no": "ANDERS"})
        assert set(make.problems_of(caught.value)) == {"vehicle.engine_no"}
        assert holding.vehicle.engine_no == "EA888"
        make.purchase(vehicle={"vin": holding.vehicle.vin, "engine_no": "EA888", "colour_id": None})

    def test_what_rests_on_it_is_named_and_drafts_are_only_listed(self) -> None:
        from app.workflows import engine

        holding = make.bought()
        draft = make.sale(holding)
        seen = engine.preview(Purchase, holding.purchase.id, make.person("boss"))
        assert [one.number for one in seen.drafts] == [draft.number]
        assert seen.possible
        price = make.priced(holding)
        words = self.refused(Blocked, lambda: self.unapprove(holding.purchase), paper=holding.purchase)
        assert price.number in words
        make.move(price, "unapprove", "boss", "不卖了")
        self.unapprove(holding.purchase)
        assert "holding_id" in make.problems_of(self.draft_refused(draft))

    def draft_refused(self, draft: Any) -> Invalid:
        with pytest.raises(Invalid) as caught:
            make.approved(draft, "sales_manager")
        return caught.value

    def test_a_payment_of_its_item_stands_in_the_way(self) -> None:
        paper = self.approve(self.draft())
        payment = make.approved(make.settlement(make.item_of(paper), "45000"), "accountant")
        words = self.refused(Blocked, lambda: self.unapprove(paper), paper=paper)
        assert payment.number in words


def test_a_storekeeper_sees_what_came_into_the_store_without_its_price(as_: Any) -> None:
    ours, theirs = make.bought().purchase, make.purchase("buyer2", warehouse_id=make.warehouse("城西展厅"))
    storekeeper = as_("storekeeper")
    page = storekeeper.get(f"/purchase/{ours.id}")
    assert page.status_code == 200
    assert ours.number in page.text
    assert "45,000" not in page.text
    assert "price" not in storekeeper.get(f"/api/v1/purchase/{ours.id}").json
    assert storekeeper.get(f"/purchase/{theirs.id}").status_code == 404
    draft = make.purchase()
    assert storekeeper.post(f"/purchase/{draft.id}", data={"version": "1", "mileage_km": "1"}).status_code == 403
    assert draft.mileage_km == 60000
