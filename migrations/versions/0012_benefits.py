"""What recipients were given, over gifts and hospitality."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "benefits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("customer", sa.String(length=20), nullable=False),
        sa.Column("person", sa.String(length=40), nullable=False),
        sa.Column("planned", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("actual", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_benefits_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benefits")),
        sa.UniqueConstraint("case_id", "customer", "person", name=op.f("uq_benefits_case_id_customer_person")),
    )
    op.create_index(op.f("ix_benefits_customer_person_year"), "benefits", ["customer", "person", "year"])
    op.create_index(
        "ix_cases_unreserved",
        "cases",
        ["department_id"],
        postgresql_where=sa.text("status = 'running' AND variables ->> 'budget_reserved' = '0'"),
    )
    op.add_column("gift_holds", sa.Column("returned", sa.Integer(), server_default="0", nullable=False))
