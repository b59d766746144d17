"""Refusals become answers here and nowhere else: a page for browsers, problem+json (RFC 9457) for the API."""

from __future__ import annotations

import logging
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from flask import Flask, g, jsonify, render_template
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from werkzeug.exceptions import HTTPException

from services.database import read_session
from services.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    NotPermitted,
    RateLimited,
    ServiceError,
    TooLarge,
    Unavailable,
)
from webapp.auth import is_api
from webapp.i18n import translate
from workflows.errors import DefinitionError, Problem, WorkflowError

_log = logging.getLogger("huiqian.web")

STATUS: dict[type[ServiceError], int] = {
    NotFound: 404,
    NotPermitted: 403,
    Conflict: 409,
    InvalidInput: 422,
    RateLimited: 429,
    TooLarge: 413,
    Unavailable: 503,
}
_SENTENCES = {
    400: "请求的内容无法读懂",
    401: "请先登录",
    403: "您没有权限做这件事",
    404: "没有这个页面，或您无权查看",
    405: "这个地址不支持这种请求",
    413: "内容过大，没有保存",
    415: "不支持这种内容类型",
    429: "操作过于频繁，请稍后再试",
    500: "系统出错了，您的操作没有保存；请稍后再试，或联系系统管理员",
    503: "数据库暂时不可用，您的操作没有保存，请稍后再试",
}
_HELD_UP = "流程在这一步无法继续，您的操作没有保存；请联系流程负责人：{reason}"


def init_app(app: Flask) -> None:
    app.register_error_handler(ServiceError, _on_service_error)
    app.register_error_handler(DefinitionError, _on_definition_error)
    app.register_error_handler(WorkflowError, _on_workflow_error)
    app.register_error_handler(HTTPException, _on_http_error)
    app.register_error_handler(CSRFError, _on_csrf_error)
    app.register_error_handler(DataError, _on_data_error)
    app.register_error_handler(OperationalError, _on_database_error)
    app.register_error_handler(Exception, _on_unexpected)


def sentence(error: ServiceError) -> str:
    """The refusal in the reader's language."""
    return translate(error.template, **error.values)


def status_of(error: ServiceError) -> int:
    return next(code for kind, code in STATUS.items() if isinstance(error, kind))


def told(error: Exception) -> tuple[int, str]:
    """Status and sentence for one of many: what a request that failed like this alone would have been answered."""
    if isinstance(error, InvalidInput):
        return status_of(error), "；".join(translate(text) for texts in error.errors.values() for text in texts)
    if isinstance(error, ServiceError):
        return status_of(error), sentence(error)
    if isinstance(error, WorkflowError):
        return 409, translate(_HELD_UP, reason=str(error))
    if isinstance(error, DataError):
        return 422, translate("内容不正确")
    status = 503 if isinstance(error, OperationalError) else 500
    return status, translate(_SENTENCES[status])


def answer(status: int, detail: str, **extra: Any) -> Any:
    """The refusal as a page or as problem+json, whichever was asked."""
    title = HTTPStatus(status).phrase
    if is_api():
        response = jsonify({"type": "about:blank", "title": title, "status": status, "detail": detail, **extra})
        response.mimetype = "application/problem+json"
        return response, status
    g.setdefault("actor", None)
    if prepare := g.get("before_refusal"):
        prepare()
    return render_template("error.html", status=status, detail=detail), status


def _on_service_error(error: ServiceError) -> Any:
    extra: dict[str, Any] = {}
    if isinstance(error, InvalidInput):
        extra["errors"] = [
            {"field": field.replace("-", "."), "message": translate(message)}
            for field, messages in error.errors.items()
            for message in messages
        ]
    return answer(status_of(error), sentence(error), **extra)


def _on_definition_error(error: DefinitionError) -> Any:
    problems = [problem_json(problem) for problem in error.problems]
    return answer(422, translate("流程有 {count} 处问题，没有发布", count=len(problems)), problems=problems)


def problem_json(problem: Problem) -> dict[str, Any]:
    """One finding about a process folder, as the API gives it."""
    return {**asdict(problem), "way": list(problem.way)}


def _on_workflow_error(error: WorkflowError) -> Any:
    return answer(409, sentence(stuck(error)))


def stuck(error: WorkflowError) -> Conflict:
    """An expression or an operation of the process failed on this case; only this case is held up."""
    _log.error("a case could not go on: %s", error)
    return Conflict(_HELD_UP, reason=str(error))


def _on_http_error(error: HTTPException) -> Any:
    status = error.code or 500
    if status < 400:
        return error
    response, code = answer(status, translate(_SENTENCES.get(status, _SENTENCES[500])))
    headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return response, code, headers


def _on_csrf_error(_error: CSRFError) -> Any:
    return answer(400, translate("页面已过期，请刷新后再试一次"))


def _on_data_error(error: DataError) -> Any:
    """A value that the database cannot hold, where no check before it said so."""
    _log.warning("the database refused a value: %s", error.orig)
    _let_go()
    return answer(422, translate("内容不正确"))


def _on_database_error(error: DBAPIError) -> Any:
    _log.error("the database did not answer: %s", error.orig)
    _let_go()
    return answer(503, translate(_SENTENCES[503]))


def _on_unexpected(error: Exception) -> Any:
    _log.exception("unexpected: %s", error)
    _let_go()
    return answer(500, translate(_SENTENCES[500]))


def _let_go() -> None:
    """The page of the refusal asks the database too, which answers nothing in a transaction that has failed."""
    read_session().rollback()
