"""Complaints, contacts with their customer, and templates of solutions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "complaints",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("customer", sa.String(length=20), nullable=False),
        sa.Column("customer_grade", sa.String(length=1), nullable=False),
        sa.Column("type", sa.String(length=10), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("urgency", sa.String(length=6), nullable=False),
        sa.Column("order_number", sa.String(length=40), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("handler", sa.String(length=80), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("round_began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("respond_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolve_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_response_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("response_minutes", sa.Integer(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution_minutes", sa.Integer(), nullable=True),
        sa.Column("handled_by", sa.Integer(), nullable=True),
        sa.Column("escalated_level", sa.Integer(), nullable=False),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.Column("satisfaction", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dropped", sa.Boolean(), nullable=False),
        sa.Column("rounds", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("satisfaction BETWEEN 1 AND 5", name=op.f("ck_complaints_satisfaction_from_1_to_5")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_complaints_case_id")),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_complaints_department_id")),
        sa.ForeignKeyConstraint(["handled_by"], ["users.id"], name=op.f("fk_complaints_handled_by")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_complaints")),
    )
    op.create_index(op.f("ix_complaints_registered_at_case_id"), "complaints", ["registered_at", "case_id"])
    op.create_index(op.f("ix_complaints_customer_registered_at"), "complaints", ["customer", "registered_at"])
    op.create_table(
        "complaint_contacts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("person", sa.String(length=60), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_complaint_contacts_case_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_complaint_contacts_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint_contacts")),
    )
    op.create_index(op.f("ix_complaint_contacts_case_id_at"), "complaint_contacts", ["case_id", "at"])
    op.create_table(
        "solution_templates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("type", sa.String(length=10), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("satisfaction", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=True),
        sa.Column("pairs", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_solution_templates_case_id")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_solution_templates_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_solution_templates")),
    )
    op.create_index(op.f("ix_solution_templates_pairs"), "solution_templates", ["pairs"], postgresql_using="gin")
    op.create_index(op.f("ix_solution_templates_case_id"), "solution_templates", ["case_id"])
    op.create_table(
        "solution_uses",
        sa.Column("template_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["template_id"], ["solution_templates.id"], name=op.f("fk_solution_uses_template_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_solution_uses_case_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_solution_uses_user_id")),
        sa.PrimaryKeyConstraint("template_id", "case_id", name=op.f("pk_solution_uses")),
    )
    op.create_index(op.f("ix_solution_uses_case_id"), "solution_uses", ["case_id"])
