import { once } from 'node:events'
import tls from 'node:tls'
import { afterEach, expect, test } from 'vitest'
import { tlsTerms } from '../../src/lib/certificate-pair.ts'
import { listenOnLoopback } from '../support/listen.ts'
import { createTestAuthority } from '../support/test-authority.ts'

// Four locks keep TLS 1.0 and 1.1 out, each of them enough: our `minVersion`, our list of ciphers (none of which those versions have), the
// runtime's own least version (which `--tls-min-v1.0` lowers for a whole process) and OpenSSL's security level (which a system's
// openssl.cnf may lower). Through a listener, taking out any one changes nothing that a client could see. Here the other three are open.

const standard = tls.DEFAULT_MIN_VERSION
afterEach(() => {
  tls.DEFAULT_MIN_VERSION = standard
})

const issued = createTestAuthority().issue({ names: ['gw.test'], keys: 'rsa' })
const oldCiphers = 'ECDHE-RSA-AES128-SHA:@SECLEVEL=0'

/** What an old client comes to agree on with a server of these terms. */
async function agreeOn(terms: tls.TlsOptions, version: 'TLSv1' | 'TLSv1.1'): Promise<string> {
  tls.DEFAULT_MIN_VERSION = 'TLSv1'
  const ciphers = `${terms.ciphers}:${oldCiphers}`
  const server = tls.createServer({ ...terms, ciphers, cert: issued.pem, key: issued.key })
  server.on('tlsClientError', () => {}).on('secureConnection', socket => socket.on('error', () => {}))
  const port = await listenOnLoopback(server)
  const client = tls.connect({
    ...{ host: '127.0.0.1', port, rejectUnauthorized: false },
    ...{ minVersion: version, maxVersion: version, ciphers: oldCiphers },
  })
  try {
    await once(client, 'secureConnect')
    return client.getProtocol() ?? 'nothing'
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause)
  } finally {
    client.destroy()
    server.close()
  }
}

test.each(['TLSv1', 'TLSv1.1'] as const)('our least version alone keeps %s out', async version => {
  const { minVersion: _, ...without } = tlsTerms

  expect(await agreeOn(tlsTerms, version)).toContain('alert protocol version')

  // Or this test would show nothing.
  expect(await agreeOn(without, version)).toBe(version)
})
