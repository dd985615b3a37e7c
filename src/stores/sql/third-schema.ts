import type { ColumnTypes } from './column-types.ts'

/** Migration 3: single sign-on. */
export function thirdSchema({ integer, identity, tableEnd }: ColumnTypes): readonly string[] {
  return [
    `create table email_domains (
      domain text not null,
      organization_id text not null references organizations (id) on delete cascade,
      verified_at ${integer},
      verified_by text,
      token text not null,
      added_at ${integer} not null,
      primary key (domain, organization_id)
    ) ${tableEnd}`,
    // Many may claim a domain, one has shown that it is theirs: the domain of an address decides whose provider may speak of it.
    'create unique index email_domains_verified on email_domains (domain) where verified_at is not null',
    'create index email_domains_organization on email_domains (organization_id)',
    `create table sso_providers (
      organization_id text primary key references organizations (id) on delete cascade,
      metadata text not null,
      staged text,
      source text not null,
      settings text not null,
      created_at ${integer} not null,
      version ${integer} not null
    ) ${tableEnd}`,
    // What administrators were told once: goes with the provider it speaks of.
    `create table sso_warnings (
      organization_id text not null references sso_providers (organization_id) on delete cascade,
      warning text not null,
      at ${integer} not null,
      primary key (organization_id, warning)
    ) ${tableEnd}`,
    `create table sso_keys (
      id text primary key,
      state text not null check (state in ('next', 'current', 'previous', 'retired')),
      certificate text not null,
      sealed_private_key text not null,
      created_at ${integer} not null,
      ends_at ${integer} not null
    ) ${tableEnd}`,
    `create unique index sso_keys_state on sso_keys (state) where state <> 'retired'`,
    `create table sso_messages (
      id ${identity},
      organization_id text not null references organizations (id) on delete cascade,
      at ${integer} not null,
      shelf text not null,
      purpose text not null,
      outcome text not null,
      detail text not null,
      subject text,
      issuer text,
      offset_ms ${integer},
      receipt text not null,
      times ${integer} not null,
      since ${integer} not null
    ) ${tableEnd}`,
    'create index sso_messages_organization on sso_messages (organization_id, shelf, id)',
    // What a provider calls the person of a session: its logout request names that, and no account.
    'alter table sessions add column subject_hash text',
    'create index sessions_subject on sessions (subject_hash) where subject_hash is not null',
  ]
}
