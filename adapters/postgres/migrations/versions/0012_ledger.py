"""
The books: a journal that is only ever added to, balances that follow from it, and the one
function that writes to both. Beside them, earnings and holds.
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE ledger.account (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    code TEXT NOT NULL,
    currency CHAR(3) NOT NULL,
    normal_side TEXT NOT NULL,
    floor BIGINT,
    shards SMALLINT NOT NULL,
    CONSTRAINT pk_account PRIMARY KEY (id),
    CONSTRAINT uq_account_code UNIQUE (code, currency),
    CONSTRAINT uq_account_id UNIQUE (id, currency),
    CONSTRAINT ck_account_normal_side CHECK (normal_side in ('debit', 'credit')),
    CONSTRAINT ck_account_shards CHECK (shards = 1 or (shards > 1 and floor is null))
);

CREATE TABLE ledger.balance (
    account_id BIGINT NOT NULL,
    shard SMALLINT NOT NULL,
    amount BIGINT NOT NULL,
    floor BIGINT,
    CONSTRAINT pk_balance PRIMARY KEY (account_id, shard),
    CONSTRAINT ck_balance_floor CHECK (floor is null or amount >= floor),
    CONSTRAINT fk_balance_account_id FOREIGN KEY(account_id) REFERENCES ledger.account (id)
);

CREATE TABLE ledger.journal_entry (
    id UUID NOT NULL,
    idempotency_key TEXT NOT NULL,
    request_hash BYTEA NOT NULL,
    reason TEXT NOT NULL,
    cause TEXT NOT NULL,
    postings SMALLINT NOT NULL,
    resolves UUID,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_journal_entry PRIMARY KEY (id),
    CONSTRAINT ck_journal_entry_postings CHECK (postings > 0),
    CONSTRAINT uq_journal_entry_idempotency_key UNIQUE (idempotency_key),
    CONSTRAINT uq_journal_entry_resolves UNIQUE (resolves),
    CONSTRAINT fk_journal_entry_resolves FOREIGN KEY(resolves) REFERENCES ledger.journal_entry (id)
);

CREATE INDEX ix_journal_entry_cause ON ledger.journal_entry (cause);

CREATE INDEX ix_journal_entry_occurred_at ON ledger.journal_entry (occurred_at);

CREATE TABLE ledger.posting (
    entry_id UUID NOT NULL,
    sequence SMALLINT NOT NULL,
    debit_account_id BIGINT NOT NULL,
    credit_account_id BIGINT NOT NULL,
    currency CHAR(3) NOT NULL,
    amount BIGINT NOT NULL,
    CONSTRAINT pk_posting PRIMARY KEY (entry_id, sequence),
    CONSTRAINT fk_posting_debit_account_id FOREIGN KEY(debit_account_id, currency) REFERENCES ledger.account (id, currency),
    CONSTRAINT fk_posting_credit_account_id FOREIGN KEY(credit_account_id, currency) REFERENCES ledger.account (id, currency),
    CONSTRAINT ck_posting_amount CHECK (amount > 0),
    CONSTRAINT ck_posting_accounts CHECK (debit_account_id <> credit_account_id),
    CONSTRAINT fk_posting_entry_id FOREIGN KEY(entry_id) REFERENCES ledger.journal_entry (id)
);

CREATE INDEX ix_posting_credit_account_id ON ledger.posting (credit_account_id);

CREATE INDEX ix_posting_debit_account_id ON ledger.posting (debit_account_id);

CREATE TABLE lot (
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    physician_id UUID NOT NULL,
    consultation_id UUID NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency CHAR(3) NOT NULL,
    earned_at TIMESTAMP WITH TIME ZONE NOT NULL,
    matures_at TIMESTAMP WITH TIME ZONE NOT NULL,
    status TEXT NOT NULL,
    remaining_minor BIGINT NOT NULL,
    CONSTRAINT pk_lot PRIMARY KEY (id),
    CONSTRAINT ck_lot_amount_minor CHECK (amount_minor > 0),
    CONSTRAINT ck_lot_remaining_minor CHECK (remaining_minor between 0 and amount_minor),
    CONSTRAINT uq_lot_consultation_id UNIQUE (consultation_id)
);

CREATE INDEX ix_lot_available ON lot (physician_id, currency, matures_at, id) WHERE status = 'available' and remaining_minor > 0;

CREATE INDEX ix_lot_pending ON lot (matures_at) WHERE status = 'pending';

CREATE INDEX ix_lot_physician_id ON lot (physician_id, id);

CREATE TABLE lot_use (
    lot_id UUID NOT NULL,
    sequence SMALLINT NOT NULL,
    taken_by TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    taken_at TIMESTAMP WITH TIME ZONE NOT NULL,
    returned_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_lot_use PRIMARY KEY (lot_id, sequence),
    CONSTRAINT ck_lot_use_amount_minor CHECK (amount_minor > 0),
    CONSTRAINT fk_lot_use_lot_id FOREIGN KEY(lot_id) REFERENCES lot (id)
);

CREATE INDEX ix_lot_use_taken_by ON lot_use (taken_by);

CREATE TABLE hold (
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    physician_id UUID NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency CHAR(3) NOT NULL,
    reason TEXT NOT NULL,
    cause TEXT NOT NULL,
    status TEXT NOT NULL,
    placed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_hold PRIMARY KEY (id),
    CONSTRAINT ck_hold_amount_minor CHECK (amount_minor > 0),
    CONSTRAINT uq_hold_cause UNIQUE (cause)
);

CREATE INDEX ix_hold_placed ON hold (physician_id) WHERE status = 'placed';
"""

_BALANCES = """
create function ledger.open_balances() returns trigger language plpgsql as $$
begin
    insert into ledger.balance (account_id, shard, amount, floor)
    select new.id, shard, 0, new.floor from generate_series(0, new.shards - 1) as shard;
    return null;
end $$;

create trigger open_balances after insert on ledger.account
    for each row execute function ledger.open_balances();

-- Each account's postings of one statement are added up, and the balances are locked in one
-- order everywhere, so that two entries over the same accounts never wait for each other in
-- a circle. An account without a floor is spread over shards, any of which will do.
create function ledger.keep_balances() returns trigger language plpgsql as $$
declare
    change record;
begin
    if exists (
        select from ledger.journal_entry entry
        where entry.id in (select entry_id from written)
        and entry.postings <> (select count(*) from ledger.posting p where p.entry_id = entry.id)
    ) then
        raise exception 'an entry is written with all of its postings at once'
            using errcode = 'LG003';
    end if;
    for change in
        with legs as (
            select debit_account_id as account_id, 'debit' as side, amount from written
            union all
            select credit_account_id, 'credit', amount from written
        ), moved as (
            select a.id, a.shards,
                sum(case when l.side = a.normal_side then l.amount else -l.amount end) as amount
            from legs l join ledger.account a on a.id = l.account_id
            group by a.id
        ), placed as materialized (
            select id, floor(random() * shards)::smallint as shard, amount
            from moved where amount <> 0
        )
        select id, shard, amount from placed order by id, shard
    loop
        update ledger.balance set amount = balance.amount + change.amount
        where account_id = change.id and shard = change.shard;
    end loop;
    return null;
end $$;

create trigger keep_balances after insert on ledger.posting
    referencing new table as written
    for each statement execute function ledger.keep_balances();
"""

_IMMUTABILITY = """
create function ledger.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the books are never changed: post another entry' using errcode = 'LG004';
end $$;

create trigger refuse_change before update or delete or truncate on ledger.journal_entry
    for each statement execute function ledger.refuse_change();
create trigger refuse_change before update or delete or truncate on ledger.posting
    for each statement execute function ledger.refuse_change();
create trigger refuse_change before update or delete or truncate on ledger.account
    for each statement execute function ledger.refuse_change();
create trigger refuse_removal before delete or truncate on ledger.balance
    for each statement execute function ledger.refuse_change();

-- A balance follows from postings: it is changed by their trigger and by nothing else.
create function ledger.refuse_own_balance() returns trigger language plpgsql as $$
begin
    if pg_trigger_depth() < 2 then
        raise exception 'balances follow from postings' using errcode = 'LG004';
    end if;
    return null;
end $$;

create trigger refuse_own_balance before insert or update on ledger.balance
    for each statement execute function ledger.refuse_own_balance();

create function ledger.refuse_empty_entry() returns trigger language plpgsql as $$
begin
    if not exists (select from ledger.posting where entry_id = new.id) then
        raise exception 'an entry has at least one posting' using errcode = 'LG003';
    end if;
    return null;
end $$;

create constraint trigger refuse_empty_entry after insert on ledger.journal_entry
    deferrable initially deferred
    for each row execute function ledger.refuse_empty_entry();
"""

# The balances that may not become negative are locked before the entry is dated: so the dates
# of an account's entries follow the order in which they took effect, and a balance as of any
# past instant is one that really was.
_POST = """
create function ledger.post(
    p_id uuid, p_key text, p_hash bytea, p_reason text, p_cause text,
    p_occurred_at timestamptz, p_resolves text,
    p_debits text[], p_credits text[], p_currencies text[], p_amounts bigint[],
    p_codes text[], p_code_currencies text[], p_sides text[], p_floors bigint[], p_shards smallint[]
) returns uuid language plpgsql security definer set search_path = ledger, pg_temp as $$
declare
    earlier record;
    resolved uuid;
begin
    select id, request_hash into earlier from journal_entry where idempotency_key = p_key;
    if not found then
        insert into account (code, currency, normal_side, floor, shards)
        select code, currency, side, floor, shards
        from unnest(p_codes, p_code_currencies, p_sides, p_floors, p_shards)
            as wanted(code, currency, side, floor, shards)
        where not exists (
            select from account a where a.code = wanted.code and a.currency = wanted.currency
        )
        order by code, currency
        on conflict (code, currency) do nothing;

        perform from balance b join account a on a.id = b.account_id
        where b.floor is not null
        and (a.code, a.currency) in (select * from unnest(p_codes, p_code_currencies))
        order by b.account_id, b.shard
        for update of b;

        if p_resolves is not null then
            select e.id into resolved from journal_entry e
            join posting p on p.entry_id = e.id and p.sequence = 1
            join account a on a.id = p.credit_account_id
            where e.idempotency_key = p_resolves
            and a.code = p_debits[1] and p.currency = p_currencies[1] and p.amount = p_amounts[1];
            if not found then
                raise exception 'the entry to resolve is not there or left something else'
                    using errcode = 'LG002';
            end if;
        end if;

        insert into journal_entry (
            id, idempotency_key, request_hash, reason, cause, postings, resolves,
            occurred_at, recorded_at
        ) values (
            p_id, p_key, p_hash, p_reason, p_cause, cardinality(p_amounts), resolved,
            p_occurred_at, clock_timestamp()
        ) on conflict (idempotency_key) do nothing;
        if found then
            insert into posting (
                entry_id, sequence, debit_account_id, credit_account_id, currency, amount
            )
            select p_id, m.sequence, d.id, c.id, m.currency, m.amount
            from unnest(p_debits, p_credits, p_currencies, p_amounts) with ordinality
                as m(debit, credit, currency, amount, sequence)
            join account d on d.code = m.debit and d.currency = m.currency
            join account c on c.code = m.credit and c.currency = m.currency;
            return p_id;
        end if;
        select id, request_hash into earlier from journal_entry where idempotency_key = p_key;
    end if;
    if earlier.request_hash <> p_hash then
        raise exception 'this fact was posted before, and differently' using errcode = 'LG001';
    end if;
    return earlier.id;
end $$;

revoke all on function ledger.post from public;
"""

# Roles belong to the server, not to the database. Where the migrating role may not make roles,
# an administrator makes it beforehand: `create role scripted_application nologin`.
_ROLE = """
do $$
begin
    if not exists (select from pg_roles where rolname = 'scripted_application')
        and (select rolcreaterole or rolsuper from pg_roles where rolname = current_user)
    then
        create role scripted_application nologin;
    end if;
exception when duplicate_object or unique_violation then
    raise notice 'another database on this server has just made the role';
end $$;

do $$
begin
    if exists (select from pg_roles where rolname = 'scripted_application') then
        grant usage on schema ledger, public to scripted_application;
        grant select on all tables in schema ledger to scripted_application;
        grant execute on function ledger.post to scripted_application;
    end if;
end $$;
"""

_NO_ROLE = """
do $$
begin
    if exists (select from pg_roles where rolname = 'scripted_application') then
        revoke all on all tables in schema ledger from scripted_application;
        revoke all on function ledger.post from scripted_application;
        revoke all on schema ledger, public from scripted_application;
    end if;
end $$;
"""


def upgrade() -> None:
    op.execute("create schema ledger")
    for part in (_TABLES, _BALANCES, _IMMUTABILITY, _POST, _ROLE):
        op.execute(part)


def downgrade() -> None:
    op.execute(_NO_ROLE)
    op.execute("drop table hold, lot_use, lot")
    op.execute("drop schema ledger cascade")
