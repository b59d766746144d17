"""Several signatures on one step, tasks handed to others, and who stands in for whom."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("sheets", "kept"):
        op.add_column("cases", sa.Column(name, postgresql.JSONB(), nullable=False, server_default="{}"))
    op.add_column("tasks", sa.Column("seat", sa.String(length=40), nullable=False, server_default=""))
    op.add_column("tasks", sa.Column("owner_id", sa.Integer(), nullable=True))
    op.create_foreign_key(op.f("fk_tasks_owner_id"), "tasks", "users", ["owner_id"], ["id"])
    op.drop_index("uq_tasks_open", "tasks")
    is_open = sa.text("state = 'open'")
    op.create_index("uq_tasks_open", "tasks", ["case_id", "engine_task", "seat"], unique=True, postgresql_where=is_open)
    op.add_column("inbox_entries", sa.Column("for_id", sa.Integer(), nullable=True))
    op.create_foreign_key(op.f("fk_inbox_entries_for_id"), "inbox_entries", "users", ["for_id"], ["id"])
    op.add_column("inbox_entries", sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True))
