import { createHash, type KeyObject, sign } from 'node:crypto'
import { oid, sequence, tlv } from './der.ts'

/** A certificate that signs itself, DER in base64, made without any program: RSA or EC, good from 2020 to 2049. */
export function selfSigned(commonName: string, keys: { publicKey: KeyObject; privateKey: KeyObject }): string {
  const isRsa = keys.publicKey.asymmetricKeyType === 'rsa'
  const algorithm = sequence(oid(isRsa ? sha256WithRsa : ecdsaWithSha256), ...(isRsa ? [tlv(0x05)] : []))
  const name = sequence(tlv(0x31, sequence(oid([2, 5, 4, 3]), tlv(0x0c, Buffer.from(commonName, 'utf8')))))
  const publicKey = keys.publicKey.export({ type: 'spki', format: 'der' })
  const serial = createHash('sha256').update(publicKey).digest().subarray(0, 15)
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.concat([Buffer.from([1]), serial])),
    algorithm,
    name,
    sequence(tlv(0x17, Buffer.from('200101000000Z')), tlv(0x17, Buffer.from('491231235959Z'))),
    name,
    publicKey,
  )
  const signature = sign('sha256', body, keys.privateKey)
  return sequence(body, algorithm, tlv(0x03, Buffer.from([0]), signature)).toString('base64')
}

const sha256WithRsa = [1, 2, 840, 113549, 1, 1, 11]
const ecdsaWithSha256 = [1, 2, 840, 10045, 4, 3, 2]
