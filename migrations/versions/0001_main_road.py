"""The main road: every table there was when the product began, the framework's included.

Written by `python -m migrations.make --first` and hand-checked: do that again while no company lives on it.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import CreateSequence, DropSequence

from app import triggers

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SEQUENCES = [
    "ab_group_id_seq",
    "ab_permission_id_seq",
    "ab_register_user_id_seq",
    "ab_role_id_seq",
    "ab_user_id_seq",
    "ab_view_menu_id_seq",
    "ab_api_key_id_seq",
    "ab_group_role_id_seq",
    "ab_permission_view_id_seq",
    "ab_user_group_id_seq",
    "ab_user_role_id_seq",
    "ab_permission_view_role_id_seq",
]
"""Those of the framework's tables, which name their own (PostgreSQL)."""

GUARDED = [
    ("audit", ("UPDATE", "DELETE")),
    ("expense", ("DELETE",)),
    ("journal_entry", ("UPDATE", "DELETE")),
    ("journal_line", ("UPDATE", "DELETE")),
    ("manual_entry", ("DELETE",)),
    ("price_change", ("DELETE",)),
    ("purchase", ("DELETE",)),
    ("sale", ("DELETE",)),
    ("settlement", ("DELETE",)),
]
"""Tables whose rows are never deleted or never changed either, as they were then."""


def upgrade() -> None:  # noqa: PLR0915  # a list of tables
    """From nothing. On SQLite the key from log-in to employee stands in its table; PostgreSQL gets it afterwards."""
    dialect = op.get_bind().dialect.name
    if dialect == "postgresql":
        for name in SEQUENCES:
            op.execute(CreateSequence(sa.Sequence(name, start=1, increment=1, minvalue=1, cycle=False)))
    op.create_table(
        "ab_group",
        sa.Column("id", sa.Integer(), sa.Sequence("ab_group_id_seq"), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("label", sa.String(length=150), nullable=True),
        sa.Column("description", sa.String(length=512), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_group")),
        sa.UniqueConstraint("name", name=op.f("uq_ab_group_name")),
    )
    op.create_table(
        "ab_permission",
        sa.Column("id", sa.Integer(), sa.Sequence("ab_permission_id_seq"), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_permission")),
        sa.UniqueConstraint("name", name=op.f("uq_ab_permission_name")),
    )
    op.create_table(
        "ab_register_user",
        sa.Column("id", sa.Integer(), sa.Sequence("ab_register_user_id_seq"), nullable=False),
        sa.Column("first_name", sa.String(length=64), nullable=False),
        sa.Column("last_name", sa.String(length=64), nullable=False),
        sa.Column("username", sa.String(length=128), nullable=False),
        sa.Column("password", sa.String(length=256), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("registration_date", sa.DateTime(), nullable=True),
        sa.Column("registration_hash", sa.String(length=256), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_register_user")),
        sa.UniqueConstraint("email", name=op.f("uq_ab_register_user_email")),
        sa.UniqueConstraint("username", name=op.f("uq_ab_register_user_username")),
    )
    op.create_table(
        "ab_role",
        sa.Column("id", sa.Integer(), sa.Sequence("ab_role_id_seq"), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_role")),
        sa.UniqueConstraint("name", name=op.f("uq_ab_role_name")),
    )
    op.create_table(
        "ab_user",
        sa.Column("id", sa.Integer(), sa.Sequence("ab_user_id_seq"), nullable=False),
        sa.Column("first_name", sa.String(length=64), nullable=False),
        sa.Column("last_name", sa.String(length=64), nullable=False),
        sa.Column("username", sa.String(length=128), nullable=False),
        sa.Column("password", sa.String(length=256), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("last_login", sa.DateTime(), nullable=True),
        sa.Column("login_count", sa.Integer(), nullable=True),
        sa.Column("fail_login_count", sa.Integer(), nullable=True),
        sa.Column("created_on", sa.DateTime(), nullable=True),
        sa.Column("changed_on", sa.DateTime(), nullable=True),
        sa.Column("created_by_fk", sa.Integer(), nullable=True),
        sa.Column("changed_by_fk", sa.Integer(), nullable=True),
        sa.Column("employee_id", sa.Integer(), nullable=True),
        sa.Column("session_stamp", sa.String(length=32), nullable=True),
        sa.Column("must_change_password", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["changed_by_fk"], ["ab_user.id"], name=op.f("fk_ab_user_changed_by_fk")),
        sa.ForeignKeyConstraint(["created_by_fk"], ["ab_user.id"], name=op.f("fk_ab_user_created_by_fk")),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_ab_user_employee_id"), ondelete="RESTRICT", use_alter=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_user")),
        sa.UniqueConstraint("email", name=op.f("uq_ab_user_email")),
        sa.UniqueConstraint("employee_id", name=op.f("uq_ab_user_employee_id")),
        sa.UniqueConstraint("username", name=op.f("uq_ab_user_username")),
    )
    op.create_table(
        "ab_view_menu",
        sa.Column("id", sa.Integer(), sa.Sequence("ab_view_menu_id_seq"), nullable=False),
        sa.Column("name", sa.String(length=250), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_view_menu")),
        sa.UniqueConstraint("name", name=op.f("uq_ab_view_menu_name")),
    )
    op.create_table(
        "counter",
        sa.Column("series", sa.String(length=10), nullable=False),
        sa.Column("month", sa.String(length=4), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counter")),
        sa.UniqueConstraint("series", "month", name=op.f("uq_counter_series_month")),
    )
    op.create_table(
        "ab_api_key",
        sa.Column("id", sa.Integer(), sa.Sequence("ab_api_key_id_seq"), nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("key_hash", sa.String(length=256), nullable=False),
        sa.Column("lookup_hash", sa.String(length=256), nullable=True),
        sa.Column("key_prefix", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_on", sa.DateTime(), nullable=True),
        sa.Column("expires_on", sa.DateTime(), nullable=True),
        sa.Column("revoked_on", sa.DateTime(), nullable=True),
        sa.Column("last_used_on", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name=op.f("fk_ab_api_key_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_api_key")),
        sa.UniqueConstraint("lookup_hash", name=op.f("uq_ab_api_key_lookup_hash")),
        sa.UniqueConstraint("uuid", name=op.f("uq_ab_api_key_uuid")),
    )
    op.create_index("idx_api_key_lookup_hash", "ab_api_key", ["lookup_hash"], unique=True)
    op.create_index("idx_api_key_prefix", "ab_api_key", ["key_prefix"], unique=False)
    op.create_index("idx_api_key_user_id", "ab_api_key", ["user_id"], unique=False)
    op.create_table(
        "ab_group_role",
        sa.Column("id", sa.Integer(), sa.Sequence("ab_group_role_id_seq"), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["group_id"], ["ab_group.id"], name=op.f("fk_ab_group_role_group_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["role_id"], ["ab_role.id"], name=op.f("fk_ab_group_role_role_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_group_role")),
        sa.UniqueConstraint("group_id", "role_id", name=op.f("uq_ab_group_role_group_id_role_id")),
    )
    op.create_index("idx_group_id", "ab_group_role", ["group_id"], unique=False)
    op.create_index("idx_group_role_id", "ab_group_role", ["role_id"], unique=False)
    op.create_table(
        "ab_permission_view",
        sa.Column("id", sa.Integer(), sa.Sequence("ab_permission_view_id_seq"), nullable=False),
        sa.Column("permission_id", sa.Integer(), nullable=False),
        sa.Column("view_menu_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["permission_id"], ["ab_permission.id"], name=op.f("fk_ab_permission_view_permission_id")
        ),
        sa.ForeignKeyConstraint(["view_menu_id"], ["ab_view_menu.id"], name=op.f("fk_ab_permission_view_view_menu_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_permission_view")),
        sa.UniqueConstraint(
            "permission_id", "view_menu_id", name=op.f("uq_ab_permission_view_permission_id_view_menu_id")
        ),
    )
    op.create_index("idx_permission_id", "ab_permission_view", ["permission_id"], unique=False)
    op.create_index("idx_view_menu_id", "ab_permission_view", ["view_menu_id"], unique=False)
    op.create_table(
        "ab_user_group",
        sa.Column("id", sa.Integer(), sa.Sequence("ab_user_group_id_seq"), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["group_id"], ["ab_group.id"], name=op.f("fk_ab_user_group_group_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name=op.f("fk_ab_user_group_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_user_group")),
        sa.UniqueConstraint("user_id", "group_id", name=op.f("uq_ab_user_group_user_id_group_id")),
    )
    op.create_index("idx_user_group_id", "ab_user_group", ["group_id"], unique=False)
    op.create_index("idx_user_id", "ab_user_group", ["user_id"], unique=False)
    op.create_table(
        "ab_user_role",
        sa.Column("id", sa.Integer(), sa.Sequence("ab_user_role_id_seq"), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["role_id"], ["ab_role.id"], name=op.f("fk_ab_user_role_role_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name=op.f("fk_ab_user_role_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_user_role")),
        sa.UniqueConstraint("user_id", "role_id", name=op.f("uq_ab_user_role_user_id_role_id")),
    )
    op.create_table(
        "account",
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "cash",
                "bank",
                "e_money",
                "receivable",
                "prepaid",
                "other_receivable",
                "parts",
                "inventory",
                "loan",
                "payable",
                "advances",
                "wages",
                "vat",
                "surtax_payable",
                "agency",
                "capital",
                "profit",
                "retained",
                "sales",
                "other_income",
                "gain",
                "cost_of_sales",
                "other_cost",
                "surtax",
                "selling_expense",
                "admin_expense",
                "finance_expense",
                "loss",
                "income_tax",
                "internal",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=True,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "asset",
                "liability",
                "equity",
                "income",
                "cost",
                name="account_kind",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column(
            "control",
            sa.Enum(
                "none",
                "party",
                "holding",
                "part",
                "money",
                "employee",
                name="control",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["ab_user.id"], name=op.f("fk_account_changed_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["ab_user.id"], name=op.f("fk_account_created_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["account.id"], name=op.f("fk_account_parent_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("number", name=op.f("uq_account_number")),
        sa.UniqueConstraint("purpose", name=op.f("uq_account_purpose")),
    )
    op.create_index(op.f("ix_account_changed_by_id"), "account", ["changed_by_id"], unique=False)
    op.create_index(op.f("ix_account_created_by_id"), "account", ["created_by_id"], unique=False)
    op.create_index(op.f("ix_account_parent_id"), "account", ["parent_id"], unique=False)
    op.create_table(
        "body_type",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["ab_user.id"], name=op.f("fk_body_type_changed_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["ab_user.id"], name=op.f("fk_body_type_created_by_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_body_type")),
        sa.UniqueConstraint("name", name=op.f("uq_body_type_name")),
    )
    op.create_index(op.f("ix_body_type_changed_by_id"), "body_type", ["changed_by_id"], unique=False)
    op.create_index(op.f("ix_body_type_created_by_id"), "body_type", ["created_by_id"], unique=False)
    op.create_table(
        "brand",
        sa.Column("initial", sa.String(length=1), nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["ab_user.id"], name=op.f("fk_brand_changed_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["ab_user.id"], name=op.f("fk_brand_created_by_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brand")),
        sa.UniqueConstraint("name", name=op.f("uq_brand_name")),
    )
    op.create_index(op.f("ix_brand_changed_by_id"), "brand", ["changed_by_id"], unique=False)
    op.create_index(op.f("ix_brand_created_by_id"), "brand", ["created_by_id"], unique=False)
    op.create_table(
        "colour",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["ab_user.id"], name=op.f("fk_colour_changed_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["ab_user.id"], name=op.f("fk_colour_created_by_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_colour")),
        sa.UniqueConstraint("name", name=op.f("uq_colour_name")),
    )
    op.create_index(op.f("ix_colour_changed_by_id"), "colour", ["changed_by_id"], unique=False)
    op.create_index(op.f("ix_colour_created_by_id"), "colour", ["created_by_id"], unique=False)
    op.create_table(
        "company_profile",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("credit_code", sa.String(length=18), nullable=True),
        sa.Column("address", sa.String(length=200), nullable=True),
        sa.Column("phone", sa.String(length=30), nullable=True),
        sa.Column(
            "taxpayer",
            sa.Enum("small", "general", name="taxpayer", native_enum=False, create_constraint=True, length=30),
            nullable=False,
        ),
        sa.Column("first_period_on", sa.Date(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_company_profile_only_one_company")),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["ab_user.id"], name=op.f("fk_company_profile_changed_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["ab_user.id"], name=op.f("fk_company_profile_created_by_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_profile")),
    )
    op.create_index(op.f("ix_company_profile_changed_by_id"), "company_profile", ["changed_by_id"], unique=False)
    op.create_index(op.f("ix_company_profile_created_by_id"), "company_profile", ["created_by_id"], unique=False)
    op.create_table(
        "emission_standard",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["ab_user.id"], name=op.f("fk_emission_standard_changed_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["ab_user.id"], name=op.f("fk_emission_standard_created_by_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emission_standard")),
        sa.UniqueConstraint("name", name=op.f("uq_emission_standard_name")),
    )
    op.create_index(op.f("ix_emission_standard_changed_by_id"), "emission_standard", ["changed_by_id"], unique=False)
    op.create_index(op.f("ix_emission_standard_created_by_id"), "emission_standard", ["created_by_id"], unique=False)
    op.create_table(
        "energy_type",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["ab_user.id"], name=op.f("fk_energy_type_changed_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["ab_user.id"], name=op.f("fk_energy_type_created_by_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_energy_type")),
        sa.UniqueConstraint("name", name=op.f("uq_energy_type_name")),
    )
    op.create_index(op.f("ix_energy_type_changed_by_id"), "energy_type", ["changed_by_id"], unique=False)
    op.create_index(op.f("ix_energy_type_created_by_id"), "energy_type", ["created_by_id"], unique=False)
    op.create_table(
        "fee_item",
        sa.Column(
            "side",
            sa.Enum(
                "sale", "purchase", "expense", name="fee_side", native_enum=False, create_constraint=True, length=30
            ),
            nullable=False,
        ),
        sa.Column(
            "tax_kind",
            sa.Enum(
                "used_car", "service", "goods", name="tax_kind", native_enum=False, create_constraint=True, length=30
            ),
            nullable=False,
        ),
        sa.Column(
            "purpose",
            sa.Enum(
                "selling_expense",
                "admin_expense",
                "finance_expense",
                name="expense_purpose",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["ab_user.id"], name=op.f("fk_fee_item_changed_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["ab_user.id"], name=op.f("fk_fee_item_created_by_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_item")),
        sa.UniqueConstraint("name", name=op.f("uq_fee_item_name")),
    )
    op.create_index(op.f("ix_fee_item_changed_by_id"), "fee_item", ["changed_by_id"], unique=False)
    op.create_index(op.f("ix_fee_item_created_by_id"), "fee_item", ["created_by_id"], unique=False)
    op.create_table(
        "gearbox",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["ab_user.id"], name=op.f("fk_gearbox_changed_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["ab_user.id"], name=op.f("fk_gearbox_created_by_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gearbox")),
        sa.UniqueConstraint("name", name=op.f("uq_gearbox_name")),
    )
    op.create_index(op.f("ix_gearbox_changed_by_id"), "gearbox", ["changed_by_id"], unique=False)
    op.create_index(op.f("ix_gearbox_created_by_id"), "gearbox", ["created_by_id"], unique=False)
    op.create_table(
        "payment_method",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["ab_user.id"], name=op.f("fk_payment_method_changed_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["ab_user.id"], name=op.f("fk_payment_method_created_by_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_method")),
        sa.UniqueConstraint("name", name=op.f("uq_payment_method_name")),
    )
    op.create_index(op.f("ix_payment_method_changed_by_id"), "payment_method", ["changed_by_id"], unique=False)
    op.create_index(op.f("ix_payment_method_created_by_id"), "payment_method", ["created_by_id"], unique=False)
    op.create_table(
        "period",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "closed", name="period_state", native_enum=False, create_constraint=True, length=30),
            nullable=False,
        ),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reopened_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'closed') = (digest IS NOT NULL)", name=op.f("ck_period_closed_has_its_digest")),
        sa.ForeignKeyConstraint(
            ["closed_by_id"], ["ab_user.id"], name=op.f("fk_period_closed_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["reopened_by_id"], ["ab_user.id"], name=op.f("fk_period_reopened_by_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_period")),
        sa.UniqueConstraint("month", name=op.f("uq_period_month")),
    )
    op.create_index(op.f("ix_period_closed_by_id"), "period", ["closed_by_id"], unique=False)
    op.create_index(op.f("ix_period_reopened_by_id"), "period", ["reopened_by_id"], unique=False)
    op.create_table(
        "setting",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["ab_user.id"], name=op.f("fk_setting_changed_by_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setting")),
        sa.UniqueConstraint("key", name=op.f("uq_setting_key")),
    )
    op.create_index(op.f("ix_setting_changed_by_id"), "setting", ["changed_by_id"], unique=False)
    op.create_table(
        "store",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=True),
        sa.Column("phone", sa.String(length=30), nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["ab_user.id"], name=op.f("fk_store_changed_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["ab_user.id"], name=op.f("fk_store_created_by_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store")),
        sa.UniqueConstraint("code", name=op.f("uq_store_code")),
        sa.UniqueConstraint("name", name=op.f("uq_store_name")),
    )
    op.create_index(op.f("ix_store_changed_by_id"), "store", ["changed_by_id"], unique=False)
    op.create_index(op.f("ix_store_created_by_id"), "store", ["created_by_id"], unique=False)
    op.create_table(
        "tax_rate",
        sa.Column(
            "tax_kind",
            sa.Enum(
                "used_car", "service", "goods", name="tax_kind", native_enum=False, create_constraint=True, length=30
            ),
            nullable=False,
        ),
        sa.Column(
            "taxpayer",
            sa.Enum("small", "general", name="taxpayer", native_enum=False, create_constraint=True, length=30),
            nullable=False,
        ),
        sa.Column(
            "method",
            sa.Enum("levy", "general", name="tax_method", native_enum=False, create_constraint=True, length=30),
            nullable=False,
        ),
        sa.Column("rate", sa.Numeric(precision=6, scale=5), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("rate >= 0 AND rate < 1", name=op.f("ck_tax_rate_rate_is_a_share")),
        sa.CheckConstraint("to_on IS NULL OR to_on >= from_on", name=op.f("ck_tax_rate_ends_after_it_starts")),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["ab_user.id"], name=op.f("fk_tax_rate_changed_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["ab_user.id"], name=op.f("fk_tax_rate_created_by_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_rate")),
    )
    op.create_index(op.f("ix_tax_rate_changed_by_id"), "tax_rate", ["changed_by_id"], unique=False)
    op.create_index(op.f("ix_tax_rate_created_by_id"), "tax_rate", ["created_by_id"], unique=False)
    op.create_table(
        "ab_permission_view_role",
        sa.Column("id", sa.Integer(), sa.Sequence("ab_permission_view_role_id_seq"), nullable=False),
        sa.Column("permission_view_id", sa.Integer(), nullable=True),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["permission_view_id"],
            ["ab_permission_view.id"],
            name=op.f("fk_ab_permission_view_role_permission_view_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["role_id"], ["ab_role.id"], name=op.f("fk_ab_permission_view_role_role_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_permission_view_role")),
        sa.UniqueConstraint(
            "permission_view_id", "role_id", name=op.f("uq_ab_permission_view_role_permission_view_id_role_id")
        ),
    )
    op.create_index("idx_permission_view_id", "ab_permission_view_role", ["permission_view_id"], unique=False)
    op.create_index("idx_role_id", "ab_permission_view_role", ["role_id"], unique=False)
    op.create_table(
        "audit",
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("table_name", sa.String(length=30), nullable=False),
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=30), nullable=True),
        sa.Column("store_id", sa.Integer(), nullable=True),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("cost_before", sa.JSON(), nullable=True),
        sa.Column("cost_after", sa.JSON(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("door", sa.String(length=20), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_audit_store_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name=op.f("fk_audit_user_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_at"), "audit", ["at"], unique=False)
    op.create_index(op.f("ix_audit_store_id"), "audit", ["store_id"], unique=False)
    op.create_index(op.f("ix_audit_table_name_row_id"), "audit", ["table_name", "row_id"], unique=False)
    op.create_index(op.f("ix_audit_user_id"), "audit", ["user_id"], unique=False)
    op.create_table(
        "department",
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("store_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["ab_user.id"], name=op.f("fk_department_changed_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["ab_user.id"], name=op.f("fk_department_created_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["department.id"], name=op.f("fk_department_parent_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_department_store_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department")),
        sa.UniqueConstraint("name", name=op.f("uq_department_name")),
    )
    op.create_index(op.f("ix_department_changed_by_id"), "department", ["changed_by_id"], unique=False)
    op.create_index(op.f("ix_department_created_by_id"), "department", ["created_by_id"], unique=False)
    op.create_index(op.f("ix_department_parent_id"), "department", ["parent_id"], unique=False)
    op.create_index(op.f("ix_department_store_id"), "department", ["store_id"], unique=False)
    op.create_table(
        "journal_entry",
        sa.Column("document_kind", sa.String(length=30), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "normal", "opening", "closing", name="entry_kind", native_enum=False, create_constraint=True, length=30
            ),
            nullable=False,
        ),
        sa.Column("dated_on", sa.Date(), nullable=False),
        sa.Column("period_id", sa.Integer(), nullable=False),
        sa.Column("store_id", sa.Integer(), nullable=False),
        sa.Column("withdraws_id", sa.Integer(), nullable=True),
        sa.Column("is_red", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "is_red = (withdraws_id IS NOT NULL)", name=op.f("ck_journal_entry_red_names_what_it_withdraws")
        ),
        sa.ForeignKeyConstraint(
            ["period_id"], ["period.id"], name=op.f("fk_journal_entry_period_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["store_id"], ["store.id"], name=op.f("fk_journal_entry_store_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["withdraws_id"], ["journal_entry.id"], name=op.f("fk_journal_entry_withdraws_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["written_by_id"], ["ab_user.id"], name=op.f("fk_journal_entry_written_by_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_entry")),
        sa.UniqueConstraint("id", "is_red", name=op.f("uq_journal_entry_id_is_red")),
    )
    op.create_index(op.f("ix_journal_entry_dated_on"), "journal_entry", ["dated_on"], unique=False)
    op.create_index(
        op.f("ix_journal_entry_document_kind_document_id"),
        "journal_entry",
        ["document_kind", "document_id"],
        unique=False,
    )
    op.create_index(op.f("ix_journal_entry_period_id"), "journal_entry", ["period_id"], unique=False)
    op.create_index(op.f("ix_journal_entry_store_id"), "journal_entry", ["store_id"], unique=False)
    op.create_index(op.f("ix_journal_entry_withdraws_id"), "journal_entry", ["withdraws_id"], unique=True)
    op.create_index(op.f("ix_journal_entry_written_by_id"), "journal_entry", ["written_by_id"], unique=False)
    op.create_table(
        "maker",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("brand_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_maker_brand_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["ab_user.id"], name=op.f("fk_maker_changed_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["ab_user.id"], name=op.f("fk_maker_created_by_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maker")),
        sa.UniqueConstraint("brand_id", "name", name=op.f("uq_maker_brand_id_name")),
    )
    op.create_index(op.f("ix_maker_brand_id"), "maker", ["brand_id"], unique=False)
    op.create_index(op.f("ix_maker_changed_by_id"), "maker", ["changed_by_id"], unique=False)
    op.create_index(op.f("ix_maker_created_by_id"), "maker", ["created_by_id"], unique=False)
    op.create_table(
        "money_account",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("store_id", sa.Integer(), nullable=True),
        sa.Column("is_till", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_money_account_account_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["ab_user.id"], name=op.f("fk_money_account_changed_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["ab_user.id"], name=op.f("fk_money_account_created_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["store_id"], ["store.id"], name=op.f("fk_money_account_store_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_money_account")),
        sa.UniqueConstraint("name", name=op.f("uq_money_account_name")),
    )
    op.create_index(op.f("ix_money_account_account_id"), "money_account", ["account_id"], unique=False)
    op.create_index(op.f("ix_money_account_changed_by_id"), "money_account", ["changed_by_id"], unique=False)
    op.create_index(op.f("ix_money_account_created_by_id"), "money_account", ["created_by_id"], unique=False)
    op.create_index(op.f("ix_money_account_store_id"), "money_account", ["store_id"], unique=False)
    op.create_table(
        "employee",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("store_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("mobile", sa.String(length=20), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["ab_user.id"], name=op.f("fk_employee_changed_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["ab_user.id"], name=op.f("fk_employee_created_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_employee_department_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_employee_store_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_employee")),
        sa.UniqueConstraint("code", name=op.f("uq_employee_code")),
    )
    op.create_index(op.f("ix_employee_changed_by_id"), "employee", ["changed_by_id"], unique=False)
    op.create_index(op.f("ix_employee_created_by_id"), "employee", ["created_by_id"], unique=False)
    op.create_index(op.f("ix_employee_department_id"), "employee", ["department_id"], unique=False)
    op.create_index(op.f("ix_employee_store_id"), "employee", ["store_id"], unique=False)
    op.create_table(
        "series",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("maker_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["ab_user.id"], name=op.f("fk_series_changed_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["ab_user.id"], name=op.f("fk_series_created_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["maker_id"], ["maker.id"], name=op.f("fk_series_maker_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
        sa.UniqueConstraint("maker_id", "name", name=op.f("uq_series_maker_id_name")),
    )
    op.create_index(op.f("ix_series_changed_by_id"), "series", ["changed_by_id"], unique=False)
    op.create_index(op.f("ix_series_created_by_id"), "series", ["created_by_id"], unique=False)
    op.create_index(op.f("ix_series_maker_id"), "series", ["maker_id"], unique=False)
    op.create_table(
        "car_model",
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("model_year", sa.Integer(), nullable=True),
        sa.Column("displacement_ml", sa.Integer(), nullable=True),
        sa.Column("energy_type_id", sa.Integer(), nullable=True),
        sa.Column("gearbox_id", sa.Integer(), nullable=True),
        sa.Column("emission_standard_id", sa.Integer(), nullable=True),
        sa.Column("body_type_id", sa.Integer(), nullable=True),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("new_price", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["body_type_id"], ["body_type.id"], name=op.f("fk_car_model_body_type_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["ab_user.id"], name=op.f("fk_car_model_changed_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["ab_user.id"], name=op.f("fk_car_model_created_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["emission_standard_id"],
            ["emission_standard.id"],
            name=op.f("fk_car_model_emission_standard_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["energy_type_id"], ["energy_type.id"], name=op.f("fk_car_model_energy_type_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["gearbox_id"], ["gearbox.id"], name=op.f("fk_car_model_gearbox_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_car_model_series_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_car_model")),
        sa.UniqueConstraint("code", name=op.f("uq_car_model_code")),
    )
    op.create_index(op.f("ix_car_model_body_type_id"), "car_model", ["body_type_id"], unique=False)
    op.create_index(op.f("ix_car_model_changed_by_id"), "car_model", ["changed_by_id"], unique=False)
    op.create_index(op.f("ix_car_model_created_by_id"), "car_model", ["created_by_id"], unique=False)
    op.create_index(op.f("ix_car_model_emission_standard_id"), "car_model", ["emission_standard_id"], unique=False)
    op.create_index(op.f("ix_car_model_energy_type_id"), "car_model", ["energy_type_id"], unique=False)
    op.create_index(op.f("ix_car_model_gearbox_id"), "car_model", ["gearbox_id"], unique=False)
    op.create_index(op.f("ix_car_model_name"), "car_model", ["name"], unique=False)
    op.create_index(op.f("ix_car_model_series_id"), "car_model", ["series_id"], unique=False)
    op.create_table(
        "manual_entry",
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("draft", "approved", "void", name="state", native_enum=False, create_constraint=True, length=30),
            nullable=False,
        ),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_back_reason", sa.String(length=200), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_reason", sa.String(length=200), nullable=True),
        sa.Column("store_id", sa.Integer(), nullable=False),
        sa.Column("handler_id", sa.Integer(), nullable=True),
        sa.Column("submitted_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'approved') = (approved_at IS NOT NULL)", name=op.f("ck_manual_entry_approved_has_its_moment")
        ),
        sa.CheckConstraint(
            "state = 'draft' OR submitted_at IS NULL", name=op.f("ck_manual_entry_only_a_draft_is_submitted")
        ),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_manual_entry_revision_counts_from_one")),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["ab_user.id"], name=op.f("fk_manual_entry_approved_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["ab_user.id"], name=op.f("fk_manual_entry_changed_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["ab_user.id"], name=op.f("fk_manual_entry_created_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["handler_id"], ["employee.id"], name=op.f("fk_manual_entry_handler_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_manual_entry_store_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["submitted_by_id"], ["ab_user.id"], name=op.f("fk_manual_entry_submitted_by_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manual_entry")),
        sa.UniqueConstraint("number", name=op.f("uq_manual_entry_number")),
    )
    op.create_index(op.f("ix_manual_entry_approved_by_id"), "manual_entry", ["approved_by_id"], unique=False)
    op.create_index(op.f("ix_manual_entry_changed_by_id"), "manual_entry", ["changed_by_id"], unique=False)
    op.create_index(op.f("ix_manual_entry_created_by_id"), "manual_entry", ["created_by_id"], unique=False)
    op.create_index(op.f("ix_manual_entry_dated_on"), "manual_entry", ["dated_on"], unique=False)
    op.create_index(op.f("ix_manual_entry_handler_id"), "manual_entry", ["handler_id"], unique=False)
    op.create_index(op.f("ix_manual_entry_state"), "manual_entry", ["state"], unique=False)
    op.create_index(op.f("ix_manual_entry_store_id"), "manual_entry", ["store_id"], unique=False)
    op.create_index(op.f("ix_manual_entry_submitted_by_id"), "manual_entry", ["submitted_by_id"], unique=False)
    op.create_table(
        "party",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("person", "company", name="party_kind", native_enum=False, create_constraint=True, length=30),
            nullable=False,
        ),
        sa.Column("mobile", sa.String(length=20), nullable=True),
        sa.Column(
            "id_kind",
            sa.Enum(
                "resident", "passport", "permit", name="id_kind", native_enum=False, create_constraint=True, length=30
            ),
            nullable=True,
        ),
        sa.Column("id_number", sa.String(length=30), nullable=True),
        sa.Column("credit_code", sa.String(length=18), nullable=True),
        sa.Column("address", sa.String(length=200), nullable=True),
        sa.Column("store_id", sa.Integer(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["ab_user.id"], name=op.f("fk_party_changed_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["ab_user.id"], name=op.f("fk_party_created_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["employee.id"], name=op.f("fk_party_owner_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_party_store_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party")),
        sa.UniqueConstraint("code", name=op.f("uq_party_code")),
    )
    op.create_index(op.f("ix_party_changed_by_id"), "party", ["changed_by_id"], unique=False)
    op.create_index(op.f("ix_party_created_by_id"), "party", ["created_by_id"], unique=False)
    op.create_index(op.f("ix_party_mobile"), "party", ["mobile"], unique=False)
    op.create_index(op.f("ix_party_name"), "party", ["name"], unique=False)
    op.create_index(op.f("ix_party_owner_id"), "party", ["owner_id"], unique=False)
    op.create_index(op.f("ix_party_store_id"), "party", ["store_id"], unique=False)
    op.create_table(
        "warehouse",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "showroom",
                "yard",
                "workshop",
                "outside",
                name="warehouse_kind",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("keeper_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["ab_user.id"], name=op.f("fk_warehouse_changed_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["ab_user.id"], name=op.f("fk_warehouse_created_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["keeper_id"], ["employee.id"], name=op.f("fk_warehouse_keeper_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_warehouse_store_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warehouse")),
        sa.UniqueConstraint("code", name=op.f("uq_warehouse_code")),
        sa.UniqueConstraint("name", name=op.f("uq_warehouse_name")),
    )
    op.create_index(op.f("ix_warehouse_changed_by_id"), "warehouse", ["changed_by_id"], unique=False)
    op.create_index(op.f("ix_warehouse_created_by_id"), "warehouse", ["created_by_id"], unique=False)
    op.create_index(op.f("ix_warehouse_keeper_id"), "warehouse", ["keeper_id"], unique=False)
    op.create_index(op.f("ix_warehouse_store_id"), "warehouse", ["store_id"], unique=False)
    op.create_table(
        "expense",
        sa.Column("paid_from_id", sa.Integer(), nullable=True),
        sa.Column("party_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("draft", "approved", "void", name="state", native_enum=False, create_constraint=True, length=30),
            nullable=False,
        ),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_back_reason", sa.String(length=200), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_reason", sa.String(length=200), nullable=True),
        sa.Column("store_id", sa.Integer(), nullable=False),
        sa.Column("handler_id", sa.Integer(), nullable=True),
        sa.Column("submitted_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'approved') = (approved_at IS NOT NULL)", name=op.f("ck_expense_approved_has_its_moment")
        ),
        sa.CheckConstraint(
            "state = 'draft' OR submitted_at IS NULL", name=op.f("ck_expense_only_a_draft_is_submitted")
        ),
        sa.CheckConstraint("(paid_from_id IS NULL) <> (party_id IS NULL)", name=op.f("ck_expense_paid_or_owed")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_expense_revision_counts_from_one")),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["ab_user.id"], name=op.f("fk_expense_approved_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["ab_user.id"], name=op.f("fk_expense_changed_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["ab_user.id"], name=op.f("fk_expense_created_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["handler_id"], ["employee.id"], name=op.f("fk_expense_handler_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["paid_from_id"], ["money_account.id"], name=op.f("fk_expense_paid_from_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_expense_party_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_expense_store_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["submitted_by_id"], ["ab_user.id"], name=op.f("fk_expense_submitted_by_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expense")),
        sa.UniqueConstraint("number", name=op.f("uq_expense_number")),
    )
    op.create_index(op.f("ix_expense_approved_by_id"), "expense", ["approved_by_id"], unique=False)
    op.create_index(op.f("ix_expense_changed_by_id"), "expense", ["changed_by_id"], unique=False)
    op.create_index(op.f("ix_expense_created_by_id"), "expense", ["created_by_id"], unique=False)
    op.create_index(op.f("ix_expense_dated_on"), "expense", ["dated_on"], unique=False)
    op.create_index(op.f("ix_expense_handler_id"), "expense", ["handler_id"], unique=False)
    op.create_index(op.f("ix_expense_paid_from_id"), "expense", ["paid_from_id"], unique=False)
    op.create_index(op.f("ix_expense_party_id"), "expense", ["party_id"], unique=False)
    op.create_index(op.f("ix_expense_state"), "expense", ["state"], unique=False)
    op.create_index(op.f("ix_expense_store_id"), "expense", ["store_id"], unique=False)
    op.create_index(op.f("ix_expense_submitted_by_id"), "expense", ["submitted_by_id"], unique=False)
    op.create_table(
        "open_item",
        sa.Column("document_kind", sa.String(length=30), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("party_id", sa.Integer(), nullable=False),
        sa.Column(
            "side", sa.Enum("D", "C", name="side", native_enum=False, create_constraint=True, length=30), nullable=False
        ),
        sa.Column("store_id", sa.Integer(), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("settled", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("settled >= 0 AND settled <= amount", name=op.f("ck_open_item_settled_within_amount")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_open_item_account_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_open_item_party_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_open_item_store_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_item")),
        sa.UniqueConstraint(
            "document_kind",
            "document_id",
            "account_id",
            "party_id",
            "side",
            name=op.f("uq_open_item_document_kind_document_id_account_id_party_id_side"),
        ),
    )
    op.create_index(op.f("ix_open_item_account_id"), "open_item", ["account_id"], unique=False)
    op.create_index(op.f("ix_open_item_party_id"), "open_item", ["party_id"], unique=False)
    op.create_index(op.f("ix_open_item_store_id"), "open_item", ["store_id"], unique=False)
    op.create_table(
        "party_role",
        sa.Column("party_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "buyer",
                "seller",
                "vendor",
                "agent",
                "insurer",
                "lender",
                "owner",
                "employee",
                name="party_role",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_party_role_party_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_role")),
        sa.UniqueConstraint("party_id", "role", name=op.f("uq_party_role_party_id_role")),
    )
    op.create_index(op.f("ix_party_role_party_id"), "party_role", ["party_id"], unique=False)
    op.create_table(
        "settlement",
        sa.Column(
            "direction",
            sa.Enum(
                "receipt", "payment", "offset", name="direction", native_enum=False, create_constraint=True, length=30
            ),
            nullable=False,
        ),
        sa.Column("party_id", sa.Integer(), nullable=False),
        sa.Column("advance", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("draft", "approved", "void", name="state", native_enum=False, create_constraint=True, length=30),
            nullable=False,
        ),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_back_reason", sa.String(length=200), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_reason", sa.String(length=200), nullable=True),
        sa.Column("store_id", sa.Integer(), nullable=False),
        sa.Column("handler_id", sa.Integer(), nullable=True),
        sa.Column("submitted_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'approved') = (approved_at IS NOT NULL)", name=op.f("ck_settlement_approved_has_its_moment")
        ),
        sa.CheckConstraint(
            "state = 'draft' OR submitted_at IS NULL", name=op.f("ck_settlement_only_a_draft_is_submitted")
        ),
        sa.CheckConstraint("advance >= 0", name=op.f("ck_settlement_advance_not_negative")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_settlement_revision_counts_from_one")),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["ab_user.id"], name=op.f("fk_settlement_approved_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["ab_user.id"], name=op.f("fk_settlement_changed_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["ab_user.id"], name=op.f("fk_settlement_created_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["handler_id"], ["employee.id"], name=op.f("fk_settlement_handler_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_settlement_party_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_settlement_store_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["submitted_by_id"], ["ab_user.id"], name=op.f("fk_settlement_submitted_by_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement")),
        sa.UniqueConstraint("number", name=op.f("uq_settlement_number")),
    )
    op.create_index(op.f("ix_settlement_approved_by_id"), "settlement", ["approved_by_id"], unique=False)
    op.create_index(op.f("ix_settlement_changed_by_id"), "settlement", ["changed_by_id"], unique=False)
    op.create_index(op.f("ix_settlement_created_by_id"), "settlement", ["created_by_id"], unique=False)
    op.create_index(op.f("ix_settlement_dated_on"), "settlement", ["dated_on"], unique=False)
    op.create_index(op.f("ix_settlement_handler_id"), "settlement", ["handler_id"], unique=False)
    op.create_index(op.f("ix_settlement_party_id"), "settlement", ["party_id"], unique=False)
    op.create_index(op.f("ix_settlement_state"), "settlement", ["state"], unique=False)
    op.create_index(op.f("ix_settlement_store_id"), "settlement", ["store_id"], unique=False)
    op.create_index(op.f("ix_settlement_submitted_by_id"), "settlement", ["submitted_by_id"], unique=False)
    op.create_table(
        "vehicle",
        sa.Column("vin", sa.String(length=17), nullable=False),
        sa.Column("vin_override_reason", sa.String(length=100), nullable=True),
        sa.Column("engine_no", sa.String(length=30), nullable=True),
        sa.Column("car_model_id", sa.Integer(), nullable=True),
        sa.Column("colour_id", sa.Integer(), nullable=True),
        sa.Column("first_registered_on", sa.Date(), nullable=True),
        sa.Column(
            "registered_precision",
            sa.Enum("day", "month", name="precision", native_enum=False, create_constraint=True, length=30),
            nullable=False,
        ),
        sa.Column("mileage_km", sa.Integer(), nullable=True),
        sa.Column("plate", sa.String(length=12), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "appraising",
                "arriving",
                "to_recondition",
                "reconditioning",
                "for_sale",
                "reserved",
                "sold",
                "delivered",
                "transferred",
                "in_transit",
                "returned",
                "own_use",
                "scrapped",
                name="vehicle_status",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(vin) = 17", name=op.f("ck_vehicle_vin_has_17_characters")),
        sa.ForeignKeyConstraint(
            ["car_model_id"], ["car_model.id"], name=op.f("fk_vehicle_car_model_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["ab_user.id"], name=op.f("fk_vehicle_changed_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["colour_id"], ["colour.id"], name=op.f("fk_vehicle_colour_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["ab_user.id"], name=op.f("fk_vehicle_created_by_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vehicle")),
        sa.UniqueConstraint("vin", name=op.f("uq_vehicle_vin")),
    )
    op.create_index(op.f("ix_vehicle_car_model_id"), "vehicle", ["car_model_id"], unique=False)
    op.create_index(op.f("ix_vehicle_changed_by_id"), "vehicle", ["changed_by_id"], unique=False)
    op.create_index(op.f("ix_vehicle_colour_id"), "vehicle", ["colour_id"], unique=False)
    op.create_index(op.f("ix_vehicle_created_by_id"), "vehicle", ["created_by_id"], unique=False)
    op.create_index(op.f("ix_vehicle_plate"), "vehicle", ["plate"], unique=False)
    op.create_index(op.f("ix_vehicle_status"), "vehicle", ["status"], unique=False)
    op.create_table(
        "match",
        sa.Column("document_kind", sa.String(length=30), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_match_amount_positive")),
        sa.ForeignKeyConstraint(["item_id"], ["open_item.id"], name=op.f("fk_match_item_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match")),
        sa.UniqueConstraint(
            "document_kind", "document_id", "item_id", name=op.f("uq_match_document_kind_document_id_item_id")
        ),
    )
    op.create_index(op.f("ix_match_item_id"), "match", ["item_id"], unique=False)
    op.create_table(
        "purchase",
        sa.Column(
            "kind",
            sa.Enum(
                "own",
                "trade_in",
                "consigned",
                "partner",
                name="purchase_kind",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("seller_id", sa.Integer(), nullable=False),
        sa.Column("vehicle_id", sa.Integer(), nullable=False),
        sa.Column("warehouse_id", sa.Integer(), nullable=False),
        sa.Column("mileage_km", sa.Integer(), nullable=False),
        sa.Column("plate", sa.String(length=12), nullable=True),
        sa.Column("key_count", sa.Integer(), nullable=True),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("payment_method_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("fees_into_cost", sa.Boolean(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("draft", "approved", "void", name="state", native_enum=False, create_constraint=True, length=30),
            nullable=False,
        ),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_back_reason", sa.String(length=200), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_reason", sa.String(length=200), nullable=True),
        sa.Column("store_id", sa.Integer(), nullable=False),
        sa.Column("handler_id", sa.Integer(), nullable=True),
        sa.Column("submitted_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'approved') = (approved_at IS NOT NULL)", name=op.f("ck_purchase_approved_has_its_moment")
        ),
        sa.CheckConstraint(
            "state = 'draft' OR submitted_at IS NULL", name=op.f("ck_purchase_only_a_draft_is_submitted")
        ),
        sa.CheckConstraint("mileage_km >= 0", name=op.f("ck_purchase_mileage_not_negative")),
        sa.CheckConstraint("price >= 0", name=op.f("ck_purchase_price_not_negative")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_purchase_revision_counts_from_one")),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["ab_user.id"], name=op.f("fk_purchase_approved_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["ab_user.id"], name=op.f("fk_purchase_changed_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["ab_user.id"], name=op.f("fk_purchase_created_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["handler_id"], ["employee.id"], name=op.f("fk_purchase_handler_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["payment_method_id"],
            ["payment_method.id"],
            name=op.f("fk_purchase_payment_method_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(["seller_id"], ["party.id"], name=op.f("fk_purchase_seller_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_purchase_store_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["submitted_by_id"], ["ab_user.id"], name=op.f("fk_purchase_submitted_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["vehicle_id"], ["vehicle.id"], name=op.f("fk_purchase_vehicle_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_purchase_warehouse_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase")),
        sa.UniqueConstraint("number", name=op.f("uq_purchase_number")),
    )
    op.create_index(op.f("ix_purchase_approved_by_id"), "purchase", ["approved_by_id"], unique=False)
    op.create_index(op.f("ix_purchase_changed_by_id"), "purchase", ["changed_by_id"], unique=False)
    op.create_index(op.f("ix_purchase_created_by_id"), "purchase", ["created_by_id"], unique=False)
    op.create_index(op.f("ix_purchase_dated_on"), "purchase", ["dated_on"], unique=False)
    op.create_index(op.f("ix_purchase_handler_id"), "purchase", ["handler_id"], unique=False)
    op.create_index(op.f("ix_purchase_payment_method_id"), "purchase", ["payment_method_id"], unique=False)
    op.create_index(op.f("ix_purchase_seller_id"), "purchase", ["seller_id"], unique=False)
    op.create_index(op.f("ix_purchase_state"), "purchase", ["state"], unique=False)
    op.create_index(op.f("ix_purchase_store_id"), "purchase", ["store_id"], unique=False)
    op.create_index(op.f("ix_purchase_submitted_by_id"), "purchase", ["submitted_by_id"], unique=False)
    op.create_index(op.f("ix_purchase_vehicle_id"), "purchase", ["vehicle_id"], unique=False)
    op.create_index(op.f("ix_purchase_warehouse_id"), "purchase", ["warehouse_id"], unique=False)
    op.create_table(
        "settlement_item",
        sa.Column("settlement_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("let_off", sa.BigInteger(), nullable=False),
        sa.Column(
            "let_off_reason",
            sa.Enum(
                "rounding",
                "cash_discount",
                "bad_debt",
                "price_cut",
                "not_payable",
                name="let_off",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=True,
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_settlement_item_amount_not_negative")),
        sa.CheckConstraint(
            "let_off >= 0 AND (let_off > 0) = (let_off_reason IS NOT NULL)",
            name=op.f("ck_settlement_item_let_off_has_its_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["open_item.id"], name=op.f("fk_settlement_item_item_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["settlement_id"], ["settlement.id"], name=op.f("fk_settlement_item_settlement_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_item")),
    )
    op.create_index(op.f("ix_settlement_item_item_id"), "settlement_item", ["item_id"], unique=False)
    op.create_index(op.f("ix_settlement_item_settlement_id"), "settlement_item", ["settlement_id"], unique=False)
    op.create_table(
        "settlement_money",
        sa.Column("settlement_id", sa.Integer(), nullable=False),
        sa.Column("money_account_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_settlement_money_amount_positive")),
        sa.CheckConstraint("fee >= 0", name=op.f("ck_settlement_money_fee_not_negative")),
        sa.ForeignKeyConstraint(
            ["money_account_id"],
            ["money_account.id"],
            name=op.f("fk_settlement_money_money_account_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["settlement_id"], ["settlement.id"], name=op.f("fk_settlement_money_settlement_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_money")),
    )
    op.create_index(
        op.f("ix_settlement_money_money_account_id"), "settlement_money", ["money_account_id"], unique=False
    )
    op.create_index(op.f("ix_settlement_money_settlement_id"), "settlement_money", ["settlement_id"], unique=False)
    op.create_table(
        "holding",
        sa.Column("purchase_id", sa.Integer(), nullable=True),
        sa.Column("vehicle_id", sa.Integer(), nullable=False),
        sa.Column("stock_no", sa.String(length=20), nullable=False),
        sa.Column("warehouse_id", sa.Integer(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column(
            "closed_by",
            sa.Enum(
                "sale", "returned", "scrap", name="closed_by", native_enum=False, create_constraint=True, length=30
            ),
            nullable=True,
        ),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("(closed_on IS NULL) = (closed_by IS NULL)", name=op.f("ck_holding_closing_says_by_what")),
        sa.CheckConstraint("closed_on IS NULL OR closed_on >= opened_on", name=op.f("ck_holding_closes_after_opening")),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["purchase.id"], name=op.f("fk_holding_purchase_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["vehicle_id"], ["vehicle.id"], name=op.f("fk_holding_vehicle_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_holding_warehouse_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holding")),
        sa.UniqueConstraint("stock_no", name=op.f("uq_holding_stock_no")),
    )
    op.create_index(op.f("ix_holding_opened_on"), "holding", ["opened_on"], unique=False)
    op.create_index(op.f("ix_holding_purchase_id"), "holding", ["purchase_id"], unique=True)
    op.create_index(op.f("ix_holding_vehicle_id"), "holding", ["vehicle_id"], unique=False)
    op.create_index(op.f("ix_holding_warehouse_id"), "holding", ["warehouse_id"], unique=False)
    op.create_index(
        "uq_holding_one_open_per_vehicle",
        "holding",
        ["vehicle_id"],
        unique=True,
        sqlite_where=sa.text("opened_on IS NOT NULL AND closed_on IS NULL"),
        postgresql_where=sa.text("opened_on IS NOT NULL AND closed_on IS NULL"),
    )
    op.create_table(
        "purchase_fee",
        sa.Column("purchase_id", sa.Integer(), nullable=False),
        sa.Column("fee_item_id", sa.Integer(), nullable=False),
        sa.Column("party_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_purchase_fee_amount_positive")),
        sa.ForeignKeyConstraint(
            ["fee_item_id"], ["fee_item.id"], name=op.f("fk_purchase_fee_fee_item_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_purchase_fee_party_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["purchase.id"], name=op.f("fk_purchase_fee_purchase_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_fee")),
    )
    op.create_index(op.f("ix_purchase_fee_fee_item_id"), "purchase_fee", ["fee_item_id"], unique=False)
    op.create_index(op.f("ix_purchase_fee_party_id"), "purchase_fee", ["party_id"], unique=False)
    op.create_index(op.f("ix_purchase_fee_purchase_id"), "purchase_fee", ["purchase_id"], unique=False)
    op.create_table(
        "expense_line",
        sa.Column("expense_id", sa.Integer(), nullable=False),
        sa.Column("fee_item_id", sa.Integer(), nullable=False),
        sa.Column("holding_id", sa.Integer(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column(
            "belongs_to",
            sa.Enum(
                "stock", "sale", "selling", name="belongs_to", native_enum=False, create_constraint=True, length=30
            ),
            nullable=False,
        ),
        sa.Column("text", sa.String(length=200), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_expense_line_amount_positive")),
        sa.ForeignKeyConstraint(
            ["expense_id"], ["expense.id"], name=op.f("fk_expense_line_expense_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["fee_item_id"], ["fee_item.id"], name=op.f("fk_expense_line_fee_item_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["holding_id"], ["holding.id"], name=op.f("fk_expense_line_holding_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expense_line")),
    )
    op.create_index(op.f("ix_expense_line_expense_id"), "expense_line", ["expense_id"], unique=False)
    op.create_index(op.f("ix_expense_line_fee_item_id"), "expense_line", ["fee_item_id"], unique=False)
    op.create_index(op.f("ix_expense_line_holding_id"), "expense_line", ["holding_id"], unique=False)
    op.create_table(
        "journal_line",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("is_red", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("store_id", sa.Integer(), nullable=False),
        sa.Column("debit", sa.BigInteger(), nullable=False),
        sa.Column("credit", sa.BigInteger(), nullable=False),
        sa.Column("party_id", sa.Integer(), nullable=True),
        sa.Column("holding_id", sa.Integer(), nullable=True),
        sa.Column("money_account_id", sa.Integer(), nullable=True),
        sa.Column("employee_id", sa.Integer(), nullable=True),
        sa.Column("tax_rate_id", sa.Integer(), nullable=True),
        sa.Column("taxed_gross", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.String(length=200), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("(debit = 0) <> (credit = 0)", name=op.f("ck_journal_line_debit_or_credit")),
        sa.CheckConstraint(
            "(is_red AND debit <= 0 AND credit <= 0) OR (NOT is_red AND debit >= 0 AND credit >= 0)",
            name=op.f("ck_journal_line_negative_only_in_red"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_journal_line_account_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_journal_line_employee_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["entry_id", "is_red"], ["journal_entry.id", "journal_entry.is_red"], name="fk_journal_line_entry_red"
        ),
        sa.ForeignKeyConstraint(
            ["holding_id"], ["holding.id"], name=op.f("fk_journal_line_holding_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["money_account_id"],
            ["money_account.id"],
            name=op.f("fk_journal_line_money_account_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_journal_line_party_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_journal_line_store_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["tax_rate_id"], ["tax_rate.id"], name=op.f("fk_journal_line_tax_rate_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_line")),
    )
    op.create_index(op.f("ix_journal_line_account_id"), "journal_line", ["account_id"], unique=False)
    op.create_index(
        op.f("ix_journal_line_account_id_party_id"), "journal_line", ["account_id", "party_id"], unique=False
    )
    op.create_index(op.f("ix_journal_line_employee_id"), "journal_line", ["employee_id"], unique=False)
    op.create_index(op.f("ix_journal_line_entry_id"), "journal_line", ["entry_id"], unique=False)
    op.create_index(op.f("ix_journal_line_holding_id"), "journal_line", ["holding_id"], unique=False)
    op.create_index(op.f("ix_journal_line_money_account_id"), "journal_line", ["money_account_id"], unique=False)
    op.create_index(op.f("ix_journal_line_party_id"), "journal_line", ["party_id"], unique=False)
    op.create_index(op.f("ix_journal_line_store_id"), "journal_line", ["store_id"], unique=False)
    op.create_index(op.f("ix_journal_line_tax_rate_id"), "journal_line", ["tax_rate_id"], unique=False)
    op.create_table(
        "manual_entry_line",
        sa.Column("manual_entry_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("debit", sa.BigInteger(), nullable=False),
        sa.Column("credit", sa.BigInteger(), nullable=False),
        sa.Column("party_id", sa.Integer(), nullable=True),
        sa.Column("holding_id", sa.Integer(), nullable=True),
        sa.Column("money_account_id", sa.Integer(), nullable=True),
        sa.Column("employee_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.String(length=200), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "debit >= 0 AND credit >= 0 AND (debit = 0) <> (credit = 0)",
            name=op.f("ck_manual_entry_line_debit_or_credit"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_manual_entry_line_account_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_manual_entry_line_employee_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["holding_id"], ["holding.id"], name=op.f("fk_manual_entry_line_holding_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["manual_entry_id"],
            ["manual_entry.id"],
            name=op.f("fk_manual_entry_line_manual_entry_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["money_account_id"],
            ["money_account.id"],
            name=op.f("fk_manual_entry_line_money_account_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_manual_entry_line_party_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manual_entry_line")),
    )
    op.create_index(op.f("ix_manual_entry_line_account_id"), "manual_entry_line", ["account_id"], unique=False)
    op.create_index(op.f("ix_manual_entry_line_employee_id"), "manual_entry_line", ["employee_id"], unique=False)
    op.create_index(op.f("ix_manual_entry_line_holding_id"), "manual_entry_line", ["holding_id"], unique=False)
    op.create_index(
        op.f("ix_manual_entry_line_manual_entry_id"), "manual_entry_line", ["manual_entry_id"], unique=False
    )
    op.create_index(
        op.f("ix_manual_entry_line_money_account_id"), "manual_entry_line", ["money_account_id"], unique=False
    )
    op.create_index(op.f("ix_manual_entry_line_party_id"), "manual_entry_line", ["party_id"], unique=False)
    op.create_table(
        "price_change",
        sa.Column("holding_id", sa.Integer(), nullable=False),
        sa.Column("asking", sa.BigInteger(), nullable=False),
        sa.Column("floor", sa.BigInteger(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("draft", "approved", "void", name="state", native_enum=False, create_constraint=True, length=30),
            nullable=False,
        ),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_back_reason", sa.String(length=200), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_reason", sa.String(length=200), nullable=True),
        sa.Column("store_id", sa.Integer(), nullable=False),
        sa.Column("handler_id", sa.Integer(), nullable=True),
        sa.Column("submitted_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'approved') = (approved_at IS NOT NULL)", name=op.f("ck_price_change_approved_has_its_moment")
        ),
        sa.CheckConstraint(
            "state = 'draft' OR submitted_at IS NULL", name=op.f("ck_price_change_only_a_draft_is_submitted")
        ),
        sa.CheckConstraint("asking > 0", name=op.f("ck_price_change_asking_positive")),
        sa.CheckConstraint(
            "floor >= 0 AND floor <= asking", name=op.f("ck_price_change_floor_between_zero_and_asking")
        ),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_price_change_revision_counts_from_one")),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["ab_user.id"], name=op.f("fk_price_change_approved_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["ab_user.id"], name=op.f("fk_price_change_changed_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["ab_user.id"], name=op.f("fk_price_change_created_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["handler_id"], ["employee.id"], name=op.f("fk_price_change_handler_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["holding_id"], ["holding.id"], name=op.f("fk_price_change_holding_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_price_change_store_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["submitted_by_id"], ["ab_user.id"], name=op.f("fk_price_change_submitted_by_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_change")),
        sa.UniqueConstraint("number", name=op.f("uq_price_change_number")),
    )
    op.create_index(op.f("ix_price_change_approved_by_id"), "price_change", ["approved_by_id"], unique=False)
    op.create_index(op.f("ix_price_change_changed_by_id"), "price_change", ["changed_by_id"], unique=False)
    op.create_index(op.f("ix_price_change_created_by_id"), "price_change", ["created_by_id"], unique=False)
    op.create_index(op.f("ix_price_change_dated_on"), "price_change", ["dated_on"], unique=False)
    op.create_index(op.f("ix_price_change_handler_id"), "price_change", ["handler_id"], unique=False)
    op.create_index(op.f("ix_price_change_holding_id"), "price_change", ["holding_id"], unique=False)
    op.create_index(op.f("ix_price_change_state"), "price_change", ["state"], unique=False)
    op.create_index(op.f("ix_price_change_store_id"), "price_change", ["store_id"], unique=False)
    op.create_index(op.f("ix_price_change_submitted_by_id"), "price_change", ["submitted_by_id"], unique=False)
    op.create_table(
        "sale",
        sa.Column("own_number", sa.String(length=30), nullable=True),
        sa.Column("buyer_id", sa.Integer(), nullable=False),
        sa.Column("holding_id", sa.Integer(), nullable=False),
        sa.Column("salesperson_id", sa.Integer(), nullable=False),
        sa.Column("warehouse_id", sa.Integer(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("list_price", sa.BigInteger(), nullable=True),
        sa.Column("floor", sa.BigInteger(), nullable=True),
        sa.Column("payment_method_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("below_floor_by_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("draft", "approved", "void", name="state", native_enum=False, create_constraint=True, length=30),
            nullable=False,
        ),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_back_reason", sa.String(length=200), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_reason", sa.String(length=200), nullable=True),
        sa.Column("store_id", sa.Integer(), nullable=False),
        sa.Column("handler_id", sa.Integer(), nullable=True),
        sa.Column("submitted_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'approved') = (approved_at IS NOT NULL)", name=op.f("ck_sale_approved_has_its_moment")
        ),
        sa.CheckConstraint("state = 'draft' OR submitted_at IS NULL", name=op.f("ck_sale_only_a_draft_is_submitted")),
        sa.CheckConstraint("price > 0", name=op.f("ck_sale_price_positive")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_sale_revision_counts_from_one")),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["ab_user.id"], name=op.f("fk_sale_approved_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["below_floor_by_id"], ["ab_user.id"], name=op.f("fk_sale_below_floor_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["buyer_id"], ["party.id"], name=op.f("fk_sale_buyer_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["ab_user.id"], name=op.f("fk_sale_changed_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["ab_user.id"], name=op.f("fk_sale_created_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["handler_id"], ["employee.id"], name=op.f("fk_sale_handler_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["holding_id"], ["holding.id"], name=op.f("fk_sale_holding_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["payment_method_id"], ["payment_method.id"], name=op.f("fk_sale_payment_method_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["salesperson_id"], ["employee.id"], name=op.f("fk_sale_salesperson_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_sale_store_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["submitted_by_id"], ["ab_user.id"], name=op.f("fk_sale_submitted_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_sale_warehouse_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sale")),
        sa.UniqueConstraint("number", name=op.f("uq_sale_number")),
    )
    op.create_index(op.f("ix_sale_approved_by_id"), "sale", ["approved_by_id"], unique=False)
    op.create_index(op.f("ix_sale_below_floor_by_id"), "sale", ["below_floor_by_id"], unique=False)
    op.create_index(op.f("ix_sale_buyer_id"), "sale", ["buyer_id"], unique=False)
    op.create_index(op.f("ix_sale_changed_by_id"), "sale", ["changed_by_id"], unique=False)
    op.create_index(op.f("ix_sale_created_by_id"), "sale", ["created_by_id"], unique=False)
    op.create_index(op.f("ix_sale_dated_on"), "sale", ["dated_on"], unique=False)
    op.create_index(op.f("ix_sale_handler_id"), "sale", ["handler_id"], unique=False)
    op.create_index(op.f("ix_sale_holding_id"), "sale", ["holding_id"], unique=False)
    op.create_index(op.f("ix_sale_payment_method_id"), "sale", ["payment_method_id"], unique=False)
    op.create_index(op.f("ix_sale_salesperson_id"), "sale", ["salesperson_id"], unique=False)
    op.create_index(op.f("ix_sale_state"), "sale", ["state"], unique=False)
    op.create_index(op.f("ix_sale_store_id"), "sale", ["store_id"], unique=False)
    op.create_index(op.f("ix_sale_submitted_by_id"), "sale", ["submitted_by_id"], unique=False)
    op.create_index(op.f("ix_sale_warehouse_id"), "sale", ["warehouse_id"], unique=False)
    op.create_table(
        "sale_fee",
        sa.Column("sale_id", sa.Integer(), nullable=False),
        sa.Column("fee_item_id", sa.Integer(), nullable=False),
        sa.Column("charged", sa.BigInteger(), nullable=False),
        sa.Column("passed_on", sa.BigInteger(), nullable=False),
        sa.Column("party_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("charged >= 0", name=op.f("ck_sale_fee_charged_not_negative")),
        sa.CheckConstraint("passed_on = 0 OR party_id IS NOT NULL", name=op.f("ck_sale_fee_passed_on_names_its_party")),
        sa.CheckConstraint(
            "passed_on >= 0 AND passed_on <= charged", name=op.f("ck_sale_fee_passed_on_within_charged")
        ),
        sa.ForeignKeyConstraint(
            ["fee_item_id"], ["fee_item.id"], name=op.f("fk_sale_fee_fee_item_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_sale_fee_party_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["sale_id"], ["sale.id"], name=op.f("fk_sale_fee_sale_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sale_fee")),
    )
    op.create_index(op.f("ix_sale_fee_fee_item_id"), "sale_fee", ["fee_item_id"], unique=False)
    op.create_index(op.f("ix_sale_fee_party_id"), "sale_fee", ["party_id"], unique=False)
    op.create_index(op.f("ix_sale_fee_sale_id"), "sale_fee", ["sale_id"], unique=False)
    if dialect != "sqlite":
        op.create_foreign_key(
            "fk_ab_user_employee_id", "ab_user", "employee", ["employee_id"], ["id"], ondelete="RESTRICT"
        )
    for table, operations in GUARDED:
        for statement in triggers.table_ddl(dialect, table, operations):
            op.execute(statement)


def downgrade() -> None:  # noqa: PLR0915
    """To nothing, with everything that was written. Rows that point at each other are parted first."""
    dialect = op.get_bind().dialect.name
    for table, operations in GUARDED:
        for statement in triggers.table_drop_ddl(dialect, table, operations):
            op.execute(statement)
    if dialect == "postgresql":
        op.execute("DROP FUNCTION caryard_refuse()")
        op.drop_constraint("fk_ab_user_employee_id", "ab_user", type_="foreignkey")
    op.execute("UPDATE ab_user SET employee_id = NULL, created_by_fk = NULL, changed_by_fk = NULL")
    op.execute("UPDATE department SET parent_id = NULL")
    op.execute("UPDATE account SET parent_id = NULL")
    op.execute("DELETE FROM journal_line")
    op.execute("DELETE FROM journal_entry WHERE is_red")
    op.drop_table("sale_fee")
    op.drop_table("sale")
    op.drop_table("price_change")
    op.drop_table("manual_entry_line")
    op.drop_table("journal_line")
    op.drop_table("expense_line")
    op.drop_table("purchase_fee")
    op.drop_table("holding")
    op.drop_table("settlement_money")
    op.drop_table("settlement_item")
    op.drop_table("purchase")
    op.drop_table("match")
    op.drop_table("vehicle")
    op.drop_table("settlement")
    op.drop_table("party_role")
    op.drop_table("open_item")
    op.drop_table("expense")
    op.drop_table("warehouse")
    op.drop_table("party")
    op.drop_table("manual_entry")
    op.drop_table("car_model")
    op.drop_table("series")
    op.drop_table("employee")
    op.drop_table("money_account")
    op.drop_table("maker")
    op.drop_table("journal_entry")
    op.drop_table("department")
    op.drop_table("audit")
    op.drop_table("ab_permission_view_role")
    op.drop_table("tax_rate")
    op.drop_table("store")
    op.drop_table("setting")
    op.drop_table("period")
    op.drop_table("payment_method")
    op.drop_table("gearbox")
    op.drop_table("fee_item")
    op.drop_table("energy_type")
    op.drop_table("emission_standard")
    op.drop_table("company_profile")
    op.drop_table("colour")
    op.drop_table("brand")
    op.drop_table("body_type")
    op.drop_table("account")
    op.drop_table("ab_user_role")
    op.drop_table("ab_user_group")
    op.drop_table("ab_permission_view")
    op.drop_table("ab_group_role")
    op.drop_table("ab_api_key")
    op.drop_table("counter")
    op.drop_table("ab_view_menu")
    op.drop_table("ab_user")
    op.drop_table("ab_role")
    op.drop_table("ab_register_user")
    op.drop_table("ab_permission")
    op.drop_table("ab_group")
    if dialect == "postgresql":
        for name in SEQUENCES:
            op.execute(DropSequence(sa.Sequence(name)))
