import type { Journal } from '../journal/journal.ts'
import type { AuditStore } from '../journal/receipt.ts'
import { budgetKey } from '../lib/address.ts'
import type { Clock } from '../lib/clock.ts'
import { hashToken } from '../lib/secret.ts'
import type { Regulation, SignInTry } from '../limits/regulation.ts'
import type { OutboxStore } from '../notices/outbox-store.ts'
import type { Account } from '../people/account.ts'
import type { KnownDevices } from '../people/known-devices.ts'
import { aboutAccount, auditOf } from '../people/origin.ts'
import type { PasskeyCheck, Passkeys } from '../people/passkeys.ts'
import { passkeyCopied } from '../people/passkeys-notices.ts'
import type { AccountId, Proof } from '../policy/facts.ts'
import type { PortalConfig } from './config.ts'
import { ceremonyOf } from './passkey-ceremony.ts'
import type { PasswordBans } from './regulated.ts'
import { agentOf, originOf, type Visit } from './visit.ts'

/** Passkeys are tried through here alone, by people who are not signed in and by those who are. */
export interface PasskeyGuard {
  /** Signing in. The try is spent before it is looked at; a closed budget reads as a passkey that nobody has. */
  signIn(visit: Visit, answer: string): Promise<ProvedPasskey | null>
  /** What an answer for one account is worth. A copied passkey is written down, and its owner is told; to whoever brings it, it is wrong. */
  judge(visit: Visit, checking: Promise<PasskeyCheck>): Promise<ProvedPasskey | null>
}

export interface ProvedPasskey {
  readonly account: Account
  readonly proof: Proof
}

export interface PasskeyGuardNeeds {
  readonly config: Pick<PortalConfig, 'passkeySignIn'>
  readonly passkeys: Pick<Passkeys, 'prove' | 'ownerOf'>
  readonly regulation: Regulation
  readonly bans: PasswordBans
  readonly knownDevices: KnownDevices
  readonly audit: Pick<AuditStore, 'append'>
  readonly outbox: Pick<OutboxStore, 'add'>
  readonly journal: Journal
  readonly clock: Clock
}

export function createPasskeyGuard(needs: PasskeyGuardNeeds): PasskeyGuard {
  return {
    judge: (visit, checking) => judge(needs, visit, checking),
    async signIn(visit, answer) {
      const ceremony = needs.config.passkeySignIn ? ceremonyOf(visit, 'sign_in') : null
      const attempt = await tryOf(needs, visit, answer)
      const { kind } = await needs.regulation.ask(attempt)
      if (ceremony === null || kind === 'closed') {
        needs.journal.signedIn(kind === 'closed' ? 'regulated' : 'wrong', { receipt: visit.receipt, ...nobodys })
        return null
      }
      const proved = await judge(needs, visit, needs.passkeys.prove(answer, ceremony, null))
      if (proved === null || isShutOut(needs, attempt, proved.account)) return null
      await needs.regulation.succeeded(attempt)
      return proved
    },
  }
}

const nobodys = { accountId: null, organizationId: null }

/** Counted by the passkey that is named, which nobody knows who does not hold it; so an address is charged once for each. */
async function tryOf({ passkeys, knownDevices }: PasskeyGuardNeeds, visit: Visit, answer: string): Promise<SignInTry> {
  const { credentialId, account } = await passkeys.ownerOf(answer)
  const deviceId = visit.cookies.device === undefined ? null : knownDevices.idOf(visit.cookies.device)
  const device = deviceId === null ? null : await knownDevices.now(account?.id ?? nobody, deviceId, agentOf(visit.head))
  return {
    address: budgetKey(visit.head.client.address),
    name: `passkey ${hashToken(credentialId ?? '')}`,
    deviceLane: account !== null && device?.known === true ? 'known-device' : 'unknown',
  }
}

// No account has this id; the cast is made because only stores make real ones.
const nobody = 'nobody' as AccountId

/** As for a password: operators shut out addresses and names, and never a device that the account knows. */
function isShutOut({ bans }: PasskeyGuardNeeds, { address, deviceLane }: SignInTry, { emailKey }: Account): boolean {
  return bans.isBanned({ address, name: emailKey, deviceLane })
}

async function judge(
  needs: PasskeyGuardNeeds,
  visit: Visit,
  checking: Promise<PasskeyCheck>,
): Promise<ProvedPasskey | null> {
  const checked = await checking
  switch (checked.kind) {
    case 'proved':
      return checked
    case 'copied':
      await tellOwner(needs, visit, checked)
      return null
    case 'wrong':
      tell(needs, visit, checked.account)
      return null
    default:
      return checked satisfies never
  }
}

/** Not waited for: a durable row for known passkeys alone would tell by its time that this one is known. */
function tell({ audit, journal, clock }: PasskeyGuardNeeds, visit: Visit, account: Account | null): void {
  const subject = account === null ? nobodys : aboutAccount(account)
  journal.signedIn('wrong', { receipt: visit.receipt, ...subject })
  if (account === null) return
  const row = auditOf('sign_in_refused', subject, originOf(visit, null), clock.now(), {
    why: 'wrong',
    asked: 'passkey',
  })
  audit.append(row).catch((cause: unknown) => journal.trouble('audit of a refused passkey', cause))
}

async function tellOwner(
  { audit, outbox, journal, clock }: PasskeyGuardNeeds,
  visit: Visit,
  { account, factor }: Extract<PasskeyCheck, { kind: 'copied' }>,
): Promise<void> {
  const by = originOf(visit, null)
  const now = clock.now()
  journal.signedIn('wrong', { receipt: visit.receipt, ...aboutAccount(account) })
  const facts = { why: 'copied', asked: 'passkey', factor: factor.id }
  await audit.append(auditOf('sign_in_refused', aboutAccount(account), by, now, facts))
  for (const notice of passkeyCopied(account, by, now, factor)) await outbox.add(notice, now)
}
