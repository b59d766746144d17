"""The command line, and settings that cannot be used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from services.cases.models import DbCase
from services.database import db, read_session
from services.people.models import DbUser
from services.processes.models import DbProcessVersion
from services.processes.versions import find_current_version
from services.registers.models import DbBudget, DbCustomer
from tests.support.hospitality import approved, open_tasks
from tests.support.owners import describe, publish_now
from webapp.cli.running import publish_library
from webapp.settings import Settings, SettingsError, read_settings

OVERSPEND = "bpmn/hospitality/decisions/overspend.dmn"


def huiqian(settings: Settings, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "webapp.cli", *arguments],
        env={
            "PATH": os.environ["PATH"],
            "HUIQIAN_HOME": str(settings.home),
            "DATABASE_URL": settings.database_url.replace("postgresql+psycopg", "postgresql"),
            "HUIQIAN_SECRET_KEY": settings.secret_key,
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_timers_are_fired_as_of_a_moment(app: Flask, settings: Settings) -> None:
    case = approved()
    assert huiqian(settings, "timers", "fire", "--as-of", "2026-11-26T12:00:00+08:00").stdout == "0 fired\n"
    assert huiqian(settings, "timers", "fire", "--as-of", "2026-11-27T00:00:00+08:00").stdout == "1 fired\n"
    assert list(open_tasks(case)) == ["report"]
    assert huiqian(settings, "timers", "fire", "--as-of", "tomorrow").returncode == 2


def test_a_decision_is_evaluated(settings: Settings) -> None:
    data = json.dumps({"spend_total": 5000, "budget_total": 4000})
    done = huiqian(settings, "decisions", "evaluate", OVERSPEND, "--data", data, "--trace")
    assert json.loads(done.stdout) == "explain"
    assert "超支多于 100 元且多于 5%" in done.stderr
    assert huiqian(settings, "decisions", "evaluate", OVERSPEND, "--data", "{").returncode == 2


def test_processes_are_listed_checked_and_exported(app: Flask, settings: Settings, tmp_path: Path) -> None:
    rows = json.loads(huiqian(settings, "processes", "list", "--json").stdout)
    assert {row["key"] for row in rows} >= {"hospitality", "gift", "visit", "complaint", "address_change"}
    assert huiqian(settings, "processes", "check", "bpmn/hospitality").returncode == 0
    assert huiqian(settings, "processes", "export", "hospitality", str(tmp_path / "out")).returncode == 0
    diagram = tmp_path / "out" / "hospitality.bpmn"
    assert diagram.read_bytes() == Path("bpmn/hospitality/hospitality.bpmn").read_bytes()
    diagram.write_bytes(diagram.read_bytes().replace(b'targetRef="gm_review"', b'targetRef="nowhere"'))
    refused = huiqian(settings, "processes", "check", str(tmp_path / "out"))
    assert refused.returncode == 1
    assert "hospitality.bpmn:" in refused.stderr


def test_a_backup_brings_everything_back(app: Flask, settings: Settings, tmp_path: Path) -> None:
    case = approved()
    file = tmp_path / "backup.dump"
    done = huiqian(settings, "backup", str(file))
    assert done.returncode == 0, done.stderr
    db.session.query(DbCase).filter_by(id=case.id).update({"title": "changed"})
    db.session.commit()
    db.session.remove()
    db.engine.dispose()
    done = huiqian(settings, "restore", str(file))
    assert done.returncode == 0, done.stderr
    assert db.session.get(DbCase, case.id).title == "客户招待 · 上海晨光科技有限公司"
    assert huiqian(settings, "audit", "verify").returncode == 0


def test_people_are_added_and_shut_out(app: Flask, settings: Settings, tmp_path: Path) -> None:
    csv = tmp_path / "people.csv"
    csv.write_text("username,name,department,posts,email,superior\nli4,李四,销售部,业务经理,,gm\n", encoding="gb18030")
    done = huiqian(settings, "users", "import", str(csv), "--password", "a long password")
    assert (done.returncode, done.stdout) == (0, "1 people\n"), done.stderr
    again = huiqian(settings, "users", "import", str(csv), "--password", "a long password")
    assert again.returncode == 1
    assert "第 2 行" in again.stderr
    assert huiqian(settings, "users", "deactivate", "li4").returncode == 0
    assert huiqian(settings, "users", "deactivate", "nobody").returncode == 1


def test_what_an_owner_published_stays_when_the_product_starts_again(app: Flask) -> None:
    describe("另一种说明", key="hospitality")
    published = publish_now("hospitality", note="改了说明").number
    publish_library()
    current = find_current_version(read_session(), "hospitality")
    assert current is not None
    assert current.number == published


def test_seeding_twice_changes_nothing(app: Flask, settings: Settings) -> None:
    before = _counts()
    assert huiqian(settings, "demo").returncode == 0
    assert _counts() == before


def _counts() -> list[int]:
    counts = [db.session.query(table).count() for table in (DbUser, DbBudget, DbCustomer, DbProcessVersion)]
    db.session.rollback()
    return counts


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://host/name"),
        ("PORT", "eighty"),
        ("PORT", "5060"),
        ("HUIQIAN_MAIL_URL", "http://host"),
        ("HUIQIAN_BASE_URL", "host"),
    ],
)
def test_a_wrong_setting_is_one_line_that_says_what_to_do(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refusal:
        read_settings({"HUIQIAN_HOME": str(tmp_path), name: value})
    assert str(refusal.value).startswith(name)
    assert "\n" not in str(refusal.value)


def test_no_database_is_one_line(settings: Settings) -> None:
    refused = huiqian(settings, "audit", "verify", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert refused.returncode == 1
    assert "the database cannot be used" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_the_secret_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    first = read_settings({"HUIQIAN_HOME": str(tmp_path)})
    second = read_settings({"HUIQIAN_HOME": str(tmp_path)})
    assert first.secret_key == second.secret_key
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
