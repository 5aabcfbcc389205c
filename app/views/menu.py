"""The menu as the business runs; it holds only what the person may open. And what every page's frame shows."""

from typing import Any

from flask import current_app, g, request
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app import clock
from app.extensions import db
from app.models import CompanyProfile, Store
from app.permissions import ROLE_LABELS
from app.queries import NOBODY, Actor
from app.views.security import actor

CHAPTERS: list[tuple[str, Any, str]] = [
    ("customers", _l("客户"), "users"),
    ("acquisition", _l("收车"), "buyin"),
    ("vehicles", _l("车辆"), "car"),
    ("sales", _l("销售"), "tag"),
    ("finance", _l("财务"), "yuan"),
    ("system", _l("系统"), "sliders"),
]
"""Chapters with their icon; more come with their own issues, in the order of product.md §1."""

BASE_GROUPS: list[tuple[str, Any]] = [("company", _l("公司")), ("catalogue", _l("车型与选项")), ("money", _l("财务"))]

LINKS: list[tuple[str, Any, str, Any, str]] = []
"""Pages beside the windows: (chapter, label, url, may(actor), also); declared by `link`."""


def link(chapter: str, label: Any, url: str, may: Any, *, also: str = "") -> None:
    """Put a page into the menu; `may(actor)` tells who sees it, `also` where else one is on that page."""
    LINKS.append((chapter, label, url, may, also))


def menu(who: Actor) -> list[dict[str, Any]]:
    """The groups for the sidebar."""
    from app.views.base import BASE_CHAPTERS, WINDOWS

    groups: list[dict[str, Any]] = [
        {"label": _("工作台"), "icon": "home", "url": "/", "items": [], "current": request.path == "/"}
    ]
    for chapter, label, icon in CHAPTERS:
        items = [
            _item(w.title, w.url) for w in WINDOWS.values() if w.chapter == chapter and w.in_menu and w.can_open(who)
        ]
        items += [_item(text, url, also) for at, text, url, may, also in LINKS if at == chapter and may(who)]
        if items:
            groups.append({"label": label, "icon": icon, "items": items, "current": False})
    matches = [len(item["current"]) for group in groups for item in group["items"]]
    for group in groups[1:]:  # the longest: /ledger/ is not where one is at /ledger/journal
        for item in group["items"]:
            item["current"] = bool(item["current"]) and len(item["current"]) == max(matches)
        group["current"] = any(item["current"] for item in group["items"])
    base = base_groups(who)
    if base:
        inside = any(request.path.startswith(w.url) for w in WINDOWS.values() if w.chapter in BASE_CHAPTERS)
        position = len(groups) - 1 if groups[-1]["icon"] == "sliders" else len(groups)
        groups.insert(
            position,
            {"label": _("基础数据"), "icon": "data", "url": base[0]["items"][0]["url"], "items": [], "current": inside},
        )
    return groups


def _item(label: Any, url: str, also: str = "") -> dict[str, Any]:
    """`current` is the beginning of this page's address that belongs to it, "" for none."""
    begins = [start for start in (url, also) if start and request.path.startswith(start)]
    return {"label": label, "url": url, "current": max(begins, key=len, default="")}


def base_groups(who: Actor, current: str = "") -> list[dict[str, Any]]:
    """The windows of base data by group, those whose rows this person may keep."""
    from app.views.base import WINDOWS

    groups = []
    for chapter, label in BASE_GROUPS:
        items = [
            {"label": window.title, "url": window.url, "current": window.kind == current}
            for window in WINDOWS.values()
            if window.chapter == chapter and window.can_open(who)
        ]
        if items:
            groups.append({"label": label, "items": items})
    return groups


def frame() -> dict[str, Any] | None:
    """What base.html shows around every page; None for strangers. One statement besides the rights."""
    who: Actor = g.get("actor") or actor()
    locale = str(get_locale() or "zh")
    if who.user_id is None:
        return {
            "company": company().get("name", ""),
            "user": None,
            "locale": locale,
            "today": clock.today().isoformat(),
            "today_set": False,
        }
    groups = menu(who)
    return {
        "company": company().get("name", ""),
        "store": company()["store"],
        "user": {
            "name": who.name,
            "initial": who.name[:1],
            "tone": ("", "a", "v", "g", "n")[who.user_id % 5],
            "roles": "、".join(str(ROLE_LABELS.get(role, role)) for role in who.roles),
        },
        "today": clock.today().isoformat(),
        "today_set": current_app.config.get("CARYARD_TODAY") is not None,
        "menu": groups,
        "tabbar": tabbar(groups),
        "locale": locale,
        "q": request.args.get("q", "") if request.path == "/search" else "",
        "password_url": "/password/",
    }


def tabbar(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Four doors at the bottom of a phone: home and the first page of the next groups."""
    doors = [{"label": groups[0]["label"], "icon": "home", "url": "/", "current": groups[0]["current"]}]
    for group in groups[1:4]:
        url = group["items"][0]["url"] if group["items"] else group["url"]
        doors.append({"label": group["label"], "icon": group["icon"], "url": url, "current": group["current"]})
    return doors


def company() -> dict[str, Any]:
    """Name, whether this is the demonstration lot, and the store of the person who asks; one statement, once per request."""
    if "company" not in g:
        who: Actor = g.get("actor", NOBODY)
        store = select(Store.name).where(Store.id == who.store_id).scalar_subquery()
        row = db.session.execute(select(CompanyProfile.name, CompanyProfile.is_demo, store.label("store"))).first()
        g.company = (
            {"name": row.name, "is_demo": row.is_demo, "store": row.store or ""}
            if row
            else {"name": "", "is_demo": False, "store": ""}
        )
    return g.company  # type: ignore[no-any-return]  # g holds anything
