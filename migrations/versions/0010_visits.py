"""Visits: what was planned, and what came of it."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "visits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("branch", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("time", sa.Time(), nullable=True),
        sa.Column("contact", sa.String(length=40), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("result", sa.String(length=1), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("follows_id", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_visits_case_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_visits_customer_id")),
        sa.ForeignKeyConstraint(["follows_id"], ["visits.id"], name=op.f("fk_visits_follows_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_visits_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
    )
    op.create_index(
        op.f("uq_visits_case_id_branch"),
        "visits",
        ["case_id", "branch"],
        unique=True,
        postgresql_where=sa.text("branch <> ''"),
    )
    op.create_index(op.f("ix_visits_customer_id_day"), "visits", ["customer_id", "day"])
    op.create_index(op.f("ix_visits_user_id_day"), "visits", ["user_id", "day"])
    op.create_index(
        op.f("ix_visits_follow_ups"), "visits", ["customer_id"], postgresql_where=sa.text("state = 'follow_up'")
    )
    op.create_index(op.f("ix_visits_follows_id"), "visits", ["follows_id"])
