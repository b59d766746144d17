"""``users`` and ``import``."""

from __future__ import annotations

import csv
from pathlib import Path

import click

from services.people import administration
from services.registers import imports
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
    """Import people from a CSV with the columns username, name, department, posts, email, superior."""
    rows = _rows(file)
    people = [
        administration.NewPerson(
            username=row.get("username", ""),
            name=row.get("name", ""),
            department=row.get("department", ""),
            posts=tuple(post for post in row.get("posts", "").split(";") if post),
            email=row.get("email", ""),
            superior=row.get("superior", ""),
        )
        for row in rows
    ]
    with application():
        click.echo(f"{administration.add_people(people, password=password)} people")


@click.group("import")
def import_() -> None:
    """Registers from CSV files: every bad row is reported with its number, all or nothing."""


@import_.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def customers(file: Path) -> None:
    """Columns: code, name, address, category, grade."""
    with application():
        click.echo(f"{imports.import_customers(_rows(file))} customers")


@import_.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def budgets(file: Path) -> None:
    """Columns: department, month, amount."""
    with application():
        click.echo(f"{imports.import_budgets(_rows(file))} budgets")


def _rows(file: Path) -> list[dict[str, str]]:
    """The rows of a CSV in UTF-8 (with or without BOM) or GBK, as Excel in China writes it."""
    raw = file.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030")
    return [
        {key.strip(): (value or "").strip() for key, value in row.items() if key}
        for row in csv.DictReader(text.splitlines())
    ]


COMMANDS = (users, import_)
