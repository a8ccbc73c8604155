"""
How many of the reminders before a dispute's time limit were given.
"""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table dispute add column reminders smallint not null default 0")


def downgrade() -> None:
    op.execute("alter table dispute drop column reminders")
