"""
An audit entry is chained by a function that keeps its plans, whatever connection calls it.
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# What is hashed is what is stored: the text of an entry, but for its number in the chain.
_APPEND = """
create function append_audit(p_chains smallint[], p_before text[], p_after text[])
returns void language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
    head record;
    said text;
    hashed bytea;
begin
    for place in 1..cardinality(p_chains) loop
        select sequence + 1 as sequence, hash into head
        from audit_chain where chain = p_chains[place] for update;
        if not found then
            raise exception 'the head of an audit chain is missing' using errcode = 'AU001';
        end if;
        said := p_before[place] || head.sequence || p_after[place];
        hashed := sha256(head.hash || convert_to(said, 'UTF8'));
        insert into audit_entry (
            chain, sequence, id, recorded_at, actor_kind, actor_id, actor_label, actor_roles,
            action, subject, patient_id, reason, details, previous_hash, hash
        )
        select e.chain, e.sequence, e.id, e.recorded_at, e.actor_kind, e.actor_id, e.actor_label,
            e.actor_roles, e.action, e.subject, e.patient_id, e.reason, e.details, head.hash, hashed
        from jsonb_to_record(said::jsonb) as e(
            chain smallint, sequence bigint, id uuid, recorded_at timestamptz, actor_kind text,
            actor_id uuid, actor_label text, actor_roles text[], action text, subject text,
            patient_id uuid, reason text, details jsonb
        );
        update audit_chain set sequence = head.sequence, hash = hashed
        where chain = p_chains[place];
    end loop;
end $$;
"""


def upgrade() -> None:
    op.execute(_APPEND)


def downgrade() -> None:
    op.execute("drop function append_audit")
