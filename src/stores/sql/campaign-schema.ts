import type { ColumnTypes } from './column-types.ts'

/** Reset campaigns: what was chosen, the ledger with one row per person, and what became of each mail after the outbox has forgotten it. */
export function campaignTables(types: ColumnTypes): readonly string[] {
  return [...plans(types), ...ledgers(types)]
}

function plans({ integer, tableEnd }: ColumnTypes): readonly string[] {
  return [
    // Thousands of campaign mails must not stand in front of a code that somebody waits for.
    `alter table outbox add column bulk ${integer} not null default 0 check (bulk in (0, 1))`,
    'create index outbox_turn on outbox (state, bulk, next_at)',
    `create table campaigns (
      id text primary key,
      state text not null check (state in ('drafting', 'planned', 'running', 'paused', 'aborted', 'finished')),
      selection text not null,
      digest text not null,
      counts text not null,
      planned_at ${integer} not null,
      planned_by text not null,
      started_at ${integer},
      started_by text,
      approved_by text,
      reason text,
      since ${integer},
      ended_at ${integer},
      task text check (task in ('flag', 'remind', 'withdraw')),
      position ${integer} not null default 0,
      include_ambiguous ${integer} not null default 0 check (include_ambiguous in (0, 1)),
      flagged ${integer} not null default 0,
      already ${integer} not null default 0,
      skipped ${integer} not null default 0,
      reminded ${integer} not null default 0,
      withdrawn ${integer} not null default 0,
      sessions_ended ${integer} not null default 0,
      sockets_cut ${integer} not null default 0,
      busy_ms ${integer} not null default 0,
      worker text,
      lease_until ${integer}
    ) ${tableEnd}`,
    'create index campaigns_task on campaigns (task) where task is not null',
  ]
}

function ledgers({ integer, tableEnd }: ColumnTypes): readonly string[] {
  return [
    // No reference to accounts: a ledger is evidence and outlives them.
    `create table campaign_people (
      campaign_id text not null references campaigns (id) on delete cascade,
      place ${integer} not null,
      account_id text not null,
      state text not null check (state in ('chosen', 'flagged', 'already', 'skipped', 'excluded')),
      why text,
      by_campaign text,
      at ${integer},
      sessions_ended ${integer} not null default 0,
      sockets_cut ${integer} not null default 0,
      reset_at ${integer},
      withdrawn_at ${integer},
      primary key (campaign_id, place)
    ) ${tableEnd}`,
    'create unique index campaign_people_once on campaign_people (campaign_id, account_id)',
    'create index campaign_people_account on campaign_people (account_id)',
    'create index campaign_people_reset on campaign_people (campaign_id) where reset_at is not null',
    `create table campaign_mails (
      outbox_id ${integer} primary key,
      campaign_id text not null references campaigns (id) on delete cascade,
      account_id text not null,
      kind text not null check (kind in ('first', 'reminder')),
      to_address text not null,
      queued_at ${integer} not null,
      state text not null check (state in ('queued', 'sent', 'failed', 'ambiguous', 'withdrawn')),
      answer text,
      at ${integer}
    ) ${tableEnd}`,
    'create index campaign_mails_state on campaign_mails (campaign_id, kind, state)',
    'create index campaign_mails_account on campaign_mails (account_id, queued_at)',
  ]
}
