"""
Large payouts wait for two people; what asks for a payout by itself does so once.
"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_APPROVAL = """
ALTER TABLE payout ADD COLUMN above_limit BOOLEAN NOT NULL DEFAULT false;

ALTER TABLE payout ADD COLUMN occasion TEXT;

ALTER TABLE payout ADD COLUMN question SMALLINT NOT NULL DEFAULT 0;

ALTER TABLE payout ADD COLUMN declined_because TEXT;

ALTER TABLE payout ADD CONSTRAINT uq_payout_occasion UNIQUE (occasion);

CREATE INDEX ix_payout_approval ON payout (id) WHERE status = 'awaiting_approval';

CREATE TABLE payout_signature (
    payout_id UUID NOT NULL,
    sequence SMALLINT NOT NULL,
    question SMALLINT NOT NULL,
    user_id UUID NOT NULL,
    note TEXT,
    signed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_payout_signature PRIMARY KEY (payout_id, sequence),
    CONSTRAINT uq_payout_signature_user_id UNIQUE (payout_id, question, user_id),
    CONSTRAINT fk_payout_signature_payout_id FOREIGN KEY(payout_id) REFERENCES payout (id)
);
"""


def upgrade() -> None:
    op.execute(_APPROVAL)


def downgrade() -> None:
    op.execute("drop table payout_signature")
    op.execute(
        "alter table payout drop column above_limit, drop column occasion,"
        " drop column question, drop column declined_because"
    )
