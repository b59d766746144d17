"""``huiqian …``: everything an operator does from a shell."""

from __future__ import annotations

import sys

import click
from sqlalchemy.exc import DBAPIError

from services.errors import ServiceError
from webapp.cli import data, processes, running, upkeep
from webapp.settings import SettingsError
from workflows.errors import WorkflowError

EXIT_REFUSED = 1


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def huiqian() -> None:
    """Workflow-driven approvals: server, worker and administration."""


for module in (running, processes, data, upkeep):
    for command in module.COMMANDS:
        huiqian.add_command(command)


def main() -> None:
    """Exit status 0 done, 1 refused with the reason on stderr, 2 wrong usage."""
    try:
        # outside its standalone mode click gives the exit status of a command that asked for one
        sys.exit(huiqian.main(standalone_mode=False) or 0)
    except click.Abort:
        sys.exit(130)
    except click.UsageError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        click.echo(error.message, err=True)
        sys.exit(EXIT_REFUSED)
    except (ServiceError, WorkflowError, SettingsError) as error:
        click.echo(str(error), err=True)
        sys.exit(EXIT_REFUSED)
    except DBAPIError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        click.echo(f"the database cannot be used: {reason}; check DATABASE_URL, and run huiqian migrate", err=True)
        sys.exit(EXIT_REFUSED)
