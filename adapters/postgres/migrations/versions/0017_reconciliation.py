"""
Items of both sides, matches, breaks, periods, and how far each source was read.
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE reconciliation_item (
    key TEXT NOT NULL,
    source TEXT NOT NULL,
    whose TEXT NOT NULL,
    kind TEXT NOT NULL,
    external_id TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency CHAR(3) NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    counts_on DATE NOT NULL,
    known_as TEXT[] NOT NULL,
    converted_minor BIGINT,
    converted_currency CHAR(3),
    entry_id UUID,
    imported_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_reconciliation_item PRIMARY KEY (key),
    CONSTRAINT uq_reconciliation_item_source_whose_external_id UNIQUE (source, whose, external_id),
    CONSTRAINT ck_reconciliation_item_amount_minor CHECK (amount_minor <> 0),
    CONSTRAINT ck_reconciliation_item_entry_id CHECK ((whose = 'ours') = (entry_id is not null)),
    CONSTRAINT fk_reconciliation_item_entry_id FOREIGN KEY(entry_id) REFERENCES ledger.journal_entry (id)
);

CREATE INDEX ix_reconciliation_item_at ON reconciliation_item (at, key);

CREATE INDEX ix_reconciliation_item_known_as ON reconciliation_item USING gin (known_as);

CREATE INDEX ix_reconciliation_item_source ON reconciliation_item (source, currency, at);

CREATE TABLE reconciled_entry (
    entry_id UUID NOT NULL,
    CONSTRAINT pk_reconciled_entry PRIMARY KEY (entry_id),
    CONSTRAINT fk_reconciled_entry_entry_id FOREIGN KEY(entry_id) REFERENCES ledger.journal_entry (id)
);

CREATE TABLE settlement_member (
    source TEXT NOT NULL,
    external_id TEXT NOT NULL,
    batch TEXT NOT NULL,
    CONSTRAINT pk_settlement_member PRIMARY KEY (source, external_id)
);

CREATE INDEX ix_settlement_member_batch ON settlement_member (batch);

CREATE TABLE reconciliation_match (
    id UUID NOT NULL,
    rule TEXT NOT NULL,
    explanation TEXT NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    made_by TEXT NOT NULL,
    break_id UUID,
    undone_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_reconciliation_match PRIMARY KEY (id)
);

CREATE TABLE reconciliation_match_item (
    match_id UUID NOT NULL,
    item_key TEXT NOT NULL,
    undone BOOLEAN NOT NULL,
    CONSTRAINT pk_reconciliation_match_item PRIMARY KEY (match_id, item_key),
    CONSTRAINT fk_reconciliation_match_item_match_id FOREIGN KEY(match_id) REFERENCES reconciliation_match (id),
    CONSTRAINT fk_reconciliation_match_item_item_key FOREIGN KEY(item_key) REFERENCES reconciliation_item (key)
);

CREATE INDEX ix_reconciliation_match_item_undone ON reconciliation_match_item (item_key) WHERE undone;

CREATE UNIQUE INDEX uq_reconciliation_match_item_item_key ON reconciliation_match_item (item_key) WHERE not undone;

CREATE TABLE reconciliation_break (
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    subject TEXT NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    items TEXT[] NOT NULL,
    differences JSONB NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    first_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    status TEXT NOT NULL,
    owner_role TEXT NOT NULL,
    owner_id UUID,
    proposal JSONB,
    approved_by UUID,
    entry_id UUID,
    explanation TEXT,
    explained_by UUID,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_reconciliation_break PRIMARY KEY (id),
    CONSTRAINT fk_reconciliation_break_entry_id FOREIGN KEY(entry_id) REFERENCES ledger.journal_entry (id)
);

CREATE INDEX ix_reconciliation_break_items ON reconciliation_break USING gin (items);

CREATE INDEX ix_reconciliation_break_subject ON reconciliation_break (subject);

CREATE INDEX ix_reconciliation_break_unanswered ON reconciliation_break (id) WHERE status in ('open', 'proposed');

CREATE TABLE accounting_period (
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    starts_on DATE NOT NULL,
    ends_on DATE NOT NULL,
    status TEXT NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    closed_by UUID,
    closed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_accounting_period PRIMARY KEY (id),
    CONSTRAINT ck_accounting_period_ends_later CHECK (ends_on >= starts_on),
    CONSTRAINT ex_accounting_period_no_overlap EXCLUDE USING gist (daterange(starts_on, ends_on, '[]') WITH &&)
);

CREATE TABLE reconciliation_feed (
    source TEXT NOT NULL,
    position TEXT NOT NULL,
    covers_until TIMESTAMP WITH TIME ZONE NOT NULL,
    read_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_reconciliation_feed PRIMARY KEY (source)
);

CREATE TABLE stated_balance (
    source TEXT NOT NULL,
    currency CHAR(3) NOT NULL,
    stated_by TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    is_opening BOOLEAN NOT NULL,
    amount_minor BIGINT NOT NULL,
    CONSTRAINT pk_stated_balance PRIMARY KEY (source, currency, stated_by, at, is_opening)
);

CREATE TABLE statement_file (
    digest BYTEA NOT NULL,
    imported_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_statement_file PRIMARY KEY (digest)
);

CREATE TABLE reconciliation_run (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_reconciliation_run PRIMARY KEY (id)
);
"""

_TOLD_ONCE = """
create function refuse_retelling() returns trigger language plpgsql as $$
begin
    raise exception 'what was told is never changed: it is told again' using errcode = 'RC001';
end $$;

create trigger refuse_retelling before update or delete or truncate on reconciliation_item
    for each statement execute function refuse_retelling();
create trigger refuse_retelling before update or delete or truncate on settlement_member
    for each statement execute function refuse_retelling();
create trigger refuse_retelling before update or delete or truncate on stated_balance
    for each statement execute function refuse_retelling();
create trigger refuse_retelling before update or delete or truncate on statement_file
    for each statement execute function refuse_retelling();

-- A closed period is for good: it cannot be opened, moved or removed.
create function refuse_reopening() returns trigger language plpgsql as $$
begin
    if old.status = 'closed' then
        raise exception 'a closed period does not change' using errcode = 'RC002';
    end if;
    return case tg_op when 'DELETE' then old else new end;
end $$;

create trigger refuse_reopening before update or delete on accounting_period
    for each row execute function refuse_reopening();

-- A match whose item counts in a closed period is not taken apart.
create function refuse_unmatching() returns trigger language plpgsql as $$
begin
    if exists (
        select from reconciliation_item item
        join accounting_period period
            on item.counts_on between period.starts_on and period.ends_on
        where item.key = old.item_key and period.status = 'closed'
    ) then
        raise exception 'a closed period does not change' using errcode = 'RC002';
    end if;
    return case tg_op when 'DELETE' then old else new end;
end $$;

create trigger refuse_unmatching before update or delete on reconciliation_match_item
    for each row execute function refuse_unmatching();
"""


def upgrade() -> None:
    op.execute(_TABLES)
    op.execute(_TOLD_ONCE)


def downgrade() -> None:
    op.execute(
        "drop table reconciliation_run, statement_file, stated_balance, reconciliation_feed,"
        " accounting_period, reconciliation_break, reconciliation_match_item,"
        " reconciliation_match, settlement_member, reconciled_entry, reconciliation_item"
    )
    op.execute("drop function refuse_retelling, refuse_reopening, refuse_unmatching")
