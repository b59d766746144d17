"""Taking people out of a scenario that was made from a real case.

Every name, telephone number, mail and street is replaced by the same stand-in wherever it stands, so that what is equal
stays equal and the case takes the same way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.people.models import DbUser
from services.registers.models import DbContact

_PHONE = re.compile(r"(?<![\d-])(?:\+?\d{2,3}[- ]?)?(?:1\d{10}|0\d{2,3}-?\d{7,8})(?![\d-])")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_NAME_FIELDS = frozenset({"recipient", "contact", "organiser", "person", "recipient_name"})
_LISTS_OF_NAMES = frozenset({"guests", "staff", "companions"})
_STREETS = frozenset({"address", "street"})
_MOST_NAMES = 5_000


def masked(session: Session, scenario: Mapping[str, Any]) -> dict[str, Any]:
    """The scenario with stand-ins for what tells who somebody is."""
    people = [*session.scalars(select(DbUser.name)), *session.scalars(select(DbContact.name).limit(_MOST_NAMES))]
    words = _Words(sorted({name for name in people if len(name) > 1}, key=len, reverse=True))
    words.learn(scenario)
    return dict(words.replaced(scenario))


class _Words:
    def __init__(self, known: list[str]) -> None:
        self._known = known
        self._stand_ins: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def learn(self, value: Any, field: str = "") -> None:
        if isinstance(value, Mapping):
            for name, each in value.items():
                self.learn(each, str(name))
        elif isinstance(value, list):
            for each in value:
                self.learn(each, field)
        elif isinstance(value, str) and value:
            self._learn_text(value, field)

    def _learn_text(self, text: str, field: str) -> None:
        if field in _STREETS:
            self._stand_in(text, "示例地址 {number}")
        elif field in _NAME_FIELDS | _LISTS_OF_NAMES:
            self._stand_in(text, "示例人员 {number}")
        for name in self._known:
            if name in text:
                self._stand_in(name, "示例人员 {number}")
        for phone in _PHONE.findall(text):
            self._stand_in(phone, "1380000{number:04d}")
        for mail in _MAIL.findall(text):
            self._stand_in(mail, "person{number}@example.com")

    def _stand_in(self, word: str, pattern: str) -> None:
        if word not in self._stand_ins:
            number = self._counts[pattern] = self._counts.get(pattern, 0) + 1
            self._stand_ins[word] = pattern.format(number=number)

    def replaced(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: self.replaced(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self.replaced(each) for each in value]
        if not isinstance(value, str):
            return value
        if value in self._stand_ins:
            return self._stand_ins[value]
        for word in sorted(self._stand_ins, key=len, reverse=True):
            value = value.replace(word, self._stand_ins[word])
        return value
