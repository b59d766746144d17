"""Channels, deliveries and personal settings of notices."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)

# Whose pages should look again, told when the transaction commits: never for what was rolled back, and without a
# statement of the application. One sentence a statement, because most statements concern one or two people.
TELL = """
CREATE FUNCTION huiqian_tell_live() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE people text;
BEGIN
    SELECT string_agg(DISTINCT user_id::text, ',') INTO people FROM changed;
    IF people IS NOT NULL THEN
        PERFORM pg_notify('huiqian_live', CASE WHEN length(people) < 7000 THEN people ELSE '*' END);
    END IF;
    RETURN NULL;
END $$
"""

# An entry that was only looked at changes no count.
TELL_CHANGED = """
CREATE FUNCTION huiqian_tell_live_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE people text;
BEGIN
    SELECT string_agg(DISTINCT changed.user_id::text, ',') INTO people
    FROM changed JOIN before USING (task_id, user_id)
    WHERE (changed.hidden, changed.claimable, changed.claimed) IS DISTINCT FROM
        (before.hidden, before.claimable, before.claimed);
    IF people IS NOT NULL THEN
        PERFORM pg_notify('huiqian_live', CASE WHEN length(people) < 7000 THEN people ELSE '*' END);
    END IF;
    RETURN NULL;
END $$
"""

_EACH = "FOR EACH STATEMENT EXECUTE FUNCTION"
_BOTH = "OLD TABLE AS before NEW TABLE AS changed"
TRIGGERS = (
    f"live_inserted AFTER INSERT ON notices REFERENCING NEW TABLE AS changed {_EACH} huiqian_tell_live()",
    f"live_inserted AFTER INSERT ON inbox_entries REFERENCING NEW TABLE AS changed {_EACH} huiqian_tell_live()",
    f"live_deleted AFTER DELETE ON inbox_entries REFERENCING OLD TABLE AS changed {_EACH} huiqian_tell_live()",
    f"live_updated AFTER UPDATE ON inbox_entries REFERENCING {_BOTH} {_EACH} huiqian_tell_live_changed()",
)


def upgrade() -> None:
    _add_feed()
    _add_settings()
    _add_channels()
    _add_deliveries()
    op.execute(TELL)
    op.execute(TELL_CHANGED)
    for trigger in TRIGGERS:
        op.execute(f"CREATE TRIGGER {trigger}")


def _add_feed() -> None:
    op.add_column("history", sa.Column("event_number", sa.BigInteger(), nullable=True))
    op.execute("UPDATE history SET event_number = id")
    op.create_unique_constraint(op.f("uq_history_event_number"), "history", ["event_number"])
    op.create_index("ix_history_unnumbered", "history", ["id"], postgresql_where=sa.text("event_number IS NULL"))


def _add_settings() -> None:
    op.create_table(
        "notice_settings",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("mail", postgresql.JSONB(), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_to", sa.Time(), nullable=True),
        sa.Column("spare_rest_days", sa.Boolean(), nullable=False),
        sa.Column("digest_at", sa.Time(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("digest_sent_on", sa.Date(), nullable=True),
        sa.Column("digest_claimed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notice_settings_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_notice_settings")),
    )
    in_digest = sa.text("mail_state = 'digest'")
    op.create_index("ix_notices_digest", "notices", ["user_id", "id"], postgresql_where=in_digest)


def _add_channels() -> None:
    op.create_table(
        "channels",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("events", postgresql.JSONB(), nullable=False),
        sa.Column("processes", postgresql.JSONB(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("event_number", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("paused_until", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channels")),
    )


def _add_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(length=20), nullable=False),
        sa.Column("event_number", sa.BigInteger(), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("people", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("unsure", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_deliveries_case_id")),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_deliveries_channel_id")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_deliveries_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("channel_id", "event_number", name=op.f("uq_deliveries_channel_id_event_number")),
    )
    op.create_index(op.f("ix_deliveries_channel_id_id"), "deliveries", ["channel_id", "id"])
    unsent = sa.text("state IN ('waiting', 'sending')")
    op.create_index("ix_deliveries_unsent", "deliveries", ["due_at"], postgresql_where=unsent)
