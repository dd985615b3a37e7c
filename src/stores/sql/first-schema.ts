import type { ColumnTypes } from './column-types.ts'

/** Migration 1. Rows that hang on an account or a session go with it; the audit trail outlives everything it speaks of. */
export function firstSchema(types: ColumnTypes): readonly string[] {
  return [
    ...accounts(types),
    ...belongings(types),
    ...sessions(types),
    ...signIns(types),
    ...journal(types),
    ...rest(types),
  ]
}

function accounts({ integer, tableEnd }: ColumnTypes): readonly string[] {
  return [
    `create table organizations (
      id text primary key,
      slug text not null unique,
      name text not null,
      managed_by text not null check (managed_by in ('policies', 'store')),
      rules text not null,
      created_at ${integer} not null
    ) ${tableEnd}`,
    `create table accounts (
      id text primary key,
      email text not null,
      email_key text not null,
      former_email text,
      former_email_until ${integer},
      name text not null,
      language text not null,
      organization_id text references organizations (id),
      roles text not null,
      state text not null check (state in ('invited', 'open', 'suspended', 'deleted')),
      password_hash text,
      password_changed_at ${integer},
      reset_reason text,
      reset_at ${integer},
      reset_by text,
      reset_since ${integer},
      exemption_reason text,
      exemption_until ${integer},
      created_at ${integer} not null,
      last_sign_in_at ${integer},
      check ((password_hash is null) = (password_changed_at is null)),
      check ((reset_at is null) = (reset_reason is null) and (reset_at is null) = (reset_by is null))
    ) ${tableEnd}`,
    // A deleted account gives its address free.
    `create unique index accounts_email_key on accounts (email_key) where state <> 'deleted'`,
    'create index accounts_organization on accounts (organization_id, id)',
  ]
}

function belongings({ integer, tableEnd }: ColumnTypes): readonly string[] {
  return [
    `create table former_passwords (
      account_id text not null references accounts (id) on delete cascade,
      place ${integer} not null,
      hash text not null,
      primary key (account_id, place)
    ) ${tableEnd}`,
    `create table factors (
      id text primary key,
      account_id text not null references accounts (id) on delete cascade,
      kind text not null check (kind in ('totp', 'sms_code', 'passkey', 'backup_code')),
      label text not null,
      added_at ${integer} not null,
      sealed_secret text not null,
      last_step ${integer} not null,
      set_aside_at ${integer}
    ) ${tableEnd}`,
    'create index factors_account on factors (account_id, added_at, id)',
    `create table devices (
      account_id text not null references accounts (id) on delete cascade,
      device_id text not null,
      label text not null,
      mobile ${integer} not null check (mobile in (0, 1)),
      approved_at ${integer},
      first_seen_at ${integer} not null,
      last_seen_at ${integer} not null,
      address text not null,
      primary key (account_id, device_id)
    ) ${tableEnd}`,
  ]
}

function sessions({ integer, tableEnd }: ColumnTypes): readonly string[] {
  return [
    `create table sessions (
      id text primary key,
      token_hash text not null unique,
      root_id text not null references sessions (id) on delete cascade,
      account_id text not null references accounts (id) on delete cascade,
      organization_id text,
      host text not null,
      proofs text not null,
      opened_at ${integer} not null,
      seen_at ${integer} not null,
      idle_ms ${integer} not null,
      absolute_ends_at ${integer} not null,
      device_id text not null,
      address text not null,
      agent text not null,
      break_glass ${integer} not null check (break_glass in (0, 1))
    ) ${tableEnd}`,
    'create index sessions_account on sessions (account_id, opened_at)',
    'create index sessions_root on sessions (root_id)',
    `create table join_codes (
      code_hash text primary key,
      root_id text not null references sessions (id) on delete cascade,
      host text not null,
      binding_hash text not null,
      expires_at ${integer} not null
    ) ${tableEnd}`,
    'create index join_codes_root on join_codes (root_id)',
  ]
}

function signIns({ integer, tableEnd }: ColumnTypes): readonly string[] {
  return [
    `create table attempts (
      id text primary key,
      token_hash text not null unique,
      account_id text not null references accounts (id) on delete cascade,
      proofs text not null,
      risk text not null,
      device_id text not null,
      started_at ${integer} not null,
      expires_at ${integer} not null,
      wrong_codes ${integer} not null,
      sealed_enrolment text,
      email_code_hash text,
      email_code_expires_at ${integer}
    ) ${tableEnd}`,
    'create index attempts_account on attempts (account_id)',
    `create table reset_tickets (
      token_hash text primary key,
      account_id text not null references accounts (id) on delete cascade,
      purpose text not null check (purpose in ('reset', 'invitation')),
      issued_at ${integer} not null,
      expires_at ${integer} not null
    ) ${tableEnd}`,
    'create index reset_tickets_account on reset_tickets (account_id)',
  ]
}

function journal({ integer, tableEnd }: ColumnTypes): readonly string[] {
  return [
    `create table audit (
      number ${integer} primary key,
      event text not null,
      at ${integer} not null,
      actor_kind text not null,
      actor_id text not null,
      account_id text,
      organization_id text,
      address text,
      receipt text,
      facts text not null,
      link text not null
    ) ${tableEnd}`,
    'create index audit_at on audit (at)',
    'create index audit_account on audit (account_id, number)',
    'create index audit_organization on audit (organization_id, number)',
    `create table audit_head (
      id ${integer} primary key check (id = 1),
      number ${integer} not null,
      link text not null,
      seal text not null
    ) ${tableEnd}`,
    `insert into audit_head (id, number, link, seal) values (1, 0, '', '')`,
    `create table refusals (
      receipt text primary key,
      at ${integer} not null,
      entrance text not null,
      method text not null,
      host text not null,
      path text not null,
      address text not null,
      verdict text not null,
      gate text,
      rule text,
      policy_version text not null,
      account_id text,
      organization_id text,
      walk text not null,
      fault text
    ) ${tableEnd}`,
    'create index refusals_at on refusals (at)',
  ]
}

function rest({ integer, identity, tableEnd }: ColumnTypes): readonly string[] {
  return [
    `create table outbox (
      id ${identity},
      kind text not null,
      to_address text not null,
      language text not null,
      facts text not null,
      only_once_key text,
      state text not null check (state in ('queued', 'claimed', 'handed_over', 'sent', 'failed', 'ambiguous')),
      tries ${integer} not null,
      created_at ${integer} not null,
      next_at ${integer} not null,
      worker text,
      lease_until ${integer},
      last_answer text,
      finished_at ${integer}
    ) ${tableEnd}`,
    'create index outbox_state on outbox (state, next_at)',
    'create index outbox_finished on outbox (finished_at)',
    `create table notice_keys (key text primary key, at ${integer} not null) ${tableEnd}`,
    `create table changes (
      number ${integer} primary key,
      kind text not null,
      id text not null,
      at ${integer} not null
    ) ${tableEnd}`,
    'create index changes_at on changes (at)',
    `create table counters (name text primary key, value ${integer} not null) ${tableEnd}`,
    `insert into counters (name, value) values ('changes', 0)`,
    `create table signing_keys (
      kid text primary key,
      algorithm text not null check (algorithm in ('ES256', 'EdDSA')),
      state text not null check (state in ('next', 'current', 'previous', 'retired')),
      public_jwk text not null,
      sealed_private_jwk text not null,
      created_at ${integer} not null
    ) ${tableEnd}`,
    `create unique index signing_keys_state on signing_keys (state) where state <> 'retired'`,
  ]
}
