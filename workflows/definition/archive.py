"""Process folders on disk and as zip archives."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from workflows.errors import DefinitionError, Problem
from workflows.toml import TomlError, read_toml

MAX_FILES = 200
MAX_TOTAL_BYTES = 5_000_000
MAX_PATH = 120
_SUFFIXES = frozenset({".toml", ".bpmn", ".json", ".dmn", ".md"})
# A fixed time makes equal folders equal archives, whose digests can be compared.
_TIMESTAMP = (2020, 1, 1, 0, 0, 0)
_UNIX = 3
_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError)


def read_folder(folder: Path) -> dict[str, bytes]:
    """The files of a process folder by their path inside it. Raises DefinitionError when there is no such folder."""
    if not folder.is_dir():
        raise _refusal(str(folder), "没有这个文件夹")
    found = {path.relative_to(folder): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {
        name.as_posix(): path.read_bytes()
        for name, path in found.items()
        if path.suffix in _SUFFIXES and not _is_hidden(PurePosixPath(name.as_posix()))
    }


def write_archive(files: Mapping[str, bytes]) -> bytes:
    """A zip of the files; equal files give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _TIMESTAMP)
            entry.create_system = _UNIX
            # stored, because compressed bytes differ between versions of zlib
            archive.writestr(entry, files[name], zipfile.ZIP_STORED)
    return buffer.getvalue()


def read_archive(raw: bytes) -> dict[str, bytes]:
    """The files of a zip. Paths outside it, bombs and foreign kinds of file are refused by DefinitionError."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_litter(entry.filename)]
            if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
                raise _refusal("zip", "压缩方式不支持，请用普通的 zip 压缩")
            if len(entries) > MAX_FILES or sum(entry.file_size for entry in entries) > MAX_TOTAL_BYTES:
                raise _refusal("zip", f"压缩包过大：最多 {MAX_FILES} 个文件、{MAX_TOTAL_BYTES // 1_000_000} MB")
            files = {_safe_path(entry.filename): archive.read(entry) for entry in entries}
    except _BROKEN as error:
        raise _refusal("zip", "不是可以读取的 zip 文件") from error
    return _without_common_folder(files)


def _is_hidden(path: PurePosixPath) -> bool:
    return any(part.startswith(".") for part in path.parts if part != "..")


def _is_litter(name: str) -> bool:
    """What desktops add to a zip without being asked."""
    return name.startswith("__MACOSX/") or PurePosixPath(name).name in (".DS_Store", "Thumbs.db", "desktop.ini")


def is_safe_path(name: str) -> bool:
    """Whether a file of this path may lie in a process folder: inside it, and of a kind that belongs there."""
    path = PurePosixPath(name)
    inside = not path.is_absolute() and path.as_posix() == name and not _leads_outside(path, name)
    return inside and path.suffix in _SUFFIXES and not _is_hidden(path) and len(name) <= MAX_PATH


def title_of(files: Mapping[str, bytes], otherwise: str) -> str:
    """The title in ``process.toml``, however wrong the rest of the folder is."""
    try:
        title = read_toml(files["process.toml"])["title"]
    except (KeyError, TomlError):
        return otherwise
    return title[:120] if isinstance(title, str) and title else otherwise


def _leads_outside(path: PurePosixPath, name: str) -> bool:
    return path.is_absolute() or ".." in path.parts or ":" in name or "\\" in name or not name.isprintable()


def _safe_path(name: str) -> str:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in name or not name.isprintable():
        raise _refusal(name, "压缩包里的路径指向流程文件夹之外")
    if path.suffix not in _SUFFIXES:
        raise _refusal(name, f"不接受这种文件，可用：{'、'.join(sorted(_SUFFIXES))}")
    return path.as_posix()


def _without_common_folder(files: dict[str, bytes]) -> dict[str, bytes]:
    """A zip of the folder itself carries its name in every path."""
    if "process.toml" in files:
        return files
    tops = {name.split("/", 1)[0] for name in files}
    if len(tops) != 1:
        return files
    return {name.split("/", 1)[1]: content for name, content in files.items() if "/" in name}


def _refusal(file: str, message: str) -> DefinitionError:
    return DefinitionError([Problem(severity="error", file=file, element="", message=message)])
