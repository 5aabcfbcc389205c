from decimal import Decimal

from sqlalchemy import func, select

from app.database import unit_of_work
from app.extensions import db
from app.fields import read, spec
from app.models import JournalLine, ManualEntry, MoneyAccount
from app.workflows import engine, records


def test_a_manual_entry_is_posted_and_withdrawn(app, actor):
    accountant = actor("accountant")
    bank = db.session.scalars(select(MoneyAccount.id).where(MoneyAccount.name == "基本户")).one()
    values, problems = read(
        spec(ManualEntry),
        {
            "text": "opening",
            "dated_on": "2026-11-01",
            "lines": [
                {"account": "bank", "debit": "400000.00", "money_account_id": bank},
                {"account": "3001", "credit": "40万"},
            ],
        },
    )
    assert problems == []
    with unit_of_work():
        paper = records.save(ManualEntry, None, values, accountant)
    assert paper.number == "JZ2611-0001"
    with unit_of_work():
        engine.run(ManualEntry, paper.id, "approve", accountant, version=paper.version)
    assert db.session.scalar(select(func.sum(JournalLine.debit))) == Decimal("400000.00")
    with unit_of_work():
        engine.run(ManualEntry, paper.id, "unapprove", accountant, reason="typo")
    assert db.session.scalar(select(func.sum(JournalLine.debit))) == 0
    assert paper.revision == 2
