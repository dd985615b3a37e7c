import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { selfSigned } from './self-signed.ts'

export interface TestCertificate {
  /** PEM. */
  readonly pem: string
  /** PKCS #8, PEM. */
  readonly key: string
}

/** A key with a certificate that it signed itself, good for this one run: no private key lies in the repository. */
export async function makeTestCertificate(commonName: string): Promise<TestCertificate> {
  const pair = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  const lines = selfSigned(commonName, pair).replace(/.{1,64}/g, '$&\n')
  return {
    pem: `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`,
    key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}
