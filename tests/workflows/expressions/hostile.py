"""Runs what somebody hostile might type in a process of its own, with little time and memory."""

from __future__ import annotations

import subprocess
import sys

SECONDS = 3
MEGABYTES = 400
_CHILD = f"""
import resource, sys
from workflows.expressions import ExpressionError, evaluate, execute

mebibyte = 1 << 20
grown = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize() + {MEGABYTES} * mebibyte
resource.setrlimit(resource.RLIMIT_AS, (grown, grown))
resource.setrlimit(resource.RLIMIT_CPU, ({SECONDS}, {SECONDS}))
names = {{"amount": 1500, "name": "张三", "form": {{"a": 1, "items": [1, 2, 3]}}, "xs": [1, 2, 3], "s": "a" * 30}}
before = repr(names)
try:
    (execute if sys.argv[1] == "script" else evaluate)(sys.stdin.read(), names)
except ExpressionError as error:
    print("refused", type(error).__name__)
else:
    print("answered")
if repr(names) != before:
    print("changed the names")
"""


def outcome_of(source: str, kind: str = "expression") -> str:
    """``refused`` with the class of the error, or what else came of it: an answer, a crash, a kill."""
    command = [sys.executable, "-c", _CHILD, kind]
    done = subprocess.run(command, input=source, capture_output=True, text=True, timeout=30, check=False)
    if done.returncode:
        return f"ended with {done.returncode}: {done.stderr[-300:]}"
    return done.stdout.strip()
