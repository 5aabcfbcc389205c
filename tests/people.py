"""The people of every test: one of each role in the first store, a salesperson and a buyer in the second.

Passwords are `caryard`; hashing is made cheap because nobody attacks a test.
"""

from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select
from werkzeug.security import generate_password_hash

from app.extensions import db
from app.models import Employee, Login, MoneyAccount, Store, Warehouse

PASSWORD = "caryard"
ROLE_OF = {
    "admin": "Administrator",
    "boss": "General manager",
    "sales_manager": "Sales manager",
    "sales": "Salesperson",
    "buyer": "Purchasing manager",
    "appraiser": "Appraiser",
    "accountant": "Accountant",
    "cashier": "Cashier",
    "workshop": "Workshop",
    "storekeeper": "Storekeeper",
    "aftersales": "After-sales",
    "readonly": "Read-only",
    "sales2": "Salesperson",
    "buyer2": "Purchasing manager",
    "sales_manager2": "Sales manager",
    "cashier2": "Cashier",
}


def settle_in() -> None:
    """Two stores with a warehouse each, money accounts, and everybody with a log-in."""
    east, west = Store(code="D", name="城东店"), Store(code="X", name="城西店")
    db.session.add_all([east, west])
    db.session.flush()
    db.session.add_all(
        [
            Warehouse(code="D1", name="城东展厅", store_id=east.id),
            Warehouse(code="X1", name="城西展厅", store_id=west.id),
            *(
                MoneyAccount(name=name, account_id=account_id, is_till=till)
                for name, account_id, till in (
                    ("门店现金", _account("1001"), True),
                    ("基本户", _account("1002"), False),
                    ("微信", _account("1012"), False),
                )
            ),
        ]
    )
    hashed = generate_password_hash(PASSWORD, method="pbkdf2:sha256:1")
    for number, (username, role) in enumerate(ROLE_OF.items()):
        store = west if username.endswith("2") else east
        employee = Employee(code=f"E{number:03d}", name=username, store_id=store.id)
        db.session.add(employee)
        db.session.flush()
        db.session.add(
            Login(
                username=username,
                first_name=username,
                last_name="",
                email=f"{username}@example.com",
                active=True,
                password=hashed,
                employee_id=employee.id,
                session_stamp=f"stamp-{username}",
                must_change_password=False,
                roles=[db.session.scalars(select(Role).where(Role.name == role)).one()],
            )
        )
    db.session.flush()


def _account(number: str) -> int:
    from app.models import Account

    return db.session.scalars(select(Account.id).where(Account.number == number)).one()
