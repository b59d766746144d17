"""Signing in for tokens, and who one is."""

from __future__ import annotations

from typing import Any

from flask import request

from services.errors import NotPermitted
from services.people import accounts
from services.types import Actor
from webapp import errors
from webapp.api.blueprint import api, instant, json_body, text_of
from webapp.auth import PUBLIC, access, actor, now


@api.post("/sessions")
@access(PUBLIC)
def open_session() -> Any:
    body = json_body()
    try:
        signed_in = accounts.sign_in(
            text_of(body, "username"),
            text_of(body, "password"),
            kind="api",
            address=request.remote_addr or "",
            now=now(),
        )
    except NotPermitted as error:
        return errors.answer(401, errors.sentence(error))
    session = {
        "token": signed_in.token,
        "expires_at": instant(signed_in.expires_at),
        "user": user_json(signed_in.actor),
    }
    return session, 201


@api.delete("/sessions/current")
def close_session() -> Any:
    accounts.sign_out(request.headers["Authorization"].partition(" ")[2].strip())
    return "", 204


@api.get("/me")
def me() -> Any:
    return user_json(actor())


def user_json(person: Actor) -> dict[str, Any]:
    return {
        "id": person.id,
        "username": person.username,
        "name": person.name,
        "department": person.department,
        "posts": sorted(person.posts),
    }
