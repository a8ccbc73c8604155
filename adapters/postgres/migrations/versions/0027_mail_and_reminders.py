"""
Addresses whose mail comes back, and visits by when they begin, for reminders.
"""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table app_user add column email_bounced_at timestamptz")
    op.execute(
        "create index ix_appointment_booked on appointment (start_at) where status = 'booked'"
    )


def downgrade() -> None:
    op.execute("drop index ix_appointment_booked")
    op.execute("alter table app_user drop column email_bounced_at")
