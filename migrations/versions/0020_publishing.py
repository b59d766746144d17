"""What a version came from, names of revisions, what waits to be published, processes out of use."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("processes", sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("processes", sa.Column("stopped_by", sa.Integer(), nullable=True))
    op.create_foreign_key(op.f("fk_processes_stopped_by"), "processes", "users", ["stopped_by"], ["id"])
    op.add_column("process_versions", sa.Column("revision", sa.Integer(), nullable=True))
    op.add_column("draft_revisions", sa.Column("name", sa.String(length=80), server_default="", nullable=False))
    op.add_column("draft_revisions", sa.Column("detail", postgresql.JSONB(), server_default="{}", nullable=False))
    # the command line publishes too, and nobody is behind it
    op.alter_column("draft_revisions", "by", nullable=True)
    op.alter_column("process_drafts", "changed_by", nullable=True)
    op.add_column("publications", sa.Column("base_version", sa.Integer(), nullable=True))
    op.add_column("publications", sa.Column("revision", sa.Integer(), nullable=False))
    op.create_index(
        op.f("ux_publications_waiting"),
        "publications",
        ["process_key"],
        unique=True,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    # what an owner is told of a process is about no case
    op.alter_column("notices", "case_id", nullable=True)
