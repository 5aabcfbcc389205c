"""Who works in the demonstration lot, where, and how they log in."""

from sqlalchemy import select
from werkzeug.security import generate_password_hash

from app.demo import invented
from app.enums import Purpose, WarehouseKind
from app.extensions import db
from app.models import Account, Department, Employee, Login, MoneyAccount, Store, Warehouse
from app.permissions import ROLE_LABELS
from app.queries import SYSTEM, Actor, actor_of
from app.starting_rows import DEPARTMENTS, money_accounts
from app.workflows import users

PASSWORD = "caryard"  # noqa: S105  # shown on the log-in page of the demonstration lot, and meant to be
EAST, WEST = "城东店", "城西店"
STORES = (("D", EAST, "江城市城东大道 188 号"), ("X", WEST, "江城市西环路 66 号"))
WAREHOUSES = (
    ("D1", "城东展厅", EAST, WarehouseKind.showroom, 30),
    ("D2", "城东停车场", EAST, WarehouseKind.yard, 60),
    ("D3", "城东整备车间", EAST, WarehouseKind.workshop, 8),
    ("X1", "城西展厅", WEST, WarehouseKind.showroom, 20),
    ("X2", "城西停车场", WEST, WarehouseKind.yard, 40),
)

STAFF = (
    ("admin", "Administrator", "罗倩", EAST, "总经办"),
    ("boss", "General manager", "丁海峰", EAST, "总经办"),
    ("sales_manager", "Sales manager", "周敏", EAST, "销售部"),
    ("sales", "Salesperson", "陈思远", EAST, "销售部"),
    ("buyer", "Purchasing manager", "钱伟民", EAST, "采购部"),
    ("appraiser", "Appraiser", "方可欣", EAST, "采购部"),
    ("accountant", "Accountant", "沈佳", EAST, "财务部"),
    ("cashier", "Cashier", "林晓芸", EAST, "财务部"),
    ("workshop", "Workshop", "吴铁军", EAST, "整备车间"),
    ("storekeeper", "Storekeeper", "何秀兰", EAST, "整备车间"),
    ("aftersales", "After-sales", "许文静", EAST, "售后部"),
    ("readonly", "Read-only", "郑国栋", EAST, "总经办"),
    ("sales2", "Salesperson", "马骏", WEST, "销售部"),
    ("buyer2", "Purchasing manager", "韩立", WEST, "采购部"),
    ("sales_manager2", "Sales manager", "蒋晓岚", WEST, "销售部"),
    ("cashier2", "Cashier", "邱婷", WEST, "财务部"),
)
"""(username, role, name, store, department)."""


def settle_in() -> dict[str, Actor]:
    """Stores, warehouses, departments, money accounts, employees and their log-ins; the actors by username."""
    for position, (code, name, address) in enumerate(STORES, 1):
        db.session.add(Store(code=code, name=name, address=address, phone=f"0575-8000000{position}", position=position))
    db.session.add_all(Department(name=name, position=position) for position, name in enumerate(DEPARTMENTS, 1))
    db.session.flush()
    stores = {store.name: store for store in db.session.scalars(select(Store))}
    departments = {one.name: one.id for one in db.session.scalars(select(Department))}
    for position, (code, name, store, kind, capacity) in enumerate(WAREHOUSES, 1):
        db.session.add(
            Warehouse(code=code, name=name, store_id=stores[store].id, kind=kind, capacity=capacity, position=position)
        )
    _money(stores)
    hashed = generate_password_hash(PASSWORD)
    for number, (username, role, name, store, department) in enumerate(STAFF, 1):
        employee = Employee(
            code=f"{number:04d}",
            name=name,
            store_id=stores[store].id,
            department_id=departments[department],
            mobile=invented.mobile(9000 + number),
        )
        db.session.add(employee)
        db.session.flush()
        login = users.save_user(
            None, username=username, employee_id=employee.id, roles=[role], active=True, actor=SYSTEM
        )
        login.password, login.must_change_password = hashed, False
    db.session.flush()
    pairs = db.session.execute(select(Login.username, Login.id)).all()
    return {username: actor for username, pk in pairs if (actor := actor_of(pk)) is not None}


def _money(stores: dict[str, Store]) -> None:
    """A till in each store; the bank account and the payment apps serve both."""
    for row in money_accounts():
        account = _account(row["account_id"].value)
        if row["is_till"]:
            for store in stores.values():
                db.session.add(
                    MoneyAccount(
                        **{**row, "name": f"{store.name[:2]}现金", "account_id": account, "store_id": store.id}
                    )
                )
        else:
            db.session.add(MoneyAccount(**{**row, "account_id": account}))
    db.session.flush()


def _account(purpose: Purpose) -> int:
    return db.session.scalars(select(Account.id).where(Account.purpose == purpose)).one()


def logins() -> list[tuple[str, str, str]]:
    """(label, username, password) of everybody, as the start shows them."""
    return [
        (f"{name} {ROLE_LABELS[role]} · {store}", username, PASSWORD) for username, role, name, store, _dept in STAFF
    ]
