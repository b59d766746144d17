"""S-FEEL (DMN 1.3, chapter 9) compiled to trees of the bounded interpreter.

Every operator becomes a call of a function of ``operators``, because FEEL answers null where Python raises. The subject
of a unary test is the name ``?``. Beyond S-FEEL there are ``and``, ``or``, ``not``, ``between``, ``in``, ``if``,
``@"..."`` and calls of business knowledge models, since files of common modellers hold them.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

from workflows.decisions import values
from workflows.decisions.scanning import LITERAL_FUNCTIONS, Token, refuse, scan
from workflows.expressions import free_names

MAX_NESTING = 40
MAX_OPERATIONS = 80
MAX_SUBJECT = 12
SUBJECT = "?"

_COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
_LITERAL_READERS: dict[str, Callable[[str], object]] = {
    "date": values.read_date,
    "time": values.read_time,
    "date and time": values.read_date_time,
    "duration": values.read_duration,
}


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """``>= 18``, and a plain value as ``= value``."""

    sign: str
    operand: ast.expr


@dataclass(frozen=True, kw_only=True)
class Interval:
    """``[low..high]``; an open end leaves its bound out."""

    low: ast.expr
    high: ast.expr
    low_open: bool
    high_open: bool


@dataclass(frozen=True, kw_only=True)
class Condition:
    """A test that speaks of ``?`` itself and is true, false or null."""

    tree: ast.expr


Test = Comparison | Interval | Condition


@dataclass(frozen=True, kw_only=True)
class UnaryTests:
    """One cell: met when one of ``tests`` is, or none of them if ``negated``. No tests at all is ``-``."""

    source: str
    tests: tuple[Test, ...]
    negated: bool
    tree: ast.expr | None
    """What the interpreter walks; None for ``-``."""


def parse_expression(source: str, known_names: frozenset[str] = frozenset()) -> ast.expr:
    """Compile one expression. Raises FeelSyntaxError saying where and what to write instead."""
    parser = _Parser(scan(source, known_names))
    tree = parser.expression()
    parser.expect_end()
    return tree


def parse_unary_tests(source: str, known_names: frozenset[str] = frozenset()) -> UnaryTests:
    """Compile one input entry or list of allowed values; an empty one is ``-``. Raises FeelSyntaxError."""
    if source.strip() in ("", "-"):
        return UnaryTests(source="-", tests=(), negated=False, tree=None)
    parser = _Parser(scan(source, known_names))
    negated, tests = parser.unary_tests()
    parser.expect_end()
    tree = _either([_test_tree(test) for test in tests])
    tree = call("negation", tree) if negated else tree
    return UnaryTests(source=source.strip(), tests=tuple(tests), negated=negated, tree=tree)


def call(function: str, *arguments: ast.expr) -> ast.Call:
    """A call of one of the functions of ``operators``."""
    return ast.Call(func=ast.Name(id=function, ctx=ast.Load()), args=list(arguments), keywords=[])


def _either(conditions: list[ast.expr]) -> ast.expr:
    return conditions[0] if len(conditions) == 1 else call("either", *conditions)


def _test_tree(test: Test) -> ast.expr:
    subject = ast.Name(id=SUBJECT, ctx=ast.Load())
    if isinstance(test, Condition):
        return test.tree
    if isinstance(test, Interval):
        ends = ast.Constant("(" if test.low_open else "["), ast.Constant(")" if test.high_open else "]")
        return call("within", subject, ends[0], test.low, test.high, ends[1])
    if test.sign == "=":
        return call("matches", subject, test.operand)
    return call("compare", subject, ast.Constant(test.sign), test.operand)


class _Parser:
    """Recursive descent over the tokens of one cell, bounded in depth and in the number of operators.

    Both bounds keep the tree, whose left side grows with each operator, within the interpreter's recursion.
    """

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self._operations = 0

    # tokens

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def _sees(self, *texts: str) -> bool:
        return self._token.kind in ("sign", "keyword") and self._token.text in texts

    def _take(self) -> Token:
        token = self._token
        self._at += token.kind != "end"
        return token

    def _accept(self, *texts: str) -> str | None:
        return self._take().text if self._sees(*texts) else None

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            self._unexpected(f"缺少 {text}")

    def expect_end(self) -> None:
        if self._token.kind != "end":
            self._unexpected("文字请用双引号括起来，几个值之间用逗号隔开")

    def _unexpected(self, hint: str) -> None:
        found = f"“{self._token.text}”不能出现在这里" if self._token.text else "内容没有写完"
        refuse(f"{found}：{hint}", self._token.start)

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > MAX_NESTING:
            refuse("表达式嵌套太深，请拆成几个决策", self._token.start)

    def _operation(self, function: str, *arguments: ast.expr) -> ast.expr:
        self._operations += 1
        if self._operations > MAX_OPERATIONS:
            refuse("表达式太长，请拆成几个决策", self._token.start)
        return call(function, *arguments)

    # unary tests

    def unary_tests(self) -> tuple[bool, list[Test]]:
        if self._sees("not") and self._tokens[self._at + 1].text == "(":
            start = self._at
            self._at += 2
            tests = self._tests()
            if self._accept(")") and self._token.kind == "end":
                return True, tests
            if self._sees(","):
                self._unexpected("not(…) 须独占一格，请把所有值都写进括号")
            self._at = start  # not(a) is only the beginning of an expression
        return False, self._tests()

    def _tests(self) -> list[Test]:
        tests = [self._test()]
        while self._accept(","):
            tests.append(self._test())
        return tests

    def _test(self) -> Test:
        if sign := self._accept(*_COMPARISONS):
            return Comparison(sign=sign, operand=self._additive())
        if self._sees("[", "]") or (self._sees("(") and self._is_interval()):
            return self._interval()
        if self._sees("-") and self._tokens[self._at + 1].text in (",", ")", ""):
            self._unexpected("横线（不限）须独占一格")
        tree = self.expression()
        return Condition(tree=tree) if SUBJECT in free_names(tree) else Comparison(sign="=", operand=tree)

    def _is_interval(self) -> bool:
        """Whether ``..`` comes before the parenthesis at hand is closed."""
        depth = 0
        for token in self._tokens[self._at : -1]:
            depth += (token.kind == "sign" and token.text == "(") - (token.kind == "sign" and token.text == ")")
            if depth == 0:
                return False
            if depth == 1 and token.kind == "sign" and token.text == "..":
                return True
        return False

    def _interval(self) -> Interval:
        opening = self._take().text
        low = self._additive()
        self._expect("..")
        high = self._additive()
        closing = self._accept("]", ")", "[")
        if not closing:
            self._unexpected("请用 ] 或 ) 结束这个范围")
        return Interval(low=low, high=high, low_open=opening != "[", high_open=closing != "]")

    # expressions, loosest binding first

    def expression(self) -> ast.expr:
        self._enter()
        tree = self._conditional() if self._accept("if") else self._disjunction()
        self._depth -= 1
        return tree

    def _conditional(self) -> ast.expr:
        condition = self.expression()
        self._expect("then")
        chosen = self.expression()
        self._expect("else")
        return ast.IfExp(test=self._operation("holds", condition), body=chosen, orelse=self.expression())

    def _disjunction(self) -> ast.expr:
        tree = self._conjunction()
        while self._accept("or"):
            tree = self._operation("either", tree, self._conjunction())
        return tree

    def _conjunction(self) -> ast.expr:
        tree = self._comparison()
        while self._accept("and"):
            tree = self._operation("both", tree, self._comparison())
        return tree

    def _comparison(self) -> ast.expr:
        tree = self._additive()
        if sign := self._accept(*_COMPARISONS):
            return self._operation("compare", tree, ast.Constant(sign), self._additive())
        if self._accept("between"):
            low = self._additive()
            self._expect("and")
            return self._operation("within", tree, ast.Constant("["), low, self._additive(), ast.Constant("]"))
        if self._accept("in"):
            return self._membership(tree)
        return tree

    def _membership(self, subject: ast.expr) -> ast.expr:
        """``x in (tests)`` or ``x in test``: the tests speak of ``?``, which is the subject here.

        The tree repeats the subject in each test; were it large, nested ones would multiply beyond any bound.
        """
        if sum(1 for _ in ast.walk(subject)) > MAX_SUBJECT:
            self._unexpected("in 前面只能是一个名称或一个值")
        self._enter()
        bracketed = self._sees("(") and not self._is_interval() and self._accept("(")
        tests = self._tests() if bracketed else [self._test()]
        if bracketed:
            self._expect(")")
        self._depth -= 1
        tree = _Subject(subject).visit(_either([_test_tree(test) for test in tests]))
        return self._operation("holds", tree)

    def _additive(self) -> ast.expr:
        tree = self._multiplicative()
        while sign := self._accept("+", "-"):
            tree = self._operation("add" if sign == "+" else "subtract", tree, self._multiplicative())
        return tree

    def _multiplicative(self) -> ast.expr:
        tree = self._power()
        while sign := self._accept("*", "/"):
            tree = self._operation("multiply" if sign == "*" else "divide", tree, self._power())
        return tree

    def _power(self) -> ast.expr:
        """Left to right, and the sign binds tighter: ``-3 ** 2`` is 9 (DMN 1.3, grammar rule 4)."""
        tree = self._unary()
        while self._accept("**"):
            tree = self._operation("power", tree, self._unary())
        return tree

    def _unary(self) -> ast.expr:
        if not self._accept("-"):
            return self._path()
        self._enter()
        tree = self._operation("negate", self._unary())
        self._depth -= 1
        return tree

    def _path(self) -> ast.expr:
        tree = self._primary()
        while self._accept("."):
            if self._token.kind != "name":
                self._unexpected("点号后面应是字段的名称")
            tree = self._operation("path", tree, ast.Constant(self._take().text))
        return tree

    def _primary(self) -> ast.expr:
        token = self._take()
        if token.kind == "number":
            return self._number(token)
        if token.kind == "string":
            return ast.Constant(token.text)
        if token.kind == "name":
            return self._named(token)
        if token.text in ("true", "false", "null") and token.kind == "keyword":
            return ast.Constant({"true": True, "false": False, "null": None}[token.text])
        if token.text == SUBJECT:
            return ast.Name(id=SUBJECT, ctx=ast.Load())
        if token.text == "(":
            return self._closed(self.expression())
        if token.text == "not":
            self._expect("(")
            return self._closed(self._operation("negation", self.expression()))
        if token.text == "@" and self._token.kind == "string":
            return self._literal("moment", values.read_moment, self._take())
        self._at -= token.kind != "end"
        self._unexpected("这里应是一个值或一个名称")
        raise AssertionError  # _unexpected raises

    def _closed(self, tree: ast.expr) -> ast.expr:
        self._expect(")")
        return tree

    def _number(self, token: Token) -> ast.expr:
        if abs(values.read_number(token.text)) > 10**30:
            refuse("数字太大", token.start)
        return call("number", ast.Constant(token.text))

    def _named(self, token: Token) -> ast.expr:
        if token.text in LITERAL_FUNCTIONS and self._sees("("):
            return self._dated(token)
        if token.text.startswith("_"):
            refuse("名称不能以下划线开头", token.start)
        if not self._accept("("):
            return ast.Name(id=token.text, ctx=ast.Load())
        arguments: list[ast.expr] = []
        while not self._sees(")"):
            arguments.append(self.expression())
            if not self._accept(","):
                break
        return self._closed(self._operation("invoke", ast.Constant(token.text), *arguments))

    def _dated(self, token: Token) -> ast.expr:
        self._expect("(")
        if self._token.kind == "string":
            return self._closed(self._literal(token.text, _LITERAL_READERS[token.text], self._take()))
        return self._closed(self._operation(token.text, self.expression()))

    def _literal(self, function: str, read: Callable[[str], object], text: Token) -> ast.expr:
        """A wrong date is found when the file is read, not when a case comes to it."""
        try:
            read(text.text)
        except (ValueError, ArithmeticError) as error:
            refuse(str(error), text.start)
        return call(function, ast.Constant(text.text))


class _Subject(ast.NodeTransformer):
    def __init__(self, subject: ast.expr) -> None:
        self._subject = subject

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._subject if node.id == SUBJECT else node
