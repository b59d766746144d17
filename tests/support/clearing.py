"""The tables that tests leave rows in, emptied before the next test: only those that somebody wrote to."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

TABLES = (
    "cases, incidents, tasks, inbox_entries, history, attachments, counters, idempotency_keys, drafts, notices,"
    " reservations, copies, upcoming_tasks, notice_settings, channels, deliveries, sign_ins, sign_in_failures,"
    " company_days, benefits, gift_holds, gift_movements, order_events, order_claims, order_deliveries,"
    " case_messages, register_changes, imports, import_rows, visits, case_links, complaints, complaint_contacts,"
    " solution_templates, solution_uses, calendar_feeds, heartbeats, substitutes, saved_filters,"
    " plays, process_drafts, draft_revisions, draft_files, draft_editors, publications,"
    " procrastinate_jobs, procrastinate_events"
)
_WITH_THOSE_THAT_REFER = text(
    """
    WITH RECURSIVE cleared AS (
        SELECT unnest(CAST(string_to_array(:tables, ', ') AS regclass[]))::oid AS id
        UNION
        SELECT conrelid FROM pg_constraint JOIN cleared ON confrelid = cleared.id WHERE contype = 'f'
    )
    SELECT id::regclass::text, sequence.objid::regclass::text
    FROM cleared LEFT JOIN pg_depend AS sequence
        ON sequence.refobjid = cleared.id AND sequence.deptype IN ('a', 'i')
        AND sequence.classid = 'pg_class'::regclass
        AND sequence.objid IN (SELECT seqrelid FROM pg_sequence)
    """
)


_questions: dict[str, str] = {}


def clear_tables(session: Session) -> None:
    """Empty the tables and begin their numbers anew, as a TRUNCATE of all would at many times the price."""
    database = session.get_bind().engine.url.render_as_string()
    if database not in _questions:
        _questions[database] = _question(session)
    written = session.scalars(text(_questions[database])).all()
    if written:
        session.execute(text(f"TRUNCATE {', '.join(sorted(set(written)))} RESTART IDENTITY CASCADE"))


def _question(session: Session) -> str:
    """Which tables hold rows, or did and gave out numbers."""
    tables = session.execute(_WITH_THOSE_THAT_REFER, {"tables": TABLES}).all()
    rows = [f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name, _sequence in tables]
    numbers = [
        f"SELECT '{name}' WHERE pg_sequence_last_value('{sequence}'::regclass) IS NOT NULL"
        for name, sequence in tables
        if sequence
    ]
    return " UNION ALL ".join(rows + numbers)
