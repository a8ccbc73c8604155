"""
The guards of the books look at all that a statement writes at once.

An entry and its postings are written by one statement, so that what has to hold of them is seen
when it ends. Foreign keys of postings are given up for such a guard: each of them looked at one
row at a time and locked what it pointed to, although accounts and entries never change.
"""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

# Whatever the statistics say, what was written is looked up by key, row by row: the books are
# always the larger side. Two lists that were both given are hashed: neither has an index.
_APPLY = """
create or replace function ledger.apply_postings() returns trigger language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
    few constant int := 8;
    change record;
    place record;
begin
    -- Together with the primary key: nothing can be added to an entry by another statement.
    if exists (
        select from (
            select entry_id, count(*) as parts, min(sequence) as first, max(sequence) as last
            from written group by entry_id
        ) part
        left join ledger.journal_entry entry
            on entry.id = part.entry_id and entry.postings = part.parts
        where entry.id is null or part.first <> 1 or part.last <> part.parts
    ) then
        raise exception 'an entry is written with all of its postings at once'
            using errcode = 'LG003';
    end if;
    if exists (
        select from written
        left join ledger.account debit
            on debit.id = written.debit_account_id and debit.currency = written.currency
        left join ledger.account credit
            on credit.id = written.credit_account_id and credit.currency = written.currency
        where debit.id is null or credit.id is null
    ) then
        raise exception 'a posting is between two accounts of its currency'
            using errcode = 'foreign_key_violation';
    end if;

    if (select count(*) from written) <= few then
        for change in
            select account_id, sum(debit)::bigint as debit, sum(credit)::bigint as credit
            from (
                select debit_account_id as account_id, amount as debit, 0 as credit from written
                union all
                select credit_account_id, 0, amount from written
            ) leg
            group by account_id order by account_id
        loop
            continue when change.debit = change.credit;
            select normal_side, case when shards > 1 then ledger.free_shard(id, shards) else 0 end
                as shard
            into place from ledger.account where id = change.account_id;
            update ledger.balance
            set amount = amount + case place.normal_side
                when 'debit' then change.debit - change.credit
                else change.credit - change.debit
            end
            where account_id = change.account_id and shard = place.shard;
        end loop;
        return null;
    end if;

    -- All balances are locked in one order everywhere before the first of them moves.
    with moved as materialized (
        select a.id,
            case when a.shards > 1 then ledger.free_shard(a.id, a.shards) else 0 end as shard,
            sum(case when leg.side = a.normal_side then leg.amount else -leg.amount end) as amount
        from (
            select debit_account_id as account_id, 'debit' as side, amount from written
            union all
            select credit_account_id, 'credit', amount from written
        ) leg join ledger.account a on a.id = leg.account_id
        group by a.id, a.shards
    ), locked as materialized (
        select b.account_id, b.shard, moved.amount
        from moved join ledger.balance b on b.account_id = moved.id and b.shard = moved.shard
        where moved.amount <> 0
        order by b.account_id, b.shard
        for update of b
    )
    update ledger.balance b set amount = b.amount + locked.amount
    from locked where b.account_id = locked.account_id and b.shard = locked.shard;
    return null;
end $$;

create function ledger.refuse_bare_entries() returns trigger language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
    if exists (
        select from entered
        left join ledger.posting on posting.entry_id = entered.id and posting.sequence = 1
        where posting.entry_id is null
    ) then
        raise exception 'an entry is written with all of its postings at once'
            using errcode = 'LG003';
    end if;
    return null;
end $$;

drop trigger refuse_empty_entry on ledger.journal_entry;
drop function ledger.refuse_empty_entry;
create trigger refuse_bare_entries after insert on ledger.journal_entry
    referencing new table as entered
    for each statement execute function ledger.refuse_bare_entries();

alter table ledger.posting
    drop constraint fk_posting_entry_id,
    drop constraint fk_posting_debit_account_id,
    drop constraint fk_posting_credit_account_id;

alter table ledger.journal_entry drop constraint uq_journal_entry_resolves;
create unique index uq_journal_entry_resolves on ledger.journal_entry (resolves)
    where resolves is not null;
"""

_POST = """
create or replace function ledger.post(
    p_id uuid, p_key text, p_hash bytea, p_reason text, p_cause text,
    p_occurred_at timestamptz, p_resolves text,
    p_debits text[], p_credits text[], p_currencies bpchar[], p_amounts bigint[]
) returns uuid language plpgsql security definer
set search_path = ledger, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
    debit record;
    credit record;
    debits bigint[];
    credits bigint[];
    guarded boolean := false;
    resolved uuid;
    earlier record;
begin
    for n in 1..cardinality(p_amounts) loop
        select id, floor into debit from account
        where code = p_debits[n] and currency = p_currencies[n];
        select id, floor into credit from account
        where code = p_credits[n] and currency = p_currencies[n];
        if debit.id is null or credit.id is null then
            return null;
        end if;
        debits[n] := debit.id;
        credits[n] := credit.id;
        guarded := guarded or debit.floor is not null or credit.floor is not null;
    end loop;

    if guarded then
        perform from balance
        where account_id = any (debits || credits) and floor is not null
        order by account_id, shard
        for update;
    end if;

    if p_resolves is not null then
        select e.id into resolved from journal_entry e
        join posting p on p.entry_id = e.id and p.sequence = 1
        where e.idempotency_key = p_resolves
        and p.credit_account_id = debits[1] and p.amount = p_amounts[1];
        if not found then
            raise exception 'the entry to resolve is not there or left something else'
                using errcode = 'LG002';
        end if;
    end if;

    -- A repeated fact is rare: it is found by the entry that does not get in.
    with entry as (
        insert into journal_entry (
            id, idempotency_key, request_hash, reason, cause, postings, resolves,
            occurred_at, recorded_at
        ) values (
            p_id, p_key, p_hash, p_reason, p_cause, cardinality(p_amounts), resolved,
            p_occurred_at, clock_timestamp()
        ) on conflict do nothing
        returning id
    )
    insert into posting (
        entry_id, sequence, debit_account_id, credit_account_id, currency, amount
    )
    select entry.id, leg.n, leg.debit, leg.credit, leg.currency, leg.amount
    from entry, unnest(debits, credits, p_currencies, p_amounts) with ordinality
        as leg(debit, credit, currency, amount, n);
    if found then
        return p_id;
    end if;

    select id, request_hash into earlier from journal_entry where idempotency_key = p_key;
    if not found then
        raise exception 'what it resolves was resolved before'
            using errcode = 'unique_violation', constraint = 'uq_journal_entry_resolves';
    end if;
    if earlier.request_hash <> p_hash then
        raise exception 'this fact was posted before, and differently' using errcode = 'LG001';
    end if;
    return earlier.id;
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
            select id, key, hash, reason, cause, parts, resolves, occurred_at, clock_timestamp()
            from unnest(
                p_ids, p_keys, p_hashes, p_reasons, p_causes, p_occurred_at, resolved, p_parts
            ) as wanted(id, key, hash, reason, cause, occurred_at, resolves, parts)
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
            select id, key, hash, reason, cause, parts, resolves, occurred_at, clock_timestamp()
            from unnest(
                p_ids, p_keys, p_hashes, p_reasons, p_causes, p_occurred_at, resolved, p_parts
            ) as wanted(id, key, hash, reason, cause, occurred_at, resolves, parts)
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

_BACK = """
drop index ledger.uq_journal_entry_resolves;
alter table ledger.journal_entry
    add constraint uq_journal_entry_resolves unique (resolves);
alter table ledger.posting
    add constraint fk_posting_entry_id foreign key (entry_id) references ledger.journal_entry (id),
    add constraint fk_posting_debit_account_id
        foreign key (debit_account_id, currency) references ledger.account (id, currency),
    add constraint fk_posting_credit_account_id
        foreign key (credit_account_id, currency) references ledger.account (id, currency);

drop trigger refuse_bare_entries on ledger.journal_entry;
drop function ledger.refuse_bare_entries;
create function ledger.refuse_empty_entry() returns trigger language plpgsql as $$
begin
    if not exists (select from ledger.posting where entry_id = new.id) then
        raise exception 'an entry has at least one posting' using errcode = 'LG003';
    end if;
    return null;
end $$;
create constraint trigger refuse_empty_entry after insert on ledger.journal_entry
    deferrable initially deferred for each row execute function ledger.refuse_empty_entry();
"""


def upgrade() -> None:
    for part in (_APPLY, _POST, _POST_MANY):
        op.get_bind().connection.cursor().execute(part)


def downgrade() -> None:
    """The functions stay: the guards that come back ask for less than they give."""
    op.get_bind().connection.cursor().execute(_BACK)
