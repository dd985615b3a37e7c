import { checkAuthorities, readCertificatePair } from '../lib/certificate-pair.ts'
import type { GatewayFile } from './gateway-schema.ts'
import type { Problem } from './problem.ts'
import { readText } from './read-files.ts'
import { absolute } from './secrets.ts'
import type { Path, YamlSource } from './yaml-source.ts'

export interface TlsFilesRead {
  /** PEM of the authorities of upstreams, by the upstream's name. */
  readonly authorities: ReadonlyMap<string, string>
  readonly problems: readonly Problem[]
}

/** Reads what TLS needs: the authorities of upstreams, and certificates with their keys, which are only tried here. */
export async function readTlsFiles(
  { listen, upstreams }: Partial<GatewayFile>,
  source: YamlSource,
  folder: string,
): Promise<TlsFilesRead> {
  const problems: Problem[] = []
  const read = async (path: Path, name: string) => {
    const found = await readText(absolute(name, folder))
    if (found.kind === 'read') return found.text
    problems.push(source.problemAt(path, `${found.message} (${absolute(name, folder)})`))
    return null
  }
  for (const [i, { cert, key }] of (listen?.tls?.certificates ?? []).entries()) {
    const path = ['listen', 'tls', 'certificates', i]
    const [certText, keyText] = [await read([...path, 'cert'], cert), await read([...path, 'key'], key)]
    if (certText === null || keyText === null) continue
    const tried = readCertificatePair(certText, keyText)
    if (tried.kind === 'good') continue
    const found = `found "${cert}" and "${key}" (${tried.why})`
    problems.push(source.problemAt(path, `${found}; expected a certificate and its key in PEM; replace them`))
  }
  const authorities = new Map<string, string>()
  for (const [name, { ca }] of Object.entries(upstreams ?? {})) {
    const path = ['upstreams', name, 'ca']
    const pem = ca === undefined ? null : await read(path, ca)
    if (pem === null) continue
    authorities.set(name, pem)
    const wrong = checkAuthorities(pem)
    if (wrong === null) continue
    problems.push(source.problemAt(path, `found "${ca}" (${wrong}); expected certificates in PEM; replace it`))
  }
  return { authorities, problems }
}
