"""
The journal is read in the order of booking.
"""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "create index ix_journal_entry_recorded_at on ledger.journal_entry (recorded_at, id)"
    )


def downgrade() -> None:
    op.execute("drop index ledger.ix_journal_entry_recorded_at")
