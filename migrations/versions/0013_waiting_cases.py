"""What running cases wait for from outside, the messages left for them, and whose turn it is with an order."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("cases", sa.Column("waits_for", postgresql.ARRAY(sa.Text()), nullable=True))
    waiting = sa.text("waits_for IS NOT NULL")
    op.create_index(
        op.f("ix_cases_waits_for"), "cases", ["waits_for"], postgresql_using="gin", postgresql_where=waiting
    )
    _add_messages()
    _add_claims()
    op.create_table(
        "order_deliveries",
        sa.Column("event_id", sa.String(length=100), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_order_deliveries")),
    )


def _add_messages() -> None:
    op.create_table(
        "case_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("about", sa.String(length=100), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("left_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_messages")),
    )
    op.create_index(op.f("ix_case_messages_case_id_id"), "case_messages", ["case_id", "id"])
    op.create_index(op.f("ix_case_messages_due_at"), "case_messages", ["due_at"])


def _add_claims() -> None:
    op.create_table(
        "order_claims",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("replaced_by", sa.Integer(), nullable=True),
        sa.Column("before", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_order_claims_case_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_claims_order_id")),
        sa.ForeignKeyConstraint(["replaced_by"], ["cases.id"], name=op.f("fk_order_claims_replaced_by")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_order_claims")),
    )
    is_open = sa.text("state = 'open'")
    op.create_index("uq_order_claims_open", "order_claims", ["order_id"], unique=True, postgresql_where=is_open)
    op.create_index(op.f("ix_order_claims_order_id_asked_at"), "order_claims", ["order_id", "asked_at"])
