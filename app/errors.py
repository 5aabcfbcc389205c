"""Refusals: a rule of the business says no. `str(refusal)` is for the person, `code` and `status` for the API.

Everything here is raised by workflows and services and turned into words by the doors; nothing is caught in between.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import gettext as _

Problem = tuple[str, str]
"""(field, message in the user's language); field is a column's name, `fees.0.amount` for a line's, "" for the whole."""


class Refused(Exception):
    """Base of every refusal. Nothing has been written when it leaves the unit of work."""

    code = "refused"
    status = 422

    @property
    def message(self) -> str:
        """The sentence for the person."""
        return str(self)


class NotThere(Refused):
    """No such row, or none that this person may see: the two must look alike."""

    code = "not_there"
    status = 404

    def __str__(self) -> str:
        return str(_("没有这条记录，或者您无权查看。"))


class NotAllowed(Refused):
    """The person lacks the right that the message names."""

    code = "not_allowed"
    status = 403


class WrongState(Refused):
    """The paper is not in the state that the move starts from."""

    code = "wrong_state"
    status = 409


class Stale(Refused):
    """Somebody saved meanwhile; carries who and when for the person to decide."""

    code = "stale"
    status = 409

    def __init__(self, message: str, version: int, changed: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.version = version
        self.changed = changed or {}


@dataclass(frozen=True)
class Blocker:
    """A paper that stands in the way. `kind` and `id` name it for ever; `visible` tells whether a link may be shown."""

    kind: str
    id: int
    number: str
    reason: str
    visible: bool = True


class Blocked(Refused):
    """Later papers rest on this one; they are named."""

    code = "blocked"
    status = 409

    def __init__(self, message: str, blockers: Iterable[Blocker] = ()) -> None:
        super().__init__(message)
        self.blockers = list(blockers)


class Invalid(Refused):
    """All that is wrong with what was typed, at once."""

    code = "invalid"
    status = 422

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("；".join(message for _field, message in self.problems))
