"""Rights that depend on the amount: limits of approval and four eyes (product.md §3)."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from app import money
from app.queries import Actor, kind_of
from app.settings import setting


def four_eyes(paper: Any, amount: Decimal, actor: Actor) -> Iterator[str]:
    """Above `four_eyes_above`, who approves is not who edited last."""
    above = setting("four_eyes_above")
    if above is not None and amount > above and actor.user_id is not None and paper.changed_by_id == actor.user_id:
        yield _("超过 %(above)s 元的单据，审核人不能是最后修改人。", above=money.shown(above))


def within_limit(paper: Any, amount: Decimal, actor: Actor, key: str) -> Iterator[str]:
    """Above the limit in setting `key`, approving takes the right `exceed_limit` on the paper's kind."""
    limit = setting(key)
    if limit is not None and amount > limit and not actor.may("exceed_limit", kind_of(paper)):
        yield _(
            "金额 %(amount)s 超过您的审核限额 %(limit)s，请提交给有权的人审核。",
            amount=money.shown(amount),
            limit=money.shown(limit),
        )
