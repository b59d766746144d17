"""The XML side of reading: a safe parser, and where each finding belongs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NoReturn, cast

from lxml import etree

from workflows.decisions.model import ANY_TYPE, Expression, FeelType
from workflows.decisions.parsing import UnaryTests, parse_expression, parse_unary_tests
from workflows.decisions.scanning import FeelSyntaxError, normal_name
from workflows.decisions.types import find_builtin
from workflows.errors import DefinitionError, Problem

MAX_BYTES = 1_000_000
NAMESPACES = frozenset(
    {
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
    }
)
"""DMN 1.1, 1.2, 1.3, 1.4 and 1.5."""

_NULL = Expression(source="", tree=parse_expression("null"))


def parse_xml(xml: bytes, file: str) -> etree._Element:
    """The ``definitions`` element. Raises DefinitionError: too large, not XML, not DMN, or with a DOCTYPE."""
    if len(xml) > MAX_BYTES:
        _refuse(file, f"文件超过 {MAX_BYTES} 字节，请拆成几个文件", None)
    # also in UTF-16: entities must not even be declared, whatever the parser would do with them
    if b"<!DOCTYPE" in xml.replace(b"\x00", b""):
        _refuse(file, "文件中有 DOCTYPE 声明，请删去", None)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        _refuse(file, f"不是有效的 XML 文件，请重新导出（读到{_where(error)}为止）", getattr(error, "lineno", None))
    if cast(Any, root.getroottree().docinfo).doctype:
        _refuse(file, "文件中有 DOCTYPE 声明，请删去", None)
    tag = etree.QName(root)
    if tag.localname != "definitions" or tag.namespace not in NAMESPACES:
        _refuse(file, "不是 DMN 1.1 至 1.5 的文件，请用 DMN 编辑器另存", line_of(root))
    return root


def _where(error: Exception) -> str:
    line, column = getattr(error, "position", (0, 0))
    return f"第 {line} 行第 {column} 个字符" if line else "开头"


def _refuse(file: str, message: str, line: int | None) -> NoReturn:
    raise DefinitionError([Problem(severity="error", file=file, element="", message=message, line=line)])


def children(element: etree._Element, *tags: str) -> list[etree._Element]:
    """The DMN children with one of the local names; those of other namespaces are extensions and left alone."""
    namespace = etree.QName(element).namespace
    wanted = {f"{{{namespace}}}{tag}" for tag in tags}
    return [child for child in element if child.tag in wanted]


def find_child(element: etree._Element, *tags: str) -> etree._Element | None:
    """The first such child."""
    found = children(element, *tags)
    return found[0] if found else None


def text_of(element: etree._Element | None, *path: str) -> str:
    """The text at the end of a path of children; empty where there is none."""
    for tag in path:
        element = find_child(element, tag) if element is not None else None
    return (element.text or "").strip() if element is not None else ""


def name_of(element: etree._Element) -> str:
    return normal_name(element.get("name") or "")


def _identity(element: etree._Element) -> str:
    """The id or the name of the element, or of the nearest one around it that has any."""
    names = (near.get("id") or near.get("name") for near in (element, *element.iterancestors()))
    return next((str(name) for name in names if name), "")


def line_of(element: etree._Element) -> int | None:
    return cast(int | None, element.sourceline)


@dataclass
class Reading:
    """One file being read: what its expressions may mention, and what was found wrong so far."""

    file: str
    types: dict[str, FeelType] = field(default_factory=dict)
    inputs: dict[str, FeelType] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, element: etree._Element, message: str, place: str = "") -> None:
        """Note an error at ``element``; ``place`` names the rule and the column to people who see no ids."""
        name = _identity(element)
        text = f"{place}：{message}" if place else message
        self.problems.append(
            Problem(severity="error", file=self.file, element=name, message=text, line=line_of(element))
        )

    def type_of(self, element: etree._Element | None, reference: str | None) -> FeelType:
        """The type a ``typeRef`` names; any type where it names none."""
        if not reference or element is None:
            return ANY_TYPE
        found = self.types.get(reference.strip()) or find_builtin(reference)
        if found is None:
            self.refuse(element, f"没有定义类型“{reference}”，请先定义它，或改用别的类型")
        return found or ANY_TYPE

    def expression(self, element: etree._Element | None, place: str = "") -> Expression:
        """The compiled ``text`` child; null where it is empty."""
        source = text_of(element, "text")
        if element is None or not source or not self.check_language(element, place):
            return _NULL
        try:
            return Expression(source=source, tree=parse_expression(source, self.names))
        except FeelSyntaxError as error:
            self.refuse(element, f"“{source[:80]}”无法读懂：{error}", place)
            return _NULL

    def tests(self, element: etree._Element | None, place: str = "") -> UnaryTests:
        """The compiled ``text`` child as unary tests; ``-`` where it is empty."""
        source = text_of(element, "text")
        if element is None or not self.check_language(element, place):
            source = ""
        try:
            return parse_unary_tests(source, self.names)
        except FeelSyntaxError as error:
            assert element is not None
            self.refuse(element, f"“{source[:80]}”无法读懂：{error}", place)
            return parse_unary_tests("-")

    def allowed(self, element: etree._Element | None, place: str = "") -> UnaryTests | None:
        """A list of allowed values, or None where there is none."""
        tests = self.tests(element, place) if element is not None else None
        return tests if tests and tests.tree is not None else None

    def check_language(self, element: etree._Element, place: str = "") -> bool:
        """Whether the element leaves its language open or says FEEL; another one is a problem."""
        language = element.get("expressionLanguage") or ""
        if not language or "feel" in language.lower():
            return True
        self.refuse(element, f"不支持表达式语言“{language}”，请用 FEEL", place)
        return False
