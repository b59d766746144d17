"""What the search finds, and saved filters. Rows that are there already are indexed by the worker."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    texts = postgresql.ARRAY(sa.Text())
    for table in ("history", "customers"):
        op.add_column(table, sa.Column("search_text", sa.Text(), nullable=True))
        op.add_column(table, sa.Column("pairs", texts, nullable=True))
    written = sa.text("pairs IS NOT NULL")
    op.create_index(op.f("ix_history_pairs"), "history", ["pairs"], postgresql_using="gin", postgresql_where=written)
    op.create_index(op.f("ix_customers_pairs"), "customers", ["pairs"], postgresql_using="gin")
    op.create_table(
        "search_documents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=100), nullable=False),
        sa.Column("fields", postgresql.JSONB(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("pairs", texts, nullable=False),
        sa.Column("customers", texts, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_search_documents_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_documents")),
        sa.UniqueConstraint("case_id", "part", name=op.f("uq_search_documents_case_id_part")),
    )
    op.create_index(op.f("ix_search_documents_pairs"), "search_documents", ["pairs"], postgresql_using="gin")
    op.create_table(
        "saved_filters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("query", postgresql.JSONB(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("post_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_saved_filters_owner_id")),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_saved_filters_department_id")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_saved_filters_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filters")),
        sa.UniqueConstraint("owner_id", "name", name=op.f("uq_saved_filters_owner_id_name")),
    )
    op.create_index(op.f("ix_saved_filters_department_id"), "saved_filters", ["department_id"])
    op.create_index(op.f("ix_saved_filters_post_id"), "saved_filters", ["post_id"])
