"""
Commission plans of several kinds, drafted by one person and published by another.

While old and new code run together, old code publishes default plans as before: the defaults
of the new columns say so. Consultations that were submitted before keep naming their plan
instead of holding a copy of it. The rules of the plan that was in use stay as they were; plans
that were published and never applied to anything are withdrawn.
"""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_COLUMNS = """
ALTER TABLE commission_plan
    ADD COLUMN version INTEGER NOT NULL DEFAULT 1,
    ADD COLUMN code TEXT NOT NULL DEFAULT 'standard',
    ADD COLUMN level TEXT NOT NULL DEFAULT 'default',
    ADD COLUMN scope JSONB NOT NULL DEFAULT '{}',
    ADD COLUMN currency CHAR(3),
    ADD COLUMN status TEXT NOT NULL DEFAULT 'published',
    ADD COLUMN revision INTEGER NOT NULL DEFAULT 1,
    ADD COLUMN wished_from TIMESTAMP WITH TIME ZONE,
    ADD COLUMN drafted_by UUID,
    ADD COLUMN drafted_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
    ADD COLUMN published_by UUID,
    ADD COLUMN effective_from TIMESTAMP WITH TIME ZONE DEFAULT now(),
    ADD COLUMN withdrawn_by UUID,
    ADD COLUMN withdrawn_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN withdrawal_reason TEXT,
    ADD COLUMN ends_at TIMESTAMP WITH TIME ZONE,
    ALTER COLUMN published_at DROP NOT NULL;

UPDATE commission_plan SET drafted_at = published_at, effective_from = published_at;

UPDATE commission_plan SET
    code = 'plan-' || right(replace(id::text, '-', ''), 12),
    status = 'withdrawn',
    withdrawn_at = published_at,
    withdrawal_reason = 'It was never applied.',
    ends_at = published_at
WHERE id <> (SELECT id FROM commission_plan ORDER BY published_at, id LIMIT 1);

ALTER TABLE commission_plan
    ADD CONSTRAINT ck_commission_plan_status
        CHECK (status in ('draft', 'published', 'withdrawn')),
    ADD CONSTRAINT ck_commission_plan_two_people CHECK (published_by <> drafted_by),
    ADD CONSTRAINT ck_commission_plan_never_retroactive CHECK (effective_from >= published_at);

CREATE UNIQUE INDEX uq_commission_plan_code ON commission_plan (code, number);

CREATE UNIQUE INDEX uq_commission_plan_draft ON commission_plan (id) WHERE status = 'draft';

ALTER TABLE consultation ADD COLUMN commission JSONB;
"""

_GUARD = """
CREATE FUNCTION commission_plan_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF old.status = 'draft' AND tg_op = 'UPDATE' THEN
        RETURN new;
    END IF;
    IF tg_op = 'UPDATE'
        AND (to_jsonb(new) - ARRAY['version', 'status', 'withdrawn_by', 'withdrawn_at',
                                   'withdrawal_reason', 'ends_at'])
          = (to_jsonb(old) - ARRAY['version', 'status', 'withdrawn_by', 'withdrawn_at',
                                   'withdrawal_reason', 'ends_at'])
        AND old.status = 'published' AND new.status = 'withdrawn' THEN
        RETURN new;
    END IF;
    RAISE EXCEPTION 'a commission plan that was published is never changed'
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER commission_plan_guard BEFORE UPDATE OR DELETE ON commission_plan
    FOR EACH ROW EXECUTE FUNCTION commission_plan_guard();
"""

_BACK = """
ALTER TABLE consultation DROP COLUMN commission;
DROP TRIGGER commission_plan_guard ON commission_plan;
DROP FUNCTION commission_plan_guard();
DROP INDEX uq_commission_plan_draft;
DROP INDEX uq_commission_plan_code;
DELETE FROM commission_plan WHERE published_at IS NULL;
ALTER TABLE commission_plan
    DROP CONSTRAINT ck_commission_plan_never_retroactive,
    DROP CONSTRAINT ck_commission_plan_two_people,
    DROP CONSTRAINT ck_commission_plan_status,
    DROP COLUMN version, DROP COLUMN code, DROP COLUMN level, DROP COLUMN scope,
    DROP COLUMN currency, DROP COLUMN status, DROP COLUMN revision, DROP COLUMN wished_from,
    DROP COLUMN drafted_by, DROP COLUMN drafted_at, DROP COLUMN published_by,
    DROP COLUMN effective_from, DROP COLUMN withdrawn_by, DROP COLUMN withdrawn_at,
    DROP COLUMN withdrawal_reason, DROP COLUMN ends_at,
    ALTER COLUMN published_at SET NOT NULL;
"""


def upgrade() -> None:
    op.execute(_COLUMNS)
    op.execute(_GUARD)


def downgrade() -> None:
    op.execute(_BACK)
