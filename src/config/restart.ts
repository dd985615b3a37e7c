import { hashToken } from '../lib/secret.ts'
import type { GatewayConfig } from './gateway-config.ts'

/** The keys whose new value waits for a restart: they say where things are, and a running gateway cannot move. All others follow a reload. */
export function keysThatWait(started: GatewayConfig, now: GatewayConfig): readonly string[] {
  return Object.entries(startKeys).flatMap(([key, read]) => (read(started) === read(now) ? [] : [key]))
}

const startKeys: Readonly<Record<string, (config: GatewayConfig) => string>> = {
  listen: ({ listen }) => JSON.stringify(listen),
  'listen.tls': ({ tls }) => String(tls !== null),
  'listen.http2': ({ tls }) => String(tls?.http2 !== false),
  'operator.listen': ({ operator }) => JSON.stringify(operator.listen),
  'operator.socket': ({ operator }) => operator.socketPath,
  dataDir: ({ dataDir }) => dataDir,
  rootKey: ({ rootKey }) => (rootKey === null ? '' : hashToken(rootKey.reveal())),
  log: ({ log }) => JSON.stringify(log),
}
