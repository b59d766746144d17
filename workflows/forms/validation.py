"""What is wrong with typed values, field by field, in Chinese."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from datetime import time
from decimal import Decimal, InvalidOperation
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError, validators

from workflows.forms.fields import MAX_ROWS, Field, leaves
from workflows.forms.lookups import Lookups, unknown_codes

Errors = dict[str, list[str]]
_MAX_UNKNOWN = 20
_MAX_DEPTH = 3
"""Rows, a row, and a choice of several in it: no form has more inside of a field."""

_MESSAGES = {
    "required": "此项必填",
    "minLength": "至少 {limit} 个字",
    "maxLength": "最多 {limit} 个字",
    "minimum": "不能小于 {limit}",
    "maximum": "不能大于 {limit}",
    "exclusiveMinimum": "必须大于 {limit}",
    "exclusiveMaximum": "必须小于 {limit}",
    "multipleOf": "最多精确到 {limit}",
    "minItems": "至少 {limit} 项",
    "maxItems": "最多 {limit} 项",
    "pattern": "格式不正确",
    "format": "格式不正确",
    "enum": "请选择列表中的一项",
    "uniqueItems": "不能重复",
    "additionalProperties": "没有这个字段",
}
_KINDS = {
    "number": "请输入数字",
    "integer": "请输入整数",
    "string": "请输入文字",
    "array": "请输入列表",
    "boolean": "请选择是或否",
}
_UNFIT = "内容不正确"


def _is_number(_checker: Any, value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _multiple_of(validator: Any, step: Any, value: Any, _schema: Any) -> Iterator[ValidationError]:
    # binary floats cannot tell whether 19.99 is a multiple of 0.01; Decimal can
    if validator.is_type(value, "number") and not _is_multiple(Decimal(str(value)), Decimal(str(step))):
        yield ValidationError(f"{value} is not a multiple of {step}")


def _is_multiple(value: Decimal, step: Decimal) -> bool:
    try:
        return not value % step
    except InvalidOperation:  # more digits than anybody reckons with
        return False


def _limit(is_beyond: Callable[[Decimal, Decimal], bool]) -> Callable[..., Iterator[ValidationError]]:
    def check(validator: Any, limit: Any, value: Any, _schema: Any) -> Iterator[ValidationError]:
        # 0.1 in a form file means a tenth, not the binary fraction next to it
        if validator.is_type(value, "number") and is_beyond(Decimal(str(value)), Decimal(str(limit))):
            yield ValidationError(f"{value} is beyond {limit}")

    return check


def _required(validator: Any, names: Any, value: Any, _schema: Any) -> Iterator[ValidationError]:
    if validator.is_type(value, "object") and any(_is_missing(value, name) for name in names):
        yield ValidationError("something is missing")


def _is_missing(record: Mapping[str, Any], name: str) -> bool:
    """Whether nothing was answered; programs send an empty text where a browser sends none."""
    given = record.get(name, "")
    return isinstance(given, str) and not given.strip()


_Validator = validators.extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {
        "required": _required,
        "multipleOf": _multiple_of,
        "minimum": _limit(operator.lt),
        "maximum": _limit(operator.gt),
        "exclusiveMinimum": _limit(operator.le),
        "exclusiveMaximum": _limit(operator.ge),
    },
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("number", _is_number),
)
_FORMATS = FormatChecker(formats=["date", "email"])


@_FORMATS.checks("time", raises=ValueError)
def _is_time(value: object) -> bool:
    """``09:30`` as browsers send it, or with seconds."""
    return not isinstance(value, str) or bool(time.fromisoformat(value))


def validate(schema: Mapping[str, Any], values: Mapping[str, Any], lookups: Lookups) -> Errors:
    """Every error by the path of its field (``budget-meal``, ``lines-0-gift``); empty when all is well."""
    errors = unreadable(schema["properties"], values)
    wrong = {path.partition("-")[0] for path in errors}
    readable = {name: value for name, value in values.items() if name not in wrong}
    for error in _Validator(schema, format_checker=_FORMATS).iter_errors(readable):
        for path, message in _sentences(error):
            place = "-".join(map(str, path))
            if place not in wrong and message not in errors.setdefault(place, []):
                errors[place].append(message)
    for place, field in unknown_codes(schema["properties"], readable, lookups).items():
        if place not in errors:
            errors[place] = [_own(field, "lookup") or "请从列表中选择"]
    return errors


def unreadable(properties: Mapping[str, Field], values: Mapping[str, Any]) -> Errors:
    """What is not looked into any further: too many entries, too deep, or not to be kept at all."""
    errors: Errors = {}
    for name, value in values.items():
        field = properties.get(name, {})
        limit = field.get("maxItems", MAX_ROWS)
        if isinstance(value, list) and len(value) > limit:
            sentence = _own(field, "maxItems") or _MESSAGES["maxItems"]
            errors[name] = [sentence.replace("{limit}", str(limit))]
        elif _is_deeper(value, _MAX_DEPTH):
            errors[name] = [_UNFIT]
        elif _cannot_be_kept(value):
            cells = (path for path, _field, each in leaves(properties, {name: value}) if _cannot_be_kept(each))
            errors[next(cells, name)] = ["含有不能保存的字符"]
    return errors


def _is_deeper(value: Any, levels: int) -> bool:
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else None
    if parts is None:
        return False
    return levels == 0 or any(_is_deeper(part, levels - 1) for part in parts)


def _cannot_be_kept(value: Any) -> bool:
    """Text with a NUL or half a character: neither JSON nor PostgreSQL could keep it."""
    if isinstance(value, str):
        return any(character == "\0" or "\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, Mapping):
        return any(_cannot_be_kept(item) for item in (*value, *value.values()))
    return isinstance(value, list) and any(_cannot_be_kept(item) for item in value)


def _sentences(error: ValidationError) -> Iterator[tuple[list[Any], str]]:
    schema: Any = error.schema
    given: Any = error.instance
    expected: Any = error.validator_value
    path = list(error.absolute_path)
    if error.validator == "required":
        for name in expected:
            if _is_missing(given, name):
                field = schema.get("properties", {}).get(name, {})
                yield [*path, name], _own(field, "required") or _MESSAGES["required"]
    elif error.validator == "additionalProperties":
        for name in sorted(set(given) - set(schema.get("properties", {})))[:_MAX_UNKNOWN]:
            yield [*path, name], _MESSAGES["additionalProperties"]
    elif error.validator == "type":
        yield path, _KINDS.get(expected, _UNFIT) if isinstance(expected, str) else _UNFIT
    else:
        message = _own(schema, str(error.validator)) or _MESSAGES.get(str(error.validator), _UNFIT)
        yield path, message.replace("{limit}", str(expected))


def _own(field: Mapping[str, Any], validator: str) -> str | None:
    message: str | None = field.get("x-messages", {}).get(validator)
    return message
