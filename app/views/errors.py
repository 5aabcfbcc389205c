"""Refusals and faults in words: a page for people, JSON for the API; never a stack trace, never SQL."""

from typing import Any

from flask import Flask, current_app, jsonify, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from app.errors import NotAllowed, NotThere, Refused
from app.extensions import db
from app.views.api import answers


def register(app: Flask) -> None:
    """Attach the handlers."""
    app.register_error_handler(Refused, refused)
    app.register_error_handler(HTTPException, http)
    app.register_error_handler(StaleDataError, collided)
    app.register_error_handler(DBAPIError, database)
    app.register_error_handler(Exception, fault)


WORDS = {
    400: (_l("这个请求看不懂"), _l("可能是页面放得太久。回去刷新一下再试，填的还在。")),
    403: (_l("您没有这个权限"), _l("要用它，请管理员给您的角色加上。")),
    404: (_l("没有这一页，或不归您看"), _l("可能写错了号，或它属于别的门店。")),
    405: (_l("这一步要从页面上的按钮来做"), _l("直接打开这个网址什么也不会发生。")),
    409: (_l("别人刚刚改过它"), _l("您的改动没有盖上去。回去看看现在的样子，再改一次。")),
    413: (_l("内容太大"), _l("减少内容或分几次再来。")),
    422: (_l("有几处要改"), _l("没有保存。回去改好再来。")),
    429: (_l("试得太快了"), _l("歇一会儿再试。")),
    500: (_l("我们这边出错了"), _l("没有存半张单。已经记下，请稍后再试。")),
}
"""(title, what to do) of the page for each status."""


def answer(status: int, code: str, message: str = "") -> Any:
    """A page with words for its status, or JSON under /api and for scripts."""
    title, advice = WORDS.get(status, WORDS[500])
    if request.path.startswith("/api/") or request.accept_mimetypes.best == "application/json":
        return jsonify(code=code, message=message or str(title)), status
    return render_template("error.html", status=status, title=title, text=message or advice), status


def refused(no: Refused) -> Any:
    """A refusal that no door turned into something better."""
    db.session.rollback()
    if answers.is_api():
        return answers.refusal(no)
    if isinstance(no, NotThere):
        return answer(404, no.code)
    return answer(403 if isinstance(no, NotAllowed) else no.status, no.code, str(no))


def http(error: HTTPException) -> Any:
    """404, 405, 413, 429 … as pages of ours."""
    if answers.is_api():
        return answers.http_fault(error)
    if isinstance(error, CSRFError):
        return answer(400, "csrf", _("页面已过期，请刷新后再提交；填的内容不会丢。"))
    if error.response is not None and (error.code or 500) < 400:
        return error
    status = error.code or 500
    return error if status < 400 else answer(status, error.name.lower().replace(" ", "_"))


def collided(_error: StaleDataError) -> Any:
    """Two saved at once: the second is told."""
    db.session.rollback()
    return answer(409, "stale")


def database(error: DBAPIError) -> Any:
    """A rule of the database that nothing above told in words, or a lock that did not come."""
    db.session.rollback()
    if isinstance(error, IntegrityError):
        return answer(409, "conflict", _("数据之间有冲突，没有保存。请刷新后核对。"))
    name = type(error.orig).__name__
    if name in ("DeadlockDetected", "LockNotAvailable", "SerializationFailure") or "locked" in str(error.orig):
        return answer(409, "busy", _("别人正在处理同一条记录，请再试一次。"))
    return fault(error)


def fault(error: Exception) -> Any:
    """A fault of the program: logged in full, told in one sentence."""
    db.session.rollback()
    if current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise error
    current_app.logger.error("fault at %s %s", request.method, request.path, exc_info=error)
    return answer(500, "fault")
