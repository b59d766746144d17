"""Files that are made for one answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import PurePath
from tempfile import TemporaryFile
from typing import IO
from urllib.parse import quote

from flask import Response

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
_CHUNK = 1 << 16


def made(write: Callable[[IO[bytes]], None], *, name: str, mimetype: str) -> Response:
    """What ``write`` writes, as a download. It is on disk while it is made and sent, and gone afterwards."""
    file = TemporaryFile()  # noqa: SIM115 - closed when it was sent, or when nobody wants it any more
    try:
        write(file)
        size = file.tell()
        file.seek(0)
    except BaseException:
        file.close()
        raise
    answer = Response(_chunks(file), mimetype=mimetype)
    answer.content_length = size
    plain = f"download{PurePath(name).suffix}"  # for what cannot read the other one; a header is ASCII
    answer.headers["Content-Disposition"] = f"attachment; filename={plain}; filename*=UTF-8''{quote(name, safe='')}"
    return answer


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(_CHUNK):
            yield chunk
