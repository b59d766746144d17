"""``users`` and ``import``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from services.people import administration
from services.registers.imports.bounds import FileRefused
from services.registers.imports.cells import shown
from services.registers.imports.files import read_file
from services.registers.imports.layouts import LAYOUTS
from services.registers.imports.staging import Outcome, import_file
from services.tasks.reassign import deactivate as deactivate_person
from webapp.cli.opening import application, now


@click.group()
def users() -> None:
    """People and their accounts."""


@users.command()
@click.argument("username")
@click.option("--name", required=True)
@click.option("--department", required=True)
@click.option("--post", "posts", multiple=True)
@click.option("--email", default="")
@click.option("--superior", default="")
@click.password_option()
def add(
    username: str, name: str, department: str, posts: tuple[str, ...], email: str, superior: str, password: str
) -> None:
    """Add an account."""
    with application():
        person = administration.NewPerson(
            username=username, name=name, department=department, posts=posts, email=email, superior=superior
        )
        administration.add_people([person], password=password)


@users.command()
@click.argument("username")
def deactivate(username: str) -> None:
    """Let nobody act as this person any more; their open tasks go to whoever their posts name now."""
    with application():
        click.echo(f"{deactivate_person(username, now=now())} tasks handed on")


@users.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.password_option(help="The first password of everybody imported.")
def import_users(file: Path, password: str) -> None:
    """Import people from a CSV or xlsx with the columns username, name, department, posts, email, superior."""
    people = [
        administration.NewPerson(
            username=row.get("username", ""),
            name=row.get("name", ""),
            department=row.get("department", ""),
            posts=tuple(post for post in row.get("posts", "").split(";") if post),
            email=row.get("email", ""),
            superior=row.get("superior", ""),
        )
        for row in _people(file)
    ]
    with application():
        click.echo(f"{administration.add_people(people, password=password)} people")


def _people(file: Path) -> list[dict[str, str]]:
    """The rows by their headings; empty rows stay, so that the others keep their numbers."""
    try:
        rows = read_file(file.name, file.read_bytes(), sheets=("users", "people")).rows
    except FileRefused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    headings = [shown(cell).strip() for cell in rows[0]] if rows else []
    return [dict(zip(headings, (shown(cell).strip() for cell in row), strict=False)) for row in rows[1:]]


@click.group("import")
def import_() -> None:
    """Registers from CSV or xlsx files: every bad row is reported with its number, all or nothing."""


def _importing(register: str) -> click.Command:
    columns = ", ".join(column.key for column in LAYOUTS[register].columns)

    @click.command(register, help=f"Columns, in any order, in English or Chinese: {columns}.")
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option("--preview", is_flag=True, help="Say what would change, and change nothing.")
    @click.option("--ignore-unknown", is_flag=True, help="Take no notice of columns that mean nothing here.")
    @click.option("--json", "as_json", is_flag=True)
    def command(file: Path, preview: bool, ignore_unknown: bool, as_json: bool) -> None:
        layout = LAYOUTS[register]
        with application():
            options = {"preview": preview, "ignore_unknown": ignore_unknown}
            done = import_file(layout, file.name, file.read_bytes(), now=now(), **options)
        _report(register, done, as_json=as_json)

    return command


def _report(register: str, done: Outcome, *, as_json: bool) -> None:
    for row in done.refused:
        for problem in row.problems:
            click.echo(f"第 {row.number} 行 {problem.column}：{problem.reason}", err=True)
    counts = {"new": done.new, "changed": done.changed, "unchanged": done.unchanged, "refused": len(done.refused)}
    if as_json:
        refused = [
            {"row": row.number, "column": problem.column, "reason": problem.reason}
            for row in done.refused
            for problem in row.problems
        ]
        found = {"register": register, "applied": done.applied, "read_as": done.read_as, **counts, "problems": refused}
        click.echo(json.dumps(found, ensure_ascii=False))
    elif not done.refused:
        told = ", ".join(f"{count} {kind}" for kind, count in counts.items() if kind != "refused")
        click.echo(f"{done.new + done.changed + done.unchanged} {register}: {told}")
    if done.refused:
        raise click.exceptions.Exit(1)


for _register in LAYOUTS:
    import_.add_command(_importing(_register))

COMMANDS = (users, import_)
