"""Which customers a case is about."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_search_documents_customers"), "search_documents", ["customers"], postgresql_using="gin")
