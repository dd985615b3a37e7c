import { dirname } from 'node:path'
import { compileNetworks } from '../lib/cidr.ts'
import type { Secret } from '../lib/secret.ts'
import { type PepperSecrets, passwordsOf, readPepper } from './compile-passwords.ts'
import { smsOf } from './compile-sms.ts'
import type { GatewayConfig, HealthCheck, Listen, MailConfig, StuffingLimits, Upstream } from './gateway-config.ts'
import type { GatewayFile } from './gateway-schema.ts'
import type { Problem } from './problem.ts'
import { absolute, type Environment, readSecret, type SecretReference } from './secrets.ts'
import { compileSignInNotices } from './sign-in-notices-schema.ts'
import type { Path, YamlSource } from './yaml-source.ts'

/** What gateway.yaml alone decides. */
export type GatewayPart = Omit<GatewayConfig, 'digest' | 'routes' | 'organizations'>

/** The secrets that gateway.yaml refers to. */
export interface Secrets {
  readonly rootKey: Secret | null
  readonly operatorToken: Secret | null
  readonly mailPassword: Secret | null
  readonly pepper: PepperSecrets
  readonly smsSecret: Secret | null
}

/** What other files hold. */
export interface Fetched extends Secrets {
  /** PEM, by upstream. */
  readonly authorities: ReadonlyMap<string, string>
}

/** Fetches the secrets of those sections that could be read. */
export async function readSecrets(
  file: Partial<GatewayFile>,
  source: YamlSource,
  places: { folder: string; environment: Environment },
): Promise<{ secrets: Secrets; problems: readonly Problem[] }> {
  const problems: Problem[] = []
  const read = async (path: Path, reference: SecretReference | undefined) => {
    if (reference === undefined) return null
    const found = await readSecret(reference, places)
    if (found.kind === 'read') return found.secret
    problems.push(source.problemAt([...path, found.key], found.message))
    return null
  }
  const { pepper, problems: shortKeys } = await readPepper(file, source, read)
  const secrets = {
    pepper,
    rootKey: await read(['rootKey'], file.rootKey),
    operatorToken: await read(['operator', 'token'], file.operator?.token),
    mailPassword: await read(['mail', 'smtp', 'password'], file.mail?.smtp?.password),
    smsSecret:
      (await read(['sms', 'twilio', 'token'], file.sms?.twilio?.token)) ??
      (await read(['sms', 'webhook', 'secret'], file.sms?.webhook?.secret)),
  }
  return { secrets, problems: [...problems, ...shortKeys] }
}

/** Turns the checked file into what the house works with. */
export function compileGateway(file: GatewayFile, secrets: Fetched, gatewayPath: string): GatewayPart {
  const folder = dirname(gatewayPath)
  const dataDir = absolute(file.dataDir, folder)
  const { pages, sessions, identityToken, portal, operator } = file
  return {
    listen: listenOf(file.listen, folder),
    tls: tlsOf(file.listen, folder),
    portal: { origin: portal.origin, host: portalHostOf(portal) },
    operator: {
      listen: listenOf(operator.listen, folder),
      socketPath: absolute(operator.socket ?? 'operator.sock', operator.socket === undefined ? dataDir : folder),
      token: secrets.operatorToken,
    },
    dataDir,
    rootKey: secrets.rootKey,
    trustedProxies: {
      networks: compileNetworks(file.trustedProxies.networks),
      rules: file.trustedProxies.networks.map(({ text }) => text),
      hops: file.trustedProxies.hops ?? null,
      header: file.trustedProxies.header,
    },
    upstreams: new Map(
      Object.entries(file.upstreams).map(([name, upstream]) => [name, upstreamOf(name, upstream, secrets)]),
    ),
    sessions: { idleMs: sessions.idle, absoluteMs: sessions.absolute },
    signInNotices: compileSignInNotices(file.signInNotices),
    places: { files: file.places.files.map(path => absolute(path, folder)) },
    identityToken: { ...identityToken, issuer: identityToken.issuer ?? portal.origin },
    mail: mailOf(file, secrets),
    sms: smsOf(file, secrets.smsSecret),
    outgoing: {
      privateNetworks: compileNetworks(file.outgoing.privateNetworks),
      plainHttp: file.outgoing.plainHttp,
    },
    limits: {
      connections: file.limits.connections,
      heads: file.limits.heads,
      deadlines: file.limits.deadlines,
      http2: file.limits.http2,
      traffic: { ...file.limits.traffic, routes: new Map() },
      sms: file.limits.sms,
      signIn: file.limits.signIn,
      stuffing: stuffingOf(file),
    },
    signIn: file.signIn,
    passwords: passwordsOf(file, secrets.pepper, folder),
    pages: { ...pages, languages: languagesOf(pages.languages), support: pages.support ?? null },
    passkeys: file.passkeys,
    development: file.development,
    log: { level: file.log.level, file: file.log.file === undefined ? null : absolute(file.log.file, folder) },
    ownPrefix: file.ownPrefix,
  }
}

/** The host name under which requests for the portal arrive. */
export function portalHostOf({ origin, host }: GatewayFile['portal']): string {
  return host ?? new URL(origin).hostname
}

function listenOf({ address, port, unix }: GatewayFile['operator']['listen'], folder: string): Listen {
  return unix === undefined ? { kind: 'tcp', address, port: port ?? 0 } : { kind: 'unix', path: absolute(unix, folder) }
}

function tlsOf({ tls, http2 }: GatewayFile['listen'], folder: string): GatewayConfig['tls'] {
  if (tls === undefined) return null
  return {
    http2,
    certificates: tls.certificates.map(({ cert, key }) => ({
      cert: absolute(cert, folder),
      key: absolute(key, folder),
    })),
  }
}

function upstreamOf(name: string, file: GatewayFile['upstreams'][string], { authorities }: Fetched): Upstream {
  const { addresses, audience, timeouts, connectionsMax, healthCheck } = file
  return {
    name,
    addresses,
    audience: audience ?? name,
    timeouts: { connectMs: timeouts.connect },
    connectionsMax,
    ca: authorities.get(name) ?? null,
    healthCheck: healthCheck === undefined ? null : healthCheckOf(healthCheck),
  }
}

function healthCheckOf(file: NonNullable<GatewayFile['upstreams'][string]['healthCheck']>): HealthCheck {
  const { interval, timeout, ...rest } = file
  return { ...rest, intervalMs: interval, timeoutMs: timeout }
}

function stuffingOf({ limits: { stuffing } }: GatewayFile): StuffingLimits {
  const { off, slowAt, codeAt, refuseAt, failurePercent, holdFor, delayMax, keysMax } = stuffing
  const names = { slow: slowAt, code: codeAt, refuse: refuseAt }
  return { on: !off, names, failureShare: failurePercent / 100, holdMs: holdFor, delayMaxMs: delayMax, keysMax }
}

function mailOf({ mail, pages }: GatewayFile, secrets: Secrets): MailConfig {
  const { smtp, from } = mail
  const productName = mail.productName ?? pages.productName
  if (smtp === undefined) return { transport: { kind: 'mailbox' }, from, productName }
  const { host, port, tls, user } = smtp
  const transport = { kind: 'smtp' as const, host, port, tls, user: user ?? null, password: secrets.mailPassword }
  return { transport, from, productName }
}

function languagesOf([first, ...others]: readonly ('en' | 'ja')[]): ['en' | 'ja', ...('en' | 'ja')[]] {
  return [first ?? 'en', ...others]
}
