"""Tasks to come, and how long a step usually takes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("forecast_due", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE cases SET forecast_due = now() WHERE status = 'running'")
    op.create_index(
        op.f("ix_cases_forecast_due"),
        "cases",
        ["forecast_due"],
        postgresql_where=sa.text("forecast_due IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_tasks_step_closed_at"),
        "tasks",
        ["step", "closed_at"],
        postgresql_where=sa.text("closed_by IS NOT NULL"),
    )
    op.create_table(
        "upcoming_tasks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("process_key", sa.String(length=60), nullable=False),
        sa.Column("step", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("expected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("latest_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("after", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_upcoming_tasks_case_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_upcoming_tasks_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upcoming_tasks")),
    )
    op.create_index(op.f("ix_upcoming_tasks_case_id"), "upcoming_tasks", ["case_id"])
    op.create_index(
        op.f("ix_upcoming_tasks_user_id_expected_at_id"), "upcoming_tasks", ["user_id", "expected_at", "id"]
    )
    op.create_index(
        op.f("ix_upcoming_tasks_user_id_process_key_expected_at_id"),
        "upcoming_tasks",
        ["user_id", "process_key", "expected_at", "id"],
    )
