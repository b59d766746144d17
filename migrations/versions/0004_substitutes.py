"""Substitutes: who stands in for whom, on which days; and tasks that went elsewhere because nobody was there."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "substitutes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("absent_id", sa.Integer(), nullable=False),
        sa.Column("substitute_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("process_key", sa.String(length=60), nullable=True),
        sa.Column("money_limit", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("absent_id <> substitute_id", name=op.f("ck_substitutes_another_person")),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_substitutes_days_in_order")),
        sa.ForeignKeyConstraint(["absent_id"], ["users.id"], name=op.f("fk_substitutes_absent_id")),
        sa.ForeignKeyConstraint(["substitute_id"], ["users.id"], name=op.f("fk_substitutes_substitute_id")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_substitutes_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_substitutes")),
    )
    op.create_index(op.f("ix_substitutes_absent_id"), "substitutes", ["absent_id"])
    op.create_index(op.f("ix_substitutes_substitute_id"), "substitutes", ["substitute_id"])
    in_force = sa.text("ended_at IS NULL")
    op.create_index("ix_substitutes_in_force", "substitutes", ["last_day"], postgresql_where=in_force)
    stands_in = sa.text("for_id IS NOT NULL")
    op.create_index("ix_inbox_entries_standing_in", "inbox_entries", ["for_id"], postgresql_where=stands_in)
    detoured = "why ->> 'reason' IN ('nobody_superior', 'nobody_named', 'administrator', 'left')"
    op.create_index("ix_tasks_detoured", "tasks", ["id"], postgresql_where=sa.text(f"state = 'open' AND {detoured}"))
