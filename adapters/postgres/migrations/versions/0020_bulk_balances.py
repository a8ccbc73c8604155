"""
The balances that a statement touches are moved by one statement, however many they are.

`ledger.move_balances`, which moved them one by one, stays for the way back.
"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_APPLY = """
-- Any shard of an account will do: one that no other transaction is about to commit.
create function ledger.free_shard(p_account bigint, p_shards smallint) returns smallint
language plpgsql as $$
declare
    place smallint := pg_backend_pid() % p_shards;
begin
    for attempt in 1..p_shards loop
        exit when pg_try_advisory_xact_lock((p_account % 2147483647)::int, place);
        place := (place + 1) % p_shards;
    end loop;
    return place;
end $$;

create function ledger.apply_postings() returns trigger language plpgsql
set plan_cache_mode = force_generic_plan as $$
begin
    -- Together with the primary key: nothing can be added to an entry by another statement.
    if exists (
        select from (
            select entry_id, count(*) as parts, min(sequence) as first, max(sequence) as last
            from written group by entry_id
        ) part join ledger.journal_entry entry on entry.id = part.entry_id
        where part.first <> 1 or part.last <> entry.postings or part.parts <> entry.postings
    ) then
        raise exception 'an entry is written with all of its postings at once'
            using errcode = 'LG003';
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

drop trigger move_balances on ledger.posting;
create trigger apply_postings after insert on ledger.posting
    referencing new table as written
    for each statement execute function ledger.apply_postings();
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_APPLY)


def downgrade() -> None:
    op.get_bind().connection.cursor().execute(
        """
        drop trigger apply_postings on ledger.posting;
        create trigger move_balances after insert on ledger.posting
            referencing new table as written
            for each statement execute function ledger.move_balances();
        drop function ledger.apply_postings, ledger.free_shard;
        """
    )
