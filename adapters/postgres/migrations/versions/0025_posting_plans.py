"""
A posting looks its accounts up one by one, by their keys: however its plans were made, and
however many accounts there are by now, none of them reads the whole chart.
"""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

# A repeated fact is rare: it is found by the entry that does not get in, not looked for before.
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
        select p_id, leg.n, leg.debit, leg.credit, leg.currency, leg.amount
        from unnest(debits, credits, p_currencies, p_amounts) with ordinality
            as leg(debit, credit, currency, amount, n);
        return p_id;
    end if;

    select id, request_hash into earlier from journal_entry where idempotency_key = p_key;
    if earlier.request_hash <> p_hash then
        raise exception 'this fact was posted before, and differently' using errcode = 'LG001';
    end if;
    return earlier.id;
end $$;
"""

# A few postings move their balances one by one; many are moved by one statement, whose plan is
# made for many.
_APPLY = """
create or replace function ledger.apply_postings() returns trigger language plpgsql as $$
declare
    few constant int := 8;
    part record;
    change record;
    place record;
begin
    -- Together with the primary key: nothing can be added to an entry by another statement.
    for part in
        select entry_id, count(*) as parts, min(sequence) as first, max(sequence) as last
        from written group by entry_id
    loop
        perform from ledger.journal_entry where id = part.entry_id and postings = part.parts;
        if not found or part.first <> 1 or part.last <> part.parts then
            raise exception 'an entry is written with all of its postings at once'
                using errcode = 'LG003';
        end if;
    end loop;

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
"""


def upgrade() -> None:
    for part in (_POST, _APPLY):
        op.get_bind().connection.cursor().execute(part)


def downgrade() -> None:
    """The functions of the revision before do the same: these stay in their place."""
