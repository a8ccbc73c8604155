"""
What is held for review has a kind that its owner may know, and a last day.
"""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_REVIEWS = """
ALTER TABLE hold ADD COLUMN category TEXT;

ALTER TABLE hold ADD COLUMN review_until TIMESTAMP WITH TIME ZONE;

-- Of what was held before, nobody said until when: as long as a review may last.
UPDATE hold SET category = 'unusual_activity', review_until = placed_at + interval '90 days'
    WHERE reason = 'review';

ALTER TABLE hold ADD CONSTRAINT ck_hold_review CHECK (num_nonnulls(category, review_until) in (0, 2));

CREATE INDEX ix_hold_review_until ON hold (review_until, id)
    WHERE status = 'placed' and review_until is not null;
"""


def upgrade() -> None:
    op.execute(_REVIEWS)


def downgrade() -> None:
    op.execute("alter table hold drop column category, drop column review_until")
