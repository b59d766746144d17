"""The tables and functions of the job queue, as the queue's own package ships them."""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # straight to the driver: the script is full of percent signs that are no parameters
    op.get_bind().connection.driver_connection.execute(SchemaManager.get_schema())
