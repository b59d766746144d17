"""What templates may use: built assets, and how money, times and forms are shown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from flask import Flask, g
from jinja2 import StrictUndefined

from services.database import read_session
from services.incidents.lines import count_open as count_incidents
from services.incidents.wording import SENTENCES
from services.notices.notify import count_unread
from services.tasks.list_tasks import count_open
from webapp.auth import find_current_actor, now
from webapp.i18n import language, translate, translate_text
from workflows.calendar import COMPANY_ZONE
from workflows.definition import ProcessDefinition
from workflows.forms import amount_in_words
from workflows.forms.printing import plain_number, written_amount

_DIST = Path(__file__).parent / "static" / "dist"


class AssetsMissing(Exception):
    """The front end is not built; run: make build."""


@cache
def manifest() -> Mapping[str, Mapping[str, Any]]:
    """The built files of each entry."""
    try:
        entries: Mapping[str, Mapping[str, Any]] = json.loads((_DIST / "manifest.json").read_text())
    except FileNotFoundError as error:
        raise AssetsMissing(AssetsMissing.__doc__) from error
    return entries


def asset(entry: str, kind: str = "js") -> str:
    """The address of a built file."""
    return f"/static/dist/{manifest()[entry][kind]}"


def in_words(amount: Any) -> str:
    """The amount in capital words, nothing for what is no number."""
    found = plain_number(amount)
    return "" if found is None else amount_in_words(found)


def local(moment: datetime) -> datetime:
    return moment.astimezone(COMPANY_ZONE)


def day_and_time(moment: datetime | str | None) -> str:
    """``2026-11-22 09:14`` in the company's zone."""
    if not moment:
        return ""
    found = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return local(found).strftime("%Y-%m-%d %H:%M")


def short_time(moment: datetime) -> str:
    """Today by the clock, this year without the year."""
    there, today = local(moment), local(now())
    if there.date() == today.date():
        return there.strftime("%H:%M")
    return there.strftime("%m-%d %H:%M" if there.year == today.year else "%Y-%m-%d")


def due_time(moment: datetime) -> str:
    """A due time as :func:`short_time` says it; midnight ends the day before, as people count."""
    there = local(moment)
    if (there.hour, there.minute) != (0, 0):
        return short_time(moment)
    return f"{about_day(moment - timedelta(minutes=1))} 24:00"


def about_day(moment: datetime) -> str:
    """The day of an estimate: nobody should read minutes out of it."""
    there, today = local(moment).date(), local(now()).date()
    if there == today:
        return translate("今天")
    return there.strftime("%m-%d" if there.year == today.year else "%Y-%m-%d")


def about_time(moment: datetime) -> str:
    """The half of the day of an estimate."""
    half = translate("上午") if local(moment).hour < 12 else translate("下午")
    return f"{about_day(moment)} {half}"


def due_state(due_at: datetime | None) -> str:
    """``late``, ``soon`` (within the next 24 hours) or nothing."""
    if due_at is None:
        return ""
    hours = (due_at - now()).total_seconds() / 3600
    return "late" if hours < 0 else "soon" if hours < 24 else ""


def long_day(text: str) -> str:
    """A date as people write it."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return f"{day.year} 年 {day.month} 月 {day.day} 日" if language() == "zh" else day.strftime("%-d %b %Y")


def together(steps: Iterable[Any]) -> list[tuple[Any, int]]:
    """Expected steps with how often each comes in a row for the same people, as the visits of a plan do."""
    runs = [list(run) for _key, run in groupby(steps, key=lambda step: (step.step, tuple(step.who), step.reason))]
    return [(run[-1], len(run)) for run in runs]


def counts() -> Mapping[str, int]:
    """The figures of the navigation, asked once a page."""
    if "counts" not in g:
        person = find_current_actor()
        session = read_session()
        g.counts = {**count_open(session, person.id), "unread": count_unread(session, person.id)} if person else {}
        if person and person.sees_every_case:
            g.counts["incidents"] = count_incidents(session)
    found: Mapping[str, int] = g.counts
    return found


def sum_of(amounts: Any) -> Decimal:
    """The total of an amount table as far as it is filled with numbers."""
    total = Decimal(0)
    for amount in amounts.values() if isinstance(amounts, Mapping) else ():
        total += plain_number(amount) or 0
    return total


def title_of(filling: Mapping[str, Any] | None, path: str) -> str:
    """What a person calls the field behind an error's path."""
    if filling is None:
        return translate("意见") if path == "comment" else path
    properties, titles = filling["form"].properties, []
    for part in path.split("-"):
        if part.isdigit():
            titles.append(translate("第 {row} 行", row=int(part) + 1))
            continue
        field = properties.get(part, {})
        titles.append(
            translate_text(filling["english"], field.get("title", translate("意见") if part == "comment" else part))
        )
        properties = field.get("properties") or field.get("items", {}).get("properties") or {}
    return " · ".join(titles)


def case_title(title: str, definition: ProcessDefinition | None) -> str:
    """A case's title, with the name of its process in the reader's language."""
    if definition is None:
        return title
    name = definition.settings.title
    return title.replace(name, translate_text(definition.english, name), 1)


def in_words_of(values: Mapping[str, Any], definitions: Mapping[str, ProcessDefinition]) -> dict[str, Any]:
    """The values of a notice with the names of its process in the reader's language."""
    definition = definitions.get(values.get("process", ""))
    if definition is None:
        return dict(values)
    step = translate_text(definition.english, values.get("step", ""))
    return {**values, "step": step, "title": case_title(values["title"], definition)}


def fill_steps(definition: ProcessDefinition) -> list[str]:
    """The steps that fill a form: where a return usually goes."""
    return [task.id for task in definition.tasks.values() if task.fills]


def fact_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a fact as they are written in a sentence."""
    return {name: written_amount(value) if isinstance(value, Decimal) else value for name, value in values.items()}


def incident_words(kind: str, values: Mapping[str, Any], english: Mapping[str, str]) -> str:
    """What failed, in the reader's language."""
    refusal = translate(values["refusal"], **values.get("refusal_values", {})) if values.get("refusal") else ""
    name = translate_text(english, str(values.get("name", "")))
    said = translate(SENTENCES[kind], **{"expression": "", **values, "name": name, "refusal": refusal})
    why = translate(values["why"], **values.get("why_values", {})) if values.get("why") else ""
    if not why:
        return said
    return f"{said}（{why}）" if language() == "zh" else f"{said} ({why})"


def init_app(app: Flask) -> None:
    environment = app.jinja_env
    environment.undefined = StrictUndefined
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.filters.update(
        about_day=about_day,
        about_time=about_time,
        money=written_amount,
        in_words=in_words,
        day_and_time=day_and_time,
        due_time=due_time,
        short_time=short_time,
        long_day=long_day,
        together=together,
    )
    environment.globals.update(
        asset=asset,
        case_title=case_title,
        counts=counts,
        current_actor=find_current_actor,
        due_state=due_state,
        fact_values=fact_values,
        fill_steps=fill_steps,
        in_words_of=in_words_of,
        incident_words=incident_words,
        sum_of=sum_of,
        title_of=title_of,
    )
