"""
What is left to do for each entry is less, and batches take their keys in one order.

The guard of what was posted looks at each account once and at each entry once. Two batches that
share keys wait for each other instead of locking each other out. The function by which entries
were made at first, which nothing has called for long, is gone.
"""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

# Whatever the statistics say, what was written is looked up by key, row by row: the books are
# always the larger side.
_APPLY = """
create or replace function ledger.apply_postings() returns trigger language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
    few constant int := 8;
    rows_written int;
    wrong boolean;
    change record;
    ids bigint[];
    shards smallint[];
    amounts bigint[];
begin
    -- Together with the primary key: nothing can be added to an entry by another statement.
    select sum(part.parts), bool_or(
        entry.id is null or part.first <> 1 or part.last <> part.parts
    ) into rows_written, wrong
    from (
        select entry_id, count(*) as parts, min(sequence) as first, max(sequence) as last
        from written group by entry_id
    ) part
    left join ledger.journal_entry entry
        on entry.id = part.entry_id and entry.postings = part.parts;
    if wrong then
        raise exception 'an entry is written with all of its postings at once'
            using errcode = 'LG003';
    end if;

    if rows_written <= few then
        for change in
            select leg.account_id, a.id is null as stray,
                case when a.shards > 1 then ledger.free_shard(a.id, a.shards) else 0 end as shard,
                case a.normal_side when 'debit' then leg.amount else -leg.amount end as amount
            from (
                select account_id, currency, sum(amount)::bigint as amount
                from (
                    select debit_account_id as account_id, currency, amount from written
                    union all
                    select credit_account_id, currency, -amount from written
                ) side
                group by account_id, currency
            ) leg left join ledger.account a on a.id = leg.account_id and a.currency = leg.currency
            order by leg.account_id
        loop
            if change.stray then
                raise exception 'a posting is between two accounts of its currency'
                    using errcode = 'foreign_key_violation';
            end if;
            update ledger.balance set amount = amount + change.amount
            where account_id = change.account_id and shard = change.shard and change.amount <> 0;
        end loop;
        return null;
    end if;

    select array_agg(leg.account_id), array_agg(
            case when a.shards > 1 then ledger.free_shard(a.id, a.shards) else 0 end
        ), array_agg(
            case a.normal_side when 'debit' then leg.amount else -leg.amount end
        ), bool_or(a.id is null)
    into ids, shards, amounts, wrong
    from (
        select account_id, currency, sum(amount)::bigint as amount
        from (
            select debit_account_id as account_id, currency, amount from written
            union all
            select credit_account_id, currency, -amount from written
        ) side
        group by account_id, currency
    ) leg left join ledger.account a on a.id = leg.account_id and a.currency = leg.currency;
    if wrong then
        raise exception 'a posting is between two accounts of its currency'
            using errcode = 'foreign_key_violation';
    end if;

    -- All balances are locked in one order everywhere before the first of them moves.
    with locked as materialized (
        select b.account_id, b.shard, moved.amount
        from unnest(ids, shards, amounts) as moved(account_id, shard, amount)
        join ledger.balance b on b.account_id = moved.account_id and b.shard = moved.shard
        where moved.amount <> 0
        order by b.account_id, b.shard
        for update of b
    )
    update ledger.balance b set amount = b.amount + locked.amount
    from locked where b.account_id = locked.account_id and b.shard = locked.shard;
    return null;
end $$;
"""

_POST_MANY = """
create or replace function ledger.post_many(
    p_ids uuid[], p_keys text[], p_hashes bytea[], p_reasons text[], p_causes text[],
    p_occurred_at timestamptz[], p_resolves text[], p_parts smallint[],
    p_entries int[], p_sequences smallint[],
    p_debits text[], p_credits text[], p_currencies bpchar[], p_amounts bigint[]
) returns uuid[] language plpgsql security definer
set search_path = ledger, pg_temp set plan_cache_mode = force_generic_plan
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
    debits bigint[];
    credits bigint[];
    resolved uuid[];
    posted uuid[];
begin
    select array_agg(d.id order by n), array_agg(c.id order by n) into debits, credits
    from unnest(p_debits, p_credits, p_currencies) with ordinality
        as m(debit, credit, currency, n)
    left join account d on d.code = m.debit and d.currency = m.currency
    left join account c on c.code = m.credit and c.currency = m.currency;
    if array_position(debits, null) is not null or array_position(credits, null) is not null then
        return null;
    end if;

    perform from balance
    where account_id in (select unnest(debits || credits)) and floor is not null
    order by account_id, shard
    for update;

    if array_remove(p_resolves, null) <> '{}' then
        set local enable_hashjoin = on;
        set local enable_nestloop = off;
        select array_agg(beside.id order by wanted.n) into resolved
        from unnest(p_resolves) with ordinality as wanted(key, n)
        left join (
            select key, min(n) as n, (array_agg(id order by n))[1] as id
            from unnest(p_ids, p_keys) with ordinality as u(id, key, n) group by key
        ) beside on beside.key = wanted.key and beside.n < wanted.n;
        set local enable_hashjoin = off;
        set local enable_nestloop = on;
        select array_agg(coalesce(stored.id, wanted.id) order by wanted.n) into resolved
        from unnest(p_resolves, resolved) with ordinality as wanted(key, id, n)
        left join journal_entry stored on stored.idempotency_key = wanted.key;
    end if;

    begin
        -- Nearly always nothing of it was posted before.
        with written as (
            insert into journal_entry (
                id, idempotency_key, request_hash, reason, cause, postings, resolves,
                occurred_at, recorded_at
            )
            select id, key, hash, reason, cause, parts, resolves, occurred_at, recorded_at
            from (
                -- Dated in the order in which they were given, whatever their keys.
                select wanted.*, clock_timestamp() as recorded_at
                from unnest(
                    p_ids, p_keys, p_hashes, p_reasons, p_causes, p_occurred_at, resolved, p_parts
                ) with ordinality
                    as wanted(id, key, hash, reason, cause, occurred_at, resolves, parts, n)
            ) dated
            order by key, n
        )
        insert into posting (
            entry_id, sequence, debit_account_id, credit_account_id, currency, amount
        )
        select p_ids[m.entry], m.sequence, m.debit, m.credit, m.currency, m.amount
        from unnest(p_entries, p_sequences, debits, credits, p_currencies, p_amounts)
            as m(entry, sequence, debit, credit, currency, amount);
        posted := p_ids;
    exception when unique_violation then
        select array_agg(coalesce(stored.id, wanted.id) order by wanted.n) into resolved
        from unnest(p_resolves, resolved) with ordinality as wanted(key, id, n)
        left join journal_entry stored on stored.idempotency_key = wanted.key
        where resolved is not null;
        set local enable_hashjoin = on;
        set local enable_nestloop = off;
        with written as (
            insert into journal_entry (
                id, idempotency_key, request_hash, reason, cause, postings, resolves,
                occurred_at, recorded_at
            )
            select id, key, hash, reason, cause, parts, resolves, occurred_at, recorded_at
            from (
                -- Dated in the order in which they were given, whatever their keys.
                select wanted.*, clock_timestamp() as recorded_at
                from unnest(
                    p_ids, p_keys, p_hashes, p_reasons, p_causes, p_occurred_at, resolved, p_parts
                ) with ordinality
                    as wanted(id, key, hash, reason, cause, occurred_at, resolves, parts, n)
            ) dated
            order by key, n
            on conflict (idempotency_key) do nothing
            returning id
        )
        insert into posting (
            entry_id, sequence, debit_account_id, credit_account_id, currency, amount
        )
        select written.id, m.sequence, m.debit, m.credit, m.currency, m.amount
        from unnest(p_entries, p_sequences, debits, credits, p_currencies, p_amounts)
            as m(entry, sequence, debit, credit, currency, amount)
        join written on written.id = p_ids[m.entry];

        set local enable_hashjoin = off;
        set local enable_nestloop = on;
        if exists (
            select from unnest(p_keys, p_hashes) as wanted(key, hash)
            join journal_entry entry on entry.idempotency_key = wanted.key
            where entry.request_hash <> wanted.hash
        ) then
            raise exception 'this fact was posted before, and differently'
                using errcode = 'LG001';
        end if;
        select array_agg(entry.id order by n) into posted
        from unnest(p_keys) with ordinality as wanted(key, n)
        join journal_entry entry on entry.idempotency_key = wanted.key;
    end;

    if resolved is not null and exists (
        select from unnest(p_ids, p_resolves) as wanted(id, resolves)
        join journal_entry entry on entry.id = wanted.id
        join posting taken on taken.entry_id = entry.id and taken.sequence = 1
        left join posting left_behind
            on left_behind.entry_id = entry.resolves and left_behind.sequence = 1
            and left_behind.credit_account_id = taken.debit_account_id
            and left_behind.amount = taken.amount
        where wanted.resolves is not null and left_behind.entry_id is null
    ) then
        raise exception 'the entry to resolve is not there or left something else'
            using errcode = 'LG002';
    end if;
    return posted;
end $$;
"""

_FIRST_POST = """
drop function ledger.post(
    uuid, text, bytea, text, text, timestamptz, text, text[], text[], text[], bigint[],
    text[], text[], text[], bigint[], smallint[]
);
"""

# As the guards of the revision before made it do, whatever it was asked to write.
_FIRST_POST_REFUSES = """
create function ledger.post(
    p_id uuid, p_key text, p_hash bytea, p_reason text, p_cause text,
    p_occurred_at timestamptz, p_resolves text,
    p_debits text[], p_credits text[], p_currencies text[], p_amounts bigint[],
    p_codes text[], p_code_currencies text[], p_sides text[], p_floors bigint[], p_shards smallint[]
) returns uuid language plpgsql as $$
begin
    raise exception 'an entry is written with all of its postings at once'
        using errcode = 'LG003';
end $$;
"""


def upgrade() -> None:
    for part in (_APPLY, _POST_MANY, _FIRST_POST):
        op.get_bind().connection.cursor().execute(part)


def downgrade() -> None:
    """The functions do what those before them did, and stay."""
    op.get_bind().connection.cursor().execute(_FIRST_POST_REFUSES)
