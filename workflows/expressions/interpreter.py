"""Walks a syntax tree over plain values, within the budget of ``limits``."""

from __future__ import annotations

import ast
import copy
import operator
from collections.abc import Callable, Mapping
from decimal import Context, Decimal, DecimalException, localcontext
from typing import Any

from workflows.expressions.errors import ExpressionError, LimitExceeded, NotAllowed, UnknownName
from workflows.expressions.failures import said_of, written
from workflows.expressions.functions import FUNCTIONS
from workflows.expressions.limits import MAX_STEPS, bounded, cost, exact, exact_throughout, steps_to_compare, weigh
from workflows.expressions.source import parse_expression, parse_script

Functions = Mapping[str, Callable[..., Any]]

_FAILURES = (TypeError, ValueError, KeyError, IndexError, ArithmeticError, AttributeError, DecimalException)
_SHARED_CONTEXT = Context(prec=34)


def evaluate(source: str, names: Mapping[str, Any], functions: Functions = FUNCTIONS) -> Any:
    """The value of one expression over ``names``; no name is ever changed.

    Raises ExpressionError: cannot be read, uses something outside the language, or fails on these values.
    """
    return evaluate_tree(parse_expression(source), names, functions)


def evaluate_tree(tree: ast.expr, names: Mapping[str, Any], functions: Functions = FUNCTIONS) -> Any:
    """As ``evaluate``, for a tree that was parsed or compiled before."""
    value = _guarded(lambda: _Interpreter(names, functions).value(tree))
    weigh(value)
    return value


def execute(source: str, names: Mapping[str, Any], functions: Functions = FUNCTIONS) -> dict[str, Any]:
    """The names as a script leaves them; the ones given stay as they were, also when the script fails half way."""
    body = parse_script(source)
    # exact from the start, so that what a script changes in place is the record itself and not an exact copy of it
    own = {name: exact_throughout(value) for name, value in copy.deepcopy(dict(names)).items()}
    interpreter = _Interpreter(own, functions, from_outside=False)
    _guarded(lambda: interpreter.run(body))
    weigh(interpreter.names)
    return dict(interpreter.names)


def _guarded(work: Callable[[], Any]) -> Any:
    try:
        with localcontext(_SHARED_CONTEXT):
            return work()
    except ExpressionError:
        raise
    except RecursionError as error:
        raise LimitExceeded("表达式嵌套太深") from error
    except _FAILURES as error:
        raise ExpressionError(said_of(error)) from error


def _are_numbers(*values: Any) -> bool:
    return all(isinstance(value, int | Decimal) and not isinstance(value, bool) for value in values)


def _times(left: Any, right: Any) -> Any:
    if not _are_numbers(left, right):
        raise NotAllowed("只有数字可以相乘")
    return left * right


def _divide(left: Any, right: Any) -> Any:
    return Decimal(left) / Decimal(right)


def _remainder(left: Any, right: Any) -> Any:
    if not _are_numbers(left, right):
        raise NotAllowed("只有数字可以用 % 求余数")
    return left % right


def _is_in(left: Any, right: Any) -> bool:
    if isinstance(right, dict) and not isinstance(left, str):
        return False
    return left in right


def _is(left: Any, right: Any) -> bool:
    if not any(value is None or isinstance(value, bool) for value in (left, right)):
        raise NotAllowed("is 只用于 None、True 和 False，其他比较请写 ==")
    return left is right


_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: _times,
    ast.Div: _divide,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: _remainder,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.Not: operator.not_,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
# these look through all of what they are given, nested values too
_COMPARING = frozenset({"count", "max", "min", "sorted"})
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: _is_in,
    ast.NotIn: lambda left, right: not _is_in(left, right),
    ast.Is: _is,
    ast.IsNot: lambda left, right: not _is(left, right),
}


class _Interpreter:
    """One evaluation: the names, the functions and the steps spent so far."""

    def __init__(self, names: Mapping[str, Any], functions: Functions, *, from_outside: bool = True) -> None:
        self.names: Any = names
        self.functions = functions
        self.items: dict[str, Any] = {}
        """The items that the comprehensions around the current node are at."""
        self.steps = 0
        self._from_outside = from_outside
        self._read: dict[str, Any] = {}

    def _spend(self, steps: int = 1) -> None:
        self.steps += steps
        if self.steps > MAX_STEPS:
            raise LimitExceeded("计算的步骤太多")

    # expressions

    def value(self, node: ast.expr) -> Any:
        self._spend()
        visit = _EXPRESSIONS.get(type(node))
        if visit is None:
            raise NotAllowed(f"不支持 {written(node)} 这种写法")
        return visit(self, node)

    def _constant(self, node: ast.Constant) -> Any:
        if not isinstance(node.value, str | int | float | bool | None):
            raise NotAllowed(f"不支持 {written(node)} 这种写法")
        return exact(bounded(node.value))

    def _name(self, node: ast.Name) -> Any:
        if node.id.startswith("_"):
            raise NotAllowed(f"名称不能以下划线开头：{node.id}")
        if node.id in self.items:
            return exact(self.items[node.id])
        if node.id not in self.names:
            raise UnknownName(f"没有“{node.id}”这一项数据")
        return self._exact_name(node.id) if self._from_outside else self.names[node.id]

    def _exact_name(self, name: str) -> Any:
        """Nested values are looked through once, not each time the name is read."""
        if name not in self._read:
            self._read[name] = exact_throughout(self.names[name])
        return self._read[name]

    def _list(self, node: ast.List) -> list[Any]:
        return [self.value(item) for item in node.elts]

    def _tuple(self, node: ast.Tuple) -> tuple[Any, ...]:
        return tuple(self.value(item) for item in node.elts)

    def _record(self, node: ast.Dict) -> dict[Any, Any]:
        pairs = zip(node.keys, node.values, strict=True)
        return {self._key(key): self.value(value) for key, value in pairs}

    def _key(self, node: ast.expr | None) -> str:
        if node is None:
            raise NotAllowed("不支持 ** 这种写法")
        key = self.value(node)
        if not isinstance(key, str):
            raise NotAllowed("记录中的项要用文字来指名")
        return key

    def _bool_op(self, node: ast.BoolOp) -> Any:
        value: Any = None
        for operand in node.values:
            value = self.value(operand)
            if bool(value) == isinstance(node.op, ast.Or):
                return value
        return value

    def _binary(self, node: ast.BinOp) -> Any:
        return self._combine(node.op, self.value(node.left), self.value(node.right))

    def _combine(self, sign: ast.operator, left: Any, right: Any) -> Any:
        combine = _BINARY.get(type(sign))
        if combine is None:
            raise NotAllowed(f"不支持运算符 {written(sign)}")
        if isinstance(left, bool) or isinstance(right, bool):
            raise NotAllowed("是和否不能当作数字计算")
        self._spend(cost(left) + cost(right))
        return bounded(combine(left, right))

    def _unary(self, node: ast.UnaryOp) -> Any:
        apply = _UNARY.get(type(node.op))
        if apply is None:
            raise NotAllowed(f"不支持运算符 {written(node.op)}")
        value = self.value(node.operand)
        if isinstance(value, bool) and not isinstance(node.op, ast.Not):
            raise NotAllowed("是和否不能当作数字计算")
        return apply(value)

    def _comparison(self, node: ast.Compare) -> bool:
        left = self.value(node.left)
        for sign, operand in zip(node.ops, node.comparators, strict=True):
            right = self.value(operand)
            self._spend(steps_to_compare(right) if isinstance(left, list | tuple | dict) else cost(right))
            if not _COMPARE[type(sign)](left, right):
                return False
            left = right
        return True

    def _choice(self, node: ast.IfExp) -> Any:
        return self.value(node.body if self.value(node.test) else node.orelse)

    def _attribute(self, node: ast.Attribute) -> Any:
        record = self.value(node.value)
        if node.attr.startswith("_") or not isinstance(record, dict):
            raise NotAllowed(f"只有记录才能用“.{node.attr}”取其中的项")
        if node.attr not in record:
            raise UnknownName(f"没有“{node.attr}”这一项")
        return exact(record[node.attr])

    def _subscript(self, node: ast.Subscript) -> Any:
        container = self.value(node.value)
        if not isinstance(container, list | tuple | str | dict):
            raise NotAllowed("只有列表、文字和记录才能用 []")
        if isinstance(node.slice, ast.Slice):
            return self._part(container, node.slice)
        key = self.value(node.slice)
        if isinstance(container, dict) != isinstance(key, str):
            raise NotAllowed("[] 中应为记录中项的名称，或列表中的第几项")
        return exact(container[key])

    def _part(self, container: Any, node: ast.Slice) -> Any:
        if isinstance(container, dict):
            raise NotAllowed("记录不能用 [:] 截取")
        self._spend(cost(container))
        return container[slice(*(self._bound(part) for part in (node.lower, node.upper, node.step)))]

    def _bound(self, node: ast.expr | None) -> Any:
        return None if node is None else self.value(node)

    def _call(self, node: ast.Call) -> Any:
        if not isinstance(node.func, ast.Name) or node.func.id not in self.functions:
            raise NotAllowed(f"没有“{written(node.func)}”这个函数")
        if any(isinstance(argument, ast.Starred) for argument in node.args):
            raise NotAllowed("不支持 * 这种写法")
        arguments = [self.value(argument) for argument in node.args]
        named = {self._keyword(word): self.value(word.value) for word in node.keywords}
        self._spend(sum(steps_to_compare(item) for item in arguments if node.func.id in _COMPARING))
        self._spend(sum(len(item) for item in arguments if isinstance(item, list | tuple | str | dict)))
        result = bounded(exact(self.functions[node.func.id](*arguments, **named)))
        self._spend(cost(result))
        return result

    def _keyword(self, word: ast.keyword) -> str:
        if word.arg is None:
            raise NotAllowed("不支持 ** 这种写法")
        return word.arg

    def _comprehension(self, node: ast.ListComp | ast.GeneratorExp) -> list[Any]:
        clause = node.generators[0]
        if len(node.generators) > 1 or clause.is_async or not isinstance(clause.target, ast.Name):
            raise NotAllowed("列表里只能有一个简单的 for")
        outer, found = self.items, []
        for item in self._iterable(clause.iter):
            self.items = {**outer, clause.target.id: item}
            if all(self.value(condition) for condition in clause.ifs):
                found.append(self.value(node.elt))
        self.items = outer
        return bounded(found)  # type: ignore[no-any-return]

    def _iterable(self, node: ast.expr) -> list[Any]:
        items = self.value(node)
        if not isinstance(items, list | tuple | dict):
            raise NotAllowed("for 只能用于列表")
        return list(items)

    # statements

    def run(self, body: list[ast.stmt]) -> None:
        for statement in body:
            self._spend()
            if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
                self._store(statement.targets[0], self.value(statement.value))
            elif isinstance(statement, ast.AugAssign):
                self._augment(statement)
            elif isinstance(statement, ast.If):
                self.run(statement.body if self.value(statement.test) else statement.orelse)
            elif isinstance(statement, ast.For) and isinstance(statement.target, ast.Name) and not statement.orelse:
                for item in self._iterable(statement.iter):
                    self._store(statement.target, item)
                    self.run(statement.body)
            elif isinstance(statement, ast.Expr):
                self.value(statement.value)
            elif not isinstance(statement, ast.Pass):
                raise NotAllowed(f"不支持 {written(statement)} 这种写法")

    def _augment(self, statement: ast.AugAssign) -> None:
        target = statement.target
        readable: ast.expr = ast.Name(target.id, ast.Load()) if isinstance(target, ast.Name) else target
        self._store(target, self._combine(statement.op, self.value(readable), self.value(statement.value)))

    def _store(self, target: ast.expr, value: Any) -> None:
        if isinstance(target, ast.Name):
            if target.id.startswith("_") or target.id in self.functions:
                raise NotAllowed(f"“{target.id}”不能赋值")
            self.names[target.id] = bounded(value)
        elif isinstance(target, ast.Subscript | ast.Attribute):
            container: Any = self.value(target.value)
            key: Any = target.attr if isinstance(target, ast.Attribute) else self.value(target.slice)
            if not isinstance(container, dict | list) or isinstance(container, dict) != isinstance(key, str):
                raise NotAllowed("只有记录中的项和列表中的项可以赋值")
            if isinstance(key, str) and key.startswith("_"):
                raise NotAllowed(f"项的名称不能以下划线开头：{key}")
            container[key] = bounded(value)
            bounded(container)
        else:
            raise NotAllowed(f"不能给 {written(target)} 赋值")


_EXPRESSIONS: dict[type[ast.expr], Callable[[_Interpreter, Any], Any]] = {
    ast.Constant: _Interpreter._constant,
    ast.Name: _Interpreter._name,
    ast.List: _Interpreter._list,
    ast.Tuple: _Interpreter._tuple,
    ast.Dict: _Interpreter._record,
    ast.BoolOp: _Interpreter._bool_op,
    ast.BinOp: _Interpreter._binary,
    ast.UnaryOp: _Interpreter._unary,
    ast.Compare: _Interpreter._comparison,
    ast.IfExp: _Interpreter._choice,
    ast.Attribute: _Interpreter._attribute,
    ast.Subscript: _Interpreter._subscript,
    ast.Call: _Interpreter._call,
    ast.ListComp: _Interpreter._comprehension,
    ast.GeneratorExp: _Interpreter._comprehension,
}
