"""收车入库: what a purchase does, and whom it lets."""

import pytest

from app.database import unit_of_work
from app.enums import VehicleStatus
from app.errors import Blocked, Invalid, NotThere
from app.extensions import db
from app.models import Audit, Holding, Purchase, Vehicle
from app.workflows import engine
from sqlalchemy import func, select

from tests import make
from tests.cases import DocumentCase, books, standing_entries


class TestPurchase(DocumentCase):
    model = Purchase
    author = "appraiser"
    approver = "buyer"
    unapprover = "accountant"
    elsewhere = "buyer2"
    same_day_only = "buyer"
    second_pair = "boss"

    def draft(self):
        return make.purchase(by="appraiser")
