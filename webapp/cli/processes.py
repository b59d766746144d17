"""``processes`` and ``decisions``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from services.database import read_session
from services.processes.checking import ERROR, check_files
from services.processes.publish import publish as publish_folder
from services.processes.versions import get_archive, list_current
from webapp.cli.opening import application, now
from workflows.decisions import evaluate, read_decisions, to_json
from workflows.definition import read_archive, read_folder
from workflows.errors import DefinitionError


@click.group()
def processes() -> None:
    """Process folders and published versions."""


@processes.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_processes(as_json: bool) -> None:
    """What is published."""
    with application():
        rows = [
            {"key": found.key, "title": found.settings.title, "version": version.number}
            for version, found in list_current(read_session())
        ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
    else:
        for row in rows:
            click.echo(f"{row['key']}\t{row['version']}\t{row['title']}")


@processes.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True)
def check(paths: tuple[Path, ...], as_json: bool) -> None:
    """Check process folders as they are on paper, without a database; nothing is changed.

    Whether every post finds somebody and every scenario comes out is checked with the draft.
    """
    problems = []
    for path in paths:
        try:
            problems += check_files(read_folder(path))
        except DefinitionError as error:
            problems += error.problems
    if as_json:
        click.echo(json.dumps([vars(problem) for problem in problems], ensure_ascii=False))
    else:
        for problem in problems:
            click.echo(f"{problem.severity}: {problem}", err=True)
    if any(problem.severity == ERROR for problem in problems):
        raise click.exceptions.Exit(1)


@processes.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--note", default="")
def publish(path: Path, note: str) -> None:
    """Publish a process folder; running cases stay on their version."""
    with application():
        version = publish_folder(read_folder(path), actor=None, note=note, now=now())
        click.echo(f"{version.process_key} {version.number}")


@processes.command()
@click.argument("key")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--version", "number", type=int)
def export(key: str, folder: Path, number: int | None) -> None:
    """Write a published version as a folder."""
    with application():
        files = read_archive(get_archive(read_session(), key, number))
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@click.group()
def decisions() -> None:
    """Decision tables."""


@decisions.command("evaluate")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--decision", help="Default: the only one, or the one nothing else needs.")
@click.option("--data", required=True, help="The inputs as a JSON object.")
@click.option("--trace", is_flag=True, help="Also print the rules that fired, on stderr.")
def evaluate_file(file: Path, decision: str | None, data: str, trace: bool) -> None:
    """Evaluate a decision of a DMN file; prints the result as JSON."""
    try:
        values = json.loads(data)
    except ValueError as error:
        raise click.UsageError(f"--data is not JSON: {error}") from error
    if not isinstance(values, dict):
        raise click.UsageError("--data must be a JSON object")
    result = evaluate(read_decisions(file.read_bytes(), file=file.name), decision, values)
    click.echo(to_json(result.outputs))
    if trace:
        for rule in result.trace:
            click.echo(
                f"{rule.decision} #{rule.number} {rule.rule}: {rule.description} {to_json(dict(rule.inputs))}", err=True
            )


COMMANDS = (processes, decisions)
