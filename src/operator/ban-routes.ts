import type { PageApp } from '../http/page-env.ts'
import { type Address, budgetKey } from '../lib/address.ts'
import { Fault } from '../lib/fault.ts'
import { isoInstant } from '../lib/instant.ts'
import type { Ban } from '../limits/ban-store.ts'
import { banNetwork } from '../limits/bans.ts'
import type { Block } from '../limits/blocks.ts'
import { parseEmail } from '../people/email.ts'
import { auditOf, type Origin } from '../people/origin.ts'
import type { AccountId } from '../policy/facts.ts'
import { type Input, invalid, operatorOrigin, readInput } from './input.ts'
import type { OperatorRooms } from './rooms.ts'

/** Who is shut out: by operators (bans), and by spent budgets (blocks), which lift themselves with time. */
export function addBanRoutes(app: PageApp, rooms: OperatorRooms): void {
  app.get('/api/bans', async context => {
    const bans = (await rooms.bans.list()).map(describeBan)
    return context.json({ bans, blocks: await listBlocks(rooms) })
  })
  app.post('/api/bans', async context => {
    const input = await readInput(context)
    const target = targetOf(input)
    const reason = reasonOf(input)
    const until = input.optionalTime('until')
    const devices = input.optionalText('devices')
    if (devices !== null && devices !== 'all') throw invalid('devices can only be all')
    const allDevices = devices === 'all'
    input.finish()
    const at = rooms.clock.now()
    if (until !== null && until <= at) throw invalid('until must lie in the future')
    if ((await rooms.bans.list()).length >= bansMax)
      throw new Fault('conflict', { detail: `there are ${bansMax} bans` })
    const by = operatorOrigin(context)
    const id = `b-${rooms.random.token(6)}`
    const { kind, value } = target
    const ban: Ban = { id, kind, value, reason, createdAt: at, createdBy: nameOf(by), until, allDevices }
    const facts = { kind, value, reason, until, allDevices }
    const kept = await rooms.bans.add(ban, auditOf('ban_added', nobody, by, at, facts))
    return context.json({ outcome: 'added', ...describeBan({ ...ban, id: kept }) }, 201)
  })
  app.post('/api/bans/remove', async context => {
    const input = await readInput(context)
    const id = input.optionalText('id')
    const reason = reasonOf(input)
    const target = id === null ? targetOf(input) : null
    input.finish()
    const by = operatorOrigin(context)
    const ban = (await rooms.bans.list()).find(each => each.id === id || isSame(each, target))
    const removed = ban !== undefined && (await remove(rooms, ban, reason, by))
    const released = target !== null && (await release(rooms, target, reason, by))
    if (!removed && !released) throw new Fault('not_found', { detail: 'nothing stands against it' })
    return context.json({ ban: removed ? ban.id : null, released })
  })
}

/** Compiled for look-up each time they change; nobody keeps more by hand. */
const bansMax = 10_000
const blocksMax = 1_000
const reasonLengthMax = 500
const nobody = { accountId: null, organizationId: null }

type Target = Pick<Ban, 'kind' | 'value'>

function targetOf(input: Input): Target {
  const address = input.optionalText('address')
  const account = input.optionalText('account')
  if ((address === null) === (account === null)) throw invalid('one of address and account is needed')
  if (address !== null) {
    const network = banNetwork(address)
    if (network === null) throw invalid(`${address} is not an address or network, such as 203.0.113.0/24`)
    // Written in one way, so that two spellings of one network are one ban.
    const { address: first, prefix } = network
    return { kind: 'address', value: prefix === bitsOf(first) ? first.text : `${first.text}/${prefix}` }
  }
  const email = parseEmail(account)
  if (email === null) throw invalid(`${account} is not an e-mail address`)
  return { kind: 'account', value: email.key }
}

function bitsOf({ family }: Address): number {
  return family === 4 ? 32 : 128
}

function reasonOf(input: Input): string {
  return input.text('reason').trim().slice(0, reasonLengthMax)
}

function isSame(ban: Ban, target: Target | null): boolean {
  return target !== null && ban.kind === target.kind && ban.value === target.value
}

function remove(rooms: OperatorRooms, ban: Ban, reason: string, by: Origin): Promise<boolean> {
  const facts = { ban: ban.id, kind: ban.kind, value: ban.value, reason }
  return rooms.bans.remove(ban.id, auditOf('ban_removed', nobody, by, rooms.clock.now(), facts))
}

/** Lifts what the budgets of sign-ins and codes hold against an account, or a single address. */
async function release(
  { running, accounts, audit, clock }: OperatorRooms,
  { kind, value }: Target,
  reason: string,
  by: Origin,
): Promise<boolean> {
  const subject = kind === 'account' ? { name: value } : subjectOf(value)
  if (running === null || subject === null) return false
  const account = kind === 'account' ? await accountOf(accounts, value) : null
  const counted = await running.guards().regulation.explain(subject)
  await running.guards().regulation.release(subject)
  if (account !== null) await running.guards().codeBudgets.releaseAll(account.id)
  const about = account === null ? nobody : { accountId: account.id, organizationId: account.organizationId }
  const facts = { kind, value, reason, budgets: counted.map(({ budget, count }) => `${budget} ${count}`).join(', ') }
  await audit.append(auditOf('regulation_released', about, by, clock.now(), facts))
  return true
}

/** Null for a network: budgets are counted by address (IPv6: by /64). */
function subjectOf(value: string): { readonly address: string } | null {
  const network = banNetwork(value)
  if (network === null || network.prefix !== (network.address.family === 4 ? 32 : 64)) return null
  return { address: budgetKey(network.address) }
}

async function accountOf(accounts: OperatorRooms['accounts'], key: string) {
  const parsed = parseEmail(key)
  return parsed === null ? null : await accounts.findByEmail(parsed.key)
}

function nameOf({ actor }: Origin): string {
  return `${actor.kind} ${actor.id}`
}

function describeBan({ createdAt, until, allDevices, ...ban }: Ban) {
  const devices = ban.kind === 'address' || allDevices ? 'all' : 'unknown'
  return { ...ban, devices, since: isoInstant(createdAt), until: until === null ? null : isoInstant(until) }
}

async function listBlocks({ running, accounts }: OperatorRooms) {
  if (running === null) return []
  const blocks = [
    ...(await running.guards().regulation.blocks(blocksMax)),
    ...(await running.guards().codeBudgets.blocks(blocksMax)),
  ].slice(0, blocksMax)
  const described = []
  for (const block of blocks) described.push({ ...describeBlock(block), key: await keyOf(accounts, block) })
  return described
}

function describeBlock({ budget, count, sinceMs, untilMs }: Block) {
  const since = sinceMs === null ? null : isoInstant(sinceMs)
  return { budget, count, since, until: Number.isFinite(untilMs) ? isoInstant(untilMs) : null }
}

/** Codes are counted by the account's id; operators know people by their address. */
async function keyOf(accounts: OperatorRooms['accounts'], { budget, key }: Block): Promise<string> {
  if (!budget.startsWith('code-')) return key
  const [lane, id] = key.split(' ')
  const account = await accounts.find(id as AccountId) // because these budgets are kept by the ids of accounts alone
  return `${lane} ${account?.email ?? id}`
}
