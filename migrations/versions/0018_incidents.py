"""Cases that stand still because a step of their process failed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("open_incidents", sa.Integer(), server_default="0", nullable=False))
    op.add_column("cases", sa.Column("held_up", sa.Boolean(), server_default="false", nullable=False))
    op.create_table(
        "incidents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("element", sa.String(120), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("branch", sa.String(80), nullable=False),
        sa.Column("engine_task", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("values", postgresql.JSONB(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_by", sa.Integer(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("mended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mended_by", sa.Integer(), nullable=True),
        sa.Column("how", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_incidents_case_id"),
        sa.ForeignKeyConstraint(["raised_by"], ["users.id"], name="fk_incidents_raised_by"),
        sa.ForeignKeyConstraint(["mended_by"], ["users.id"], name="fk_incidents_mended_by"),
        sa.PrimaryKeyConstraint("id", name="pk_incidents"),
    )
    op.create_index("ix_incidents_case_id", "incidents", ["case_id"])
    op.create_index(
        "ix_incidents_case_id_engine_task_kind",
        "incidents",
        ["case_id", "engine_task", "kind"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_incidents_open", "incidents", ["element", "id"], postgresql_where=sa.text("state = 'open'"))
