"""Compute once: for the life of the process, or while a paper moves and what it stands on is locked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, wraps
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def once(function: F) -> F:
    """Remember what `function` answers for each set of arguments, for the life of the process.

    `functools.cache` with the function's own types (its own refuses classes of the framework, which has none).
    """
    return cache(function)  # type: ignore[return-value]  # same call, same answer


_STILL: ContextVar[dict[Any, Any] | None] = ContextVar("still", default=None)


@contextmanager
def standing_still() -> Iterator[None]:
    """While inside, functions marked `while_still` are asked once for each set of arguments: what they look at is locked."""
    token = _STILL.set({})
    try:
        yield
    finally:
        _STILL.reset(token)


def while_still(function: F) -> F:
    """Ask anew at every call, except while things stand still (`standing_still`)."""

    @wraps(function)
    def asked(*given: Any) -> Any:
        known = _STILL.get()
        if known is None:
            return function(*given)
        if (function, given) not in known:
            known[function, given] = function(*given)
        return known[function, given]

    return asked  # type: ignore[return-value]  # same call, same answer


def stirred() -> None:
    """The books were written: what was looked up before may no longer be true."""
    known = _STILL.get()
    if known is not None:
        known.clear()
