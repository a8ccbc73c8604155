"""
Postings, events and audit entries are written with fewer statements, and cheaper ones.

A second `ledger.post` asks for less: an account is described only if it is not open yet. Code of
the revision before goes on calling the first one.
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# Plans that are made anew for each call would cost more than the statements themselves.
_MOVE_BALANCES = """
create function ledger.move_balances() returns trigger language plpgsql
set plan_cache_mode = force_generic_plan as $$
declare
    change record;
    place smallint;
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
    for change in
        select a.id, a.shards,
            sum(case when leg.side = a.normal_side then leg.amount else -leg.amount end) as amount
        from (
            select debit_account_id as account_id, 'debit' as side, amount from written
            union all
            select credit_account_id, 'credit', amount from written
        ) leg join ledger.account a on a.id = leg.account_id
        group by a.id, a.shards
        order by a.id
    loop
        place := 0;
        if change.shards > 1 then
            -- Any shard will do: one that no other transaction is about to commit.
            place := pg_backend_pid() % change.shards;
            for attempt in 1..change.shards loop
                exit when pg_try_advisory_xact_lock(change.id::int, place);
                place := (place + 1) % change.shards;
            end loop;
        end if;
        update ledger.balance set amount = balance.amount + change.amount
        where account_id = change.id and shard = place and change.amount <> 0;
    end loop;
    return null;
end $$;

drop trigger keep_balances on ledger.posting;
create trigger move_balances after insert on ledger.posting
    referencing new table as written
    for each statement execute function ledger.move_balances();

drop trigger refuse_own_balance on ledger.balance;
create trigger refuse_own_balance before insert or update on ledger.balance
    for each statement when (pg_trigger_depth() = 0)
    execute function ledger.refuse_own_balance();
"""

_POST = """
create function ledger.open_accounts(
    p_codes text[], p_currencies bpchar[], p_sides text[], p_floors bigint[], p_shards smallint[]
) returns void language sql security definer set search_path = ledger, pg_temp as $$
    insert into account (code, currency, normal_side, floor, shards)
    select code, currency, side, floor, shards
    from unnest(p_codes, p_currencies, p_sides, p_floors, p_shards)
        as wanted(code, currency, side, floor, shards)
    order by code, currency
    on conflict (code, currency) do nothing
$$;

-- Null says that an account is not open yet, and that nothing was written.
create function ledger.post(
    p_id uuid, p_key text, p_hash bytea, p_reason text, p_cause text,
    p_occurred_at timestamptz, p_resolves text,
    p_debits text[], p_credits text[], p_currencies bpchar[], p_amounts bigint[]
) returns uuid language plpgsql security definer
set search_path = ledger, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
    earlier record;
    resolved uuid;
    debits bigint[];
    credits bigint[];
    guarded boolean;
begin
    select id, request_hash into earlier from journal_entry where idempotency_key = p_key;
    if not found then
        select array_agg(d.id order by n), array_agg(c.id order by n),
            bool_or(d.floor is not null or c.floor is not null)
        into debits, credits, guarded
        from unnest(p_debits, p_credits, p_currencies) with ordinality
            as m(debit, credit, currency, n)
        left join account d on d.code = m.debit and d.currency = m.currency
        left join account c on c.code = m.credit and c.currency = m.currency;
        if array_position(debits || credits, null) is not null then
            return null;
        end if;

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
            select p_id, n, debit, credit, currency, amount
            from unnest(debits, credits, p_currencies, p_amounts) with ordinality
                as m(debit, credit, currency, amount, n);
            return p_id;
        end if;
        select id, request_hash into earlier from journal_entry where idempotency_key = p_key;
    end if;
    if earlier.request_hash <> p_hash then
        raise exception 'this fact was posted before, and differently' using errcode = 'LG001';
    end if;
    return earlier.id;
end $$;
"""

# Entries in order, each with `parts` postings, of which all are given one after the other.
_POST_MANY = """
create function ledger.post_many(
    p_ids uuid[], p_keys text[], p_hashes bytea[], p_reasons text[], p_causes text[],
    p_occurred_at timestamptz[], p_resolves text[], p_parts smallint[],
    p_entries int[], p_sequences smallint[],
    p_debits text[], p_credits text[], p_currencies bpchar[], p_amounts bigint[]
) returns uuid[] language plpgsql security definer
set search_path = ledger, pg_temp as $$
declare
    debits bigint[];
    credits bigint[];
    posted uuid[];
begin
    select array_agg(d.id order by n), array_agg(c.id order by n) into debits, credits
    from unnest(p_debits, p_credits, p_currencies) with ordinality
        as m(debit, credit, currency, n)
    left join account d on d.code = m.debit and d.currency = m.currency
    left join account c on c.code = m.credit and c.currency = m.currency;
    if array_position(debits || credits, null) is not null then
        return null;
    end if;

    perform from balance
    where account_id in (select unnest(debits || credits)) and floor is not null
    order by account_id, shard
    for update;

    insert into journal_entry (
        id, idempotency_key, request_hash, reason, cause, postings, resolves,
        occurred_at, recorded_at
    )
    select wanted.id, wanted.key, wanted.hash, wanted.reason, wanted.cause, wanted.parts,
        coalesce(stored.id, beside.id), wanted.occurred_at, clock_timestamp()
    from unnest(
        p_ids, p_keys, p_hashes, p_reasons, p_causes, p_occurred_at, p_resolves, p_parts
    ) with ordinality
        as wanted(id, key, hash, reason, cause, occurred_at, resolves, parts, n)
    left join journal_entry stored on stored.idempotency_key = wanted.resolves
    left join unnest(p_ids, p_keys) with ordinality as beside(id, key, n)
        on beside.key = wanted.resolves and beside.n < wanted.n
    order by wanted.n
    on conflict (idempotency_key) do nothing;

    insert into posting (
        entry_id, sequence, debit_account_id, credit_account_id, currency, amount
    )
    select entry.id, m.sequence, m.debit, m.credit, m.currency, m.amount
    from unnest(p_entries, p_sequences, debits, credits, p_currencies, p_amounts)
        as m(entry, sequence, debit, credit, currency, amount)
    join journal_entry entry on entry.id = p_ids[m.entry];

    if exists (
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

    if exists (
        select from unnest(p_keys, p_hashes) as wanted(key, hash)
        join journal_entry entry on entry.idempotency_key = wanted.key
        where entry.request_hash <> wanted.hash
    ) then
        raise exception 'this fact was posted before, and differently' using errcode = 'LG001';
    end if;

    select array_agg(entry.id order by n) into posted
    from unnest(p_keys) with ordinality as wanted(key, n)
    join journal_entry entry on entry.idempotency_key = wanted.key;
    return posted;
end $$;

revoke all on function ledger.open_accounts, ledger.post_many from public;
revoke all on function ledger.post(
    uuid, text, bytea, text, text, timestamptz, text, text[], text[], bpchar[], bigint[]
) from public;

do $$
begin
    if exists (select from pg_roles where rolname = 'scripted_application') then
        grant execute on function ledger.open_accounts, ledger.post_many
            to scripted_application;
        grant execute on function ledger.post(
            uuid, text, bytea, text, text, timestamptz, text, text[], text[], bpchar[], bigint[]
        ) to scripted_application;
    end if;
end $$;
"""

# Notices wait for one lock of the whole server, which a transaction keeps until it is on the
# disk. So transactions that notify commit one after the other; the outbox notifies afterwards.
_OUTBOX = """
create function store_events(p_events jsonb, p_at timestamptz) returns void language plpgsql
set plan_cache_mode = force_generic_plan as $$
begin
    insert into event (
        id, type, schema_version, consultation_id, payload, occurred_at, recorded_at
    )
    select e.id, e.type, e.schema_version, e.consultation_id, e.payload, e.occurred_at, p_at
    from rows from (
        jsonb_to_recordset(p_events) as (
            id uuid, type text, schema_version int, consultation_id uuid, payload jsonb,
            occurred_at timestamptz
        )
    ) with ordinality
        as e(id, type, schema_version, consultation_id, payload, occurred_at, n)
    order by n;

    insert into reaction (event_id, name, status, created_at)
    select e.id, r.name, 'pending', p_at
    from jsonb_to_recordset(p_events) as e(id uuid, reactions jsonb),
        jsonb_array_elements_text(e.reactions) as r(name);
    if not found then
        return;
    end if;

    perform set_config('scripted.announced_later', 'on', true);
    perform procrastinate_defer_jobs_v1(array_agg(row(
        'reactions', 'react', 0, null, null,
        jsonb_build_object('event_id', e.id, 'name', r.name), null
    )::procrastinate_job_to_defer_v1 order by e.n, r.n))
    from rows from (jsonb_to_recordset(p_events) as (id uuid, reactions jsonb))
            with ordinality as e(id, reactions, n),
        jsonb_array_elements_text(e.reactions) with ordinality as r(name, n);
    perform set_config('scripted.announced_later', '', true);
end $$;

drop trigger procrastinate_jobs_notify_queue_job_inserted_v1 on procrastinate_jobs;
create trigger procrastinate_jobs_notify_queue_job_inserted_v1
    after insert on procrastinate_jobs for each row
    when (
        new.status = 'todo'::procrastinate_job_status
        and current_setting('scripted.announced_later', true) is distinct from 'on'
    )
    execute procedure procrastinate_notify_queue_job_inserted_v1();
"""


def upgrade() -> None:
    for part in (_MOVE_BALANCES, _POST, _POST_MANY, _OUTBOX):
        op.get_bind().connection.cursor().execute(part)


def downgrade() -> None:
    op.get_bind().connection.cursor().execute(
        """
        drop function store_events, ledger.open_accounts, ledger.post_many;
        drop function ledger.post(
            uuid, text, bytea, text, text, timestamptz, text, text[], text[], bpchar[], bigint[]
        );
        drop trigger move_balances on ledger.posting;
        drop function ledger.move_balances;
        create trigger keep_balances after insert on ledger.posting
            referencing new table as written
            for each statement execute function ledger.keep_balances();
        drop trigger refuse_own_balance on ledger.balance;
        create trigger refuse_own_balance before insert or update on ledger.balance
            for each statement execute function ledger.refuse_own_balance();
        drop trigger procrastinate_jobs_notify_queue_job_inserted_v1 on procrastinate_jobs;
        create trigger procrastinate_jobs_notify_queue_job_inserted_v1
            after insert on procrastinate_jobs for each row
            when (new.status = 'todo'::procrastinate_job_status)
            execute procedure procrastinate_notify_queue_job_inserted_v1();
        """
    )
