"""
Refunds that are done are looked up again for a while: the patient's bank can send them back.
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "create index ix_refund_succeeded on refund (succeeded_at) where status = 'succeeded'"
    )


def downgrade() -> None:
    op.execute("drop index ix_refund_succeeded")
