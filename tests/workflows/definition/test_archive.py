"""Process folders as zip files: what comes in, and what is kept out."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from workflows.definition import read_archive, read_folder, write_archive
from workflows.errors import DefinitionError

FILES = {"process.toml": b'key = "x"', "forms/request.json": b"{}"}


def zipped(files: dict[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def refusal(raw: bytes) -> DefinitionError:
    with pytest.raises(DefinitionError) as refused:
        read_archive(raw)
    return refused.value


def test_an_archive_gives_back_its_files() -> None:
    assert read_archive(write_archive(FILES)) == FILES


def test_equal_folders_give_equal_archives_whatever_their_order() -> None:
    assert write_archive(FILES) == write_archive(dict(reversed(FILES.items())))
    assert write_archive(FILES) != write_archive({**FILES, "process.toml": b'key = "y"'})


def test_a_zip_of_the_folder_itself_is_taken_without_its_name() -> None:
    assert read_archive(zipped({f"request/{name}": content for name, content in FILES.items()})) == FILES


def test_what_desktops_add_is_left_out() -> None:
    litter = {"__MACOSX/._process.toml": b"\0", "forms/.DS_Store": b"\0", "Thumbs.db": b"\0"}
    assert read_archive(zipped({**FILES, **litter})) == FILES


@pytest.mark.parametrize(
    "name", ["../evil.toml", "/etc/evil.toml", "a/../../evil.toml", "..\\evil.toml", "C:\\evil.toml", "C:evil.toml"]
)
def test_a_path_out_of_the_folder_is_refused_by_name(name: str) -> None:
    [problem] = refusal(zipped({**FILES, name: b"x"})).problems
    assert problem.file == name
    assert "之外" in problem.message


@pytest.mark.parametrize("name", ["run.py", "page.html", "logo.svg", "noextension"])
def test_a_foreign_kind_of_file_is_refused_by_name(name: str) -> None:
    assert [problem.file for problem in refusal(zipped({**FILES, name: b"x"})).problems] == [name]


def test_bombs_are_refused_before_they_are_unpacked() -> None:
    assert "过大" in str(refusal(zipped({"a.toml": b"0" * 6_000_000})))
    assert "过大" in str(refusal(zipped({f"{number}.toml": b"" for number in range(201)})))


def test_a_size_that_lies_is_found_out() -> None:
    raw = zipped({"a.toml": b"0" * 1_000_000})
    honest, lie = (1_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little")
    assert "zip" in str(refusal(raw.replace(honest, lie)))


@pytest.mark.parametrize(
    "raw", [b"", b"no zip", zipped(FILES)[:40], zipped(FILES)[:-8]], ids=["empty", "text", "head", "cut"]
)
def test_what_is_no_zip_is_refused(raw: bytes) -> None:
    assert "zip" in str(refusal(raw))


def test_damaged_and_exotic_compression_is_refused() -> None:
    raw = bytearray(zipped({"process.toml": bytes(range(256)) * 20}))
    raw[60:90] = b"\xff" * 30
    assert "zip" in str(refusal(bytes(raw)))
    assert "zip" in str(refusal(zipped(FILES, compression=zipfile.ZIP_LZMA)))


def test_a_folder_is_read_without_foreign_and_hidden_files(tmp_path: Path) -> None:
    for name in ("process.toml", "forms/request.json", "notes.txt", ".git/config.toml", "forms/.old.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert sorted(read_folder(tmp_path)) == ["forms/request.json", "process.toml"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="nowhere"):
        read_folder(tmp_path / "nowhere")
