import { campaignTables } from './campaign-schema.ts'
import type { ColumnTypes } from './column-types.ts'

/** Migration 2: what protects an account before, at and after a sign-in. */
export function secondSchema(types: ColumnTypes): readonly string[] {
  return [...columns(types), ...factors(types), ...links(types), ...defence(types), ...campaignTables(types)]
}

function columns({ integer }: ColumnTypes): readonly string[] {
  return [
    `alter table accounts add column held_at ${integer}`,
    'alter table accounts add column held_cause text',
    `alter table accounts add column leak_checked_at ${integer}`,
    `alter table accounts add column leak_count ${integer}`,
    `alter table factors add column spare ${integer} not null default 0 check (spare in (0, 1))`,
    'alter table factors add column credential_id text',
    'create unique index factors_credential on factors (credential_id) where credential_id is not null',
    `alter table devices add column reported_at ${integer}`,
    `alter table reset_tickets add column asked_from text not null default 'house' check (asked_from in ('home', 'elsewhere', 'house'))`,
    `alter table outbox add column channel text not null default 'mail' check (channel in ('mail', 'sms'))`,
    'create index audit_event on audit (event, at)',
    'create index outbox_to on outbox (to_address, id)',
    // A million tries at one account must not stand between its page and its own sign-ins.
    'create index audit_account_event on audit (account_id, event, at) where account_id is not null',
  ]
}

function factors({ integer, tableEnd }: ColumnTypes): readonly string[] {
  return [
    `create table backup_codes (
      factor_id text not null references factors (id) on delete cascade,
      account_id text not null references accounts (id) on delete cascade,
      hash text not null,
      primary key (factor_id, hash)
    ) ${tableEnd}`,
    'create index backup_codes_account on backup_codes (account_id)',
    `create table one_time_codes (
      subject text not null,
      purpose text not null,
      account_id text references accounts (id) on delete cascade,
      hash text not null,
      expires_at ${integer} not null,
      tries ${integer} not null,
      detail text,
      primary key (subject, purpose)
    ) ${tableEnd}`,
    'create index one_time_codes_account on one_time_codes (account_id)',
    'create index one_time_codes_end on one_time_codes (expires_at)',
    `create table spent (key text primary key, until ${integer} not null) ${tableEnd}`,
    'create index spent_until on spent (until)',
  ]
}

function links({ integer, identity, tableEnd }: ColumnTypes): readonly string[] {
  return [
    `create table session_changes (
      id ${identity},
      account_id text not null references accounts (id) on delete cascade,
      session_id text not null,
      at ${integer} not null,
      change text not null
    ) ${tableEnd}`,
    'create index session_changes_session on session_changes (session_id, id)',
    'create index session_changes_at on session_changes (at)',
    'create index session_changes_account on session_changes (account_id)',
    `create table report_links (
      token_hash text primary key,
      purpose text not null check (purpose in ('not_me', 'email_undo')),
      account_id text not null references accounts (id) on delete cascade,
      session_id text,
      device_id text,
      issued_at ${integer} not null,
      expires_at ${integer} not null,
      used_at ${integer}
    ) ${tableEnd}`,
    'create index report_links_account on report_links (account_id)',
    'create index report_links_end on report_links (expires_at)',
    `create table hand_overs (
      account_id text primary key references accounts (id) on delete cascade,
      code_hash text not null,
      issued_by_kind text not null,
      issued_by_id text not null,
      reason text not null,
      issued_at ${integer} not null,
      expires_at ${integer} not null,
      tries ${integer} not null
    ) ${tableEnd}`,
    'create index hand_overs_end on hand_overs (expires_at)',
  ]
}

function defence({ integer, tableEnd }: ColumnTypes): readonly string[] {
  return [
    `create table decoys (
      token_hash text primary key,
      id text not null,
      email text not null,
      device_id text not null,
      started_at ${integer} not null,
      expires_at ${integer} not null,
      tries ${integer} not null
    ) ${tableEnd}`,
    'create unique index decoys_id on decoys (id)',
    'create index decoys_end on decoys (expires_at)',
    `create table bans (
      id text primary key,
      kind text not null check (kind in ('address', 'account')),
      value text not null,
      reason text not null,
      created_at ${integer} not null,
      created_by text not null,
      until ${integer},
      all_devices ${integer} not null check (all_devices in (0, 1))
    ) ${tableEnd}`,
    'create unique index bans_value on bans (kind, value)',
    `create table threats (
      id text primary key,
      kind text not null,
      level text not null,
      raised_at ${integer} not null,
      lowered_at ${integer},
      evidence text not null,
      undone_at ${integer},
      undone_by text
    ) ${tableEnd}`,
    'create index threats_raised on threats (raised_at)',
  ]
}
