"""Compute once: `functools.cache` with the function's own types (its own refuses classes of the framework, which has none)."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def once(function: F) -> F:
    """Remember what `function` answers for each set of arguments, for the life of the process."""
    return cache(function)  # type: ignore[return-value]  # same call, same answer
