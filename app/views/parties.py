"""The window of parties: customers, vendors, agents, lenders, insurers in one table, told apart by role."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.enums import PartyRole
from app.models import Party
from app.queries import Actor, dealings
from app.views.base import Window


class PartyWindow(Window, model=Party, chapter="customers"):
    """Search by name, code and phone tail; phone and ID masked for those who need not see them."""

    icon = "users"
    columns = ["code|pair", "name|title", "kind", "roles|line", "mobile|line", "store_id", "owner_id|line"]
    fields = [
        "name",
        "kind",
        "roles",
        "mobile",
        "id_kind",
        "id_number",
        "credit_code",
        "address",
        "store_id",
        "owner_id",
        "note",
    ]
    brief = ["name", "kind", "mobile", "roles", "id_kind", "id_number", "credit_code"]
    filters = ["kind", "store_id", "owner_id"]
    search = ["name", "code", "mobile"]
    search_hint = _l("姓名、编码、手机尾号")
    order = "-id"
    new_label = _l("登记客户")
    empty_text = _l("客户和往来单位都登记在这里；收车、销售、结算时也可以随手新建。")

    @classmethod
    def defaults(cls, who: Actor, args: Mapping[str, str]) -> dict[str, Any]:
        """The role that the asking paper gives it (`roles=seller`); a customer is mine and my store's."""
        found = super().defaults(who, args)
        if "roles" in found:
            found["roles"] = [role for role in found["roles"].split(",") if role in set(PartyRole)]
        if not who.may("edit", "Vendor"):
            for key, value in (("owner_id", who.employee_id), ("store_id", who.store_id)):
                found.setdefault(key, str(value or ""))
        return found

    def notes(self, row: Any, who: Actor) -> list[dict[str, Any]]:
        """The same mobile number elsewhere is a warning, not an error."""
        from app.workflows.parties import duplicates

        found = duplicates(row.mobile, who, except_id=row.id)
        return [{"tone": "amber", "text": "".join(found)}] if found else []

    def steps(self, row: Any, who: Actor) -> list[dict[str, Any]]:
        """To its statement, for those who may look into its dealings."""
        if dealings(who) is None:
            return []
        return [
            {
                "name": "statement",
                "label": _("往来对账"),
                "icon": "file",
                "url": f"{self.url}{row.id}/statement",
                "method": "get",
            }
        ]
