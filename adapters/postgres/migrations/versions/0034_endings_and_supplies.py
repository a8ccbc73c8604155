"""
Consultations by when a physician ended them.
"""

from alembic import op

revision = "0034"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("create index ix_consultation_ended_at on consultation (physician_id, ended_at)")


def downgrade() -> None:
    op.execute("drop index ix_consultation_ended_at")
