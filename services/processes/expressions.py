"""One expression while it is being typed: can it be read, does everything in it exist, and what does it say?"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from services.processes.vocabulary import names_of_folder
from workflows.checks.expressions import foreign_in
from workflows.checks.near import perhaps
from workflows.decisions.parsing import parse_expression as parse_feel
from workflows.decisions.parsing import parse_unary_tests
from workflows.definition import ProcessFiles
from workflows.definition.names import KNOWN_FUNCTIONS, loop_names
from workflows.definition.parts import Parts, read_parts
from workflows.errors import WorkflowError
from workflows.expressions import ExpressionError, called_functions, free_names, parse_expression, parse_script
from workflows.expressions.saying import Words, say
from workflows.forms.fields import columns_of, labels_of

SCRIPT, FEEL, FEEL_TEST = "script", "feel", "feel-test"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """``message`` says what is wrong and what to do; ``names`` are those that nothing in the process gives."""

    ok: bool
    message: str = ""
    names: list[str] = field(default_factory=list)
    reads: str = ""


def read_expression(files: ProcessFiles, source: str, kind: str) -> Reading:
    """What is to be said about one expression of the folder. Never raises.

    ``kind`` is ``condition``, ``expression``, ``due``, ``script``, or of tables ``feel`` and ``feel-test``.
    """
    if not source.strip():
        return Reading(ok=False, message="请填写")
    parts = read_parts(files)
    if kind in (FEEL, FEEL_TEST):
        return _feel(parts, source, kind)
    try:
        tree = parse_script(source) if kind == SCRIPT else parse_expression(source)
    except ExpressionError as error:
        return Reading(ok=False, message=_unreadable(source, error))
    foreign = foreign_in(tree)
    if foreign:
        return Reading(ok=False, message=f"用了不支持的写法（{foreign}），请改写")
    return _judged(parts, tree)


def _judged(parts: Parts, tree: ast.expr | list[ast.stmt]) -> Reading:
    known = {each["name"]: each["title"] for each in names_of_folder(parts)}
    if parts.root is not None:
        known |= {name: name for name in loop_names(parts.root)}
    called = sorted(called_functions(tree) - KNOWN_FUNCTIONS)
    if called:
        return Reading(ok=False, message=f"没有“{called[0]}”这个函数{perhaps(called[0], KNOWN_FUNCTIONS)}")
    unknown = sorted(free_names(tree) - known.keys())
    if unknown:
        message = f"没有“{unknown[0]}”这个名称{perhaps(unknown[0], known, known)}"
        return Reading(ok=False, message=message, names=unknown)
    return Reading(ok=True, reads=say(tree, words_of(parts, known)) if isinstance(tree, ast.expr) else "")


def _feel(parts: Parts, source: str, kind: str) -> Reading:
    names = frozenset(each["name"] for each in names_of_folder(parts))
    try:
        tree = parse_unary_tests(source, names).tree if kind == FEEL_TEST else parse_feel(source, names)
    except WorkflowError as error:
        return Reading(ok=False, message=f"无法读懂，请检查括号、引号和符号（{error}）")
    unknown = sorted(free_names(tree) - names - {"?"}) if tree is not None else []
    if unknown:
        return Reading(ok=False, message=f"没有“{unknown[0]}”这个名称{perhaps(unknown[0], names)}", names=unknown)
    return Reading(ok=True)


def words_of(parts: Parts, titles: Mapping[str, str]) -> Words:
    """What the folder calls its names and their values."""
    labels: dict[str, Mapping[str, str]] = {}
    inner: dict[str, str] = {}
    for form in parts.forms.values():
        for name, about in form.properties.items():
            if labels_of(about):
                labels[name] = labels_of(about)
            for column, each in (about.get("properties") or columns_of(about)).items():
                inner.setdefault(column, each.get("title") or column)
    labels["outcome"] = {"approve": "同意", "reject": "驳回", "submit": "提交", "abstain": "弃权", **_outcomes(parts)}
    return Words(titles={**inner, **titles}, labels=labels)


def _outcomes(parts: Parts) -> dict[str, str]:
    named = parts.settings.get("outcomes")
    return {str(name): str(label) for name, label in named.items()} if isinstance(named, dict) else {}


def _unreadable(source: str, error: ExpressionError) -> str:
    """Where the reading stopped, with what is most often wrong there."""
    if "=" in source and "==" not in source and not any(sign in source for sign in ("<=", ">=", "!=")):
        return "比较是否相等请写两个等号，如 outcome == 'approve'"
    curly = [sign for sign in "“”‘’（），" if sign in source]
    if curly:
        return f"请把中文标点 {' '.join(curly)} 换成英文标点"
    return f"无法读懂，请检查括号、引号和符号（{error}）"[:300]
