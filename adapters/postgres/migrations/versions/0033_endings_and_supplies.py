"""
Consultations by when a physician ended them; how often an order was handed out, and what of
its reports a person has looked at; texts whose outcome nobody told.
"""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("create index ix_consultation_ended_at on consultation (physician_id, ended_at)")
    op.execute("alter table pharmacy_order add column fills integer not null default 0")
    op.execute("alter table pharmacy_order add column settled text[] not null default '{}'")
    op.execute(
        "create index ix_pharmacy_order_ended on pharmacy_order (updated_at)"
        " where reference is not null"
        " and status in ('delivered', 'collected', 'cancelled', 'failed', 'rerouted')"
    )
    op.execute(
        "create index ix_notification_sent_text on notification (sent_at)"
        " where channel = 'sms' and status = 'sent' and vendor_reference is not null"
    )


def downgrade() -> None:
    op.execute("drop index ix_notification_sent_text")
    op.execute("drop index ix_pharmacy_order_ended")
    op.execute("alter table pharmacy_order drop column settled")
    op.execute("alter table pharmacy_order drop column fills")
    op.execute("drop index ix_consultation_ended_at")
