"""Whatever a diagram's author types: no way out to Python, and no more than moments of time and little memory."""

from __future__ import annotations

import pytest

from tests.workflows.expressions.hostile import outcome_of

WAYS_OUT = {
    "classes": "().__class__.__mro__[1].__subclasses__()",
    "import": '__import__("os").getcwd()',
    "file": 'open("/etc/hostname").read()',
    "format": '"{0.__class__.__mro__}".format(name)',
    "format_map": '"{form.__class__}".format_map({"form": form})',
    "f-string": 'f"{name.__class__.__mro__}"',
    "frame of a generator": "(x for x in [1]).gi_frame.f_globals",
    "getattr": 'getattr(name, "__class__")',
    "type": "type(name).mro()",
    "change of the names": "form.clear() or xs.append(4)",
    "lambda": "(lambda f: f(f))(lambda f: f(f))",
    "walrus": "(amount := 1)",
    "a function as a value": "[len][0](xs)",
    "key of a comparison": "max(xs, key=len)",
    "unpacked arguments": "max(*[xs])",
    "named arguments out of a record": 'round(**{"value": 1})',
    "hidden name": "__builtins__",
    "hidden field": "form.__class__",
}
BOMBS = {
    "power": "9**9**9",
    "middling power": "(10**1000)**1000 % 7 == 99",
    "shift": "1 << 10**10",
    "repeated text": 'len("a" * 10000000000)',
    "repeated list": "len([0] * 1000000000)",
    "width of a format": '"{:>2000000000}".format(1)',
    "width after %": '"%2000000000d" % 1',
    "ljust": "s.ljust(2000000000)",
    "long range": "sum([x for x in range(1000000000)])",
    "many ranges": "[range(1000) for a in range(1000)]",
    "loops in loops": "[[[1 for c in range(1000)] for b in range(1000)] for a in range(1000)]",
    "two loops in one": "[a for a in xs for b in range(1000)]",
    "sums of loops": "sum([sum([sum(range(1000)) for b in range(1000)]) for a in range(1000)])",
    "sorting in a loop": "[sorted(range(1000)) for a in range(1000)]",
    "greatest in a loop": "[max(range(1000)) for a in range(1000)]",
    "brackets": "(" * 5_000 + "1" + ")" * 5_000,
    "signs": "-" * 100_000 + "1",
    "nots": "not\t" * 900 + "1",
    "fields of fields": "form" + ".a" * 1_900,
    "whole number of a great power": 'int("1e999999")',
    "floor of a great power": 'floor("1e999999")',
    "text of a tiny number": 'str(number("1e-999999999"))',
    "text of a zero with places": 'str(number("0e-999999999"))',
    "great power": "1e999999999",
    "great power in text": 'number("1e999999999")',
    "places to round to": "round(1, 999999999)",
    "negative places": "round(1, -999999999)",
    "digits": "9" * 3_900,
    "not a number": 'number("NaN") < 1',
    "infinity": 'number("Infinity") > 1',
}
_ALIASES = "a = [1]\nb = [1]\nfor x in range(60):\n  a = [a, a]\n  b = [b, b]\n"
SCRIPTS = {
    "endless loop": "while True: pass",
    "long range": "for i in range(10000000000): pass",
    "loops in loops": "for a in range(1000):\n  for b in range(1000):\n    pass",
    "doubled text": "t = 'ab'\nfor a in range(1000):\n  t = t + t",
    "kept slices": "t = '字'\nfor a in range(13):\n  t = t + t\nkept = [t[1:] for a in range(999)]",
    "aliases": "a = [1]\nfor x in range(60):\n  a = [a, a]",
    "compared aliases": _ALIASES + "same = a == b\na = 1\nb = 1",
    "aliases to count": _ALIASES + "n = count([a], b)\na = 1\nb = 1",
    "aliases to look for": _ALIASES + "n = a in [b]\na = 1\nb = 1",
    "aliases to order": _ALIASES + "n = max(a, b)\na = 1\nb = 1",
    "aliases as a key": "a = (1,)\nfor x in range(60):\n  a = (a, a)\nform[a] = 1",
    "aliases as a field": "a = (1,)\nfor x in range(60):\n  a = (a, a)\nn = a in form\nm = get(form, a)",
    "itself": 'form["me"] = form',
    "function": "def f(): return f()\nf()",
    "class": "class A: pass",
    "try": "try:\n  1/0\nexcept Exception:\n  x = 1",
    "import": "import os\nx = os.getcwd()",
    "builtins": "x = __builtins__",
    "hidden name": "__builtins__ = {}",
    "hidden field": "form['__class__'] = 1",
    "delete": "del amount",
    "match": "match amount:\n  case 1: x = 1",
    "with": 'with open("/etc/hostname") as f: x = f.read()',
    "exec": 'exec("import os; x = os.getcwd()")',
    "loop into a field": 'for form["x"] in xs: pass',
    "unpacked arguments": "x = max(*[xs, xs])",
    "replaced function": "len = 5",
    "global": "global amount\namount = 1",
    "return": "return 1",
    "raise": "raise 1",
}


@pytest.mark.parametrize("attack", WAYS_OUT)
def test_no_expression_reaches_python(attack: str) -> None:
    assert outcome_of(WAYS_OUT[attack]).startswith("refused")


@pytest.mark.parametrize("attack", BOMBS)
def test_no_expression_takes_long_or_much_room(attack: str) -> None:
    assert outcome_of(BOMBS[attack]).startswith("refused")


@pytest.mark.parametrize("attack", SCRIPTS)
def test_no_script_gets_out_or_takes_long(attack: str) -> None:
    assert outcome_of(SCRIPTS[attack], "script").startswith("refused")


def test_a_harmless_expression_is_answered_there() -> None:
    assert outcome_of('amount >= 1000 and name == "张三"') == "answered"


def test_a_script_that_lengthens_the_list_it_walks_ends_after_the_old_length() -> None:
    assert outcome_of("for x in xs:\n  xs = xs + [x]", "script") == "answered"
