"""Copies with read receipts, and how often a task was urged."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "copies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("sent_by", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_copies_case_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_copies_user_id")),
        sa.ForeignKeyConstraint(["sent_by"], ["users.id"], name=op.f("fk_copies_sent_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_copies")),
        sa.UniqueConstraint("case_id", "user_id", name=op.f("uq_copies_case_id_user_id")),
    )
    op.create_index(op.f("ix_copies_user_id_id"), "copies", ["user_id", "id"])
    op.add_column("tasks", sa.Column("urges", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("tasks", sa.Column("urged_at", sa.DateTime(timezone=True), nullable=True))
