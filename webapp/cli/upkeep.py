"""``timers``, ``jobs``, ``audit``, ``index``, ``backup``, ``restore``."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import click

from services import embedded_postgres
from services.background.failed_jobs import (
    list_failed,
    list_failed_deliveries,
    list_failing_cases,
    list_waiting_messages,
    retry_failed,
)
from services.background.timers import fire_until
from services.cases.history import verify
from services.database import db, read_session
from services.incidents.lines import IncidentLine, list_for_operators
from services.play.world import PREFIX
from services.search.backlog import index_missing
from webapp.cli.opening import application, now


@click.group()
def timers() -> None:
    """Due timers."""


@timers.command()
@click.option("--as-of", help="ISO 8601 with zone; default: now.")
def fire(as_of: str | None) -> None:
    """Fire what is due by then, and what that makes due, until nothing is."""
    with application():
        click.echo(f"{fire_until(_moment(as_of))} fired")


def _moment(text: str | None) -> datetime:
    if text is None:
        return now()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.UsageError(f"--as-of: {text!r} is no time such as 2026-11-23T09:00:00+08:00") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@click.group()
def jobs() -> None:
    """Background work that failed."""


@jobs.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_jobs(as_json: bool) -> None:
    """Mail and deliveries that were given up, cases that stand still, and timers and messages that were put off."""
    with application():
        mails, cases = list_failed(read_session()), list_failing_cases(read_session())
        sent, letters = list_failed_deliveries(read_session()), list_waiting_messages(read_session())
        stuck = list_for_operators(read_session())
    if as_json:
        found = {"mail": [vars(mail) for mail in mails], "timers": [vars(case) for case in cases]}
        found["deliveries"] = [vars(delivery) for delivery in sent]
        found["messages"] = [vars(case) for case in letters]
        found["incidents"] = [_incident_json(line) for line in stuck]
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for mail in mails:
        click.echo(f"mail\t{mail.notice_id}\t{mail.recipient}\t{mail.reason}")
    for delivery in sent:
        click.echo(f"delivery\t{delivery.delivery_id}\t{delivery.channel}\t{delivery.event}\t{delivery.reason}")
    for case in cases:
        click.echo(f"timers\t{case.number}\t{case.tries} tries\t{case.reason}")
    for case in letters:
        click.echo(f"message\t{case.number}\t{case.tries} tries\t{case.reason}")
    for line in stuck:
        click.echo(f"incident\t{line.id}\t{line.number}\t{line.element}\t{line.detail}")


def _incident_json(line: IncidentLine) -> dict[str, object]:
    return {
        "incident_id": line.id,
        "case_id": line.case_id,
        "number": line.number,
        "process": line.process,
        "version": line.version,
        "element": line.element,
        "kind": line.kind,
        "reason": line.detail,
        "tries": line.tries,
        "raised_at": line.raised_at.isoformat(timespec="seconds"),
    }


@jobs.command()
def retry() -> None:
    """Try them again."""
    with application():
        click.echo(f"{retry_failed(now=now())} to be tried again")


@click.group()
def audit() -> None:
    """The history of cases."""


@audit.command("verify")
def verify_history() -> None:
    """Recompute every chain; exit status 1 when a history was changed."""
    with application():
        broken = verify(read_session())
    for sentence in broken:
        click.echo(sentence, err=True)
    if broken:
        raise click.exceptions.Exit(1)
    click.echo("every history is as it was written")


@click.command()
def index() -> None:
    """Index what the search does not know yet; the worker does the same by itself."""
    done = 0
    with application():
        while batch := index_missing():
            done += batch
    click.echo(f"{done} indexed")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write everything into one file, while the system runs; rehearsals of drafts stay out of it."""
    _run_tool(
        "pg_dump",
        "--format=custom",
        f"--exclude-schema={PREFIX}*",
        "--exclude-table-data=plays",
        f"--file={file}",
    )


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Replace everything by what a backup holds. Stop web servers and workers first."""
    _run_tool("pg_restore", "--clean", "--if-exists", "--single-transaction", "--no-owner", str(file))


def _run_tool(name: str, *arguments: str) -> None:
    """The server's own tools, on its own address; the password travels in the environment, not on the command line."""
    with application(migrated=False):
        url = db.engine.url.set(drivername="postgresql")
        with db.engine.connect() as connection:
            assert connection.dialect.server_version_info is not None
            version = connection.dialect.server_version_info[0]
        db.engine.dispose()
    environment = {"PGPASSWORD": url.password or ""}
    address = url.set(password=None).render_as_string(hide_password=False)
    command = [_tool(name, version), f"--dbname={address}", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise click.ClickException(f"{name}: {done.stderr.strip()}")


def _tool(name: str, version: int) -> str:
    try:
        return embedded_postgres.tool(name, version)
    except FileNotFoundError as error:
        raise click.ClickException(str(error)) from error


COMMANDS = (timers, jobs, audit, index, backup, restore)
