import { isoInstant } from '../lib/instant.ts'
import { readCertificate } from './known-certificate.ts'
import type { Findings } from './metadata-reading.ts'
import { ns } from './namespaces.ts'
import { trustedKeys } from './trusted-keys.ts'
import type { XmlElement } from './xml-document.ts'
import { attributeOf, childrenOf, textOf } from './xml-read.ts'

/**
 * The certificates that a provider signs with, DER in base64 without line breaks. Weak keys are left out with a note: they would never be
 * believed. An end that has passed is noted alone: the certificate is the cover of a key that the operator has given us.
 */
export function readSigningCertificates(
  descriptors: readonly XmlElement[],
  now: number,
  found: Findings,
): readonly string[] {
  const usable = new Set<string>()
  for (const [i, descriptor] of descriptors.entries()) {
    const use = attributeOf(descriptor, 'use')
    if (use !== null && use !== 'signing') continue
    const where = `KeyDescriptor[${i + 1}]`
    const texts = certificatesIn(descriptor)
    if (texts.length === 0) found.notes.push(`${where} holds no X509Certificate and is left out`)
    for (const text of texts) if (isUsable(text, where, now, found)) usable.add(text)
  }
  if (usable.size === 0 && found.problems.length === 0)
    found.problems.push(
      'IDPSSODescriptor names no certificate that could be believed (KeyDescriptor for signing, RSA from 2048 bits or EC P-256, P-384, P-521): add one at the provider',
    )
  // The staged document may bring as many again, and each of them is tried.
  if (usable.size > certificatesMax)
    found.problems.push(
      `IDPSSODescriptor names ${usable.size} signing certificates, ${certificatesMax} at most: remove those that sign no more`,
    )
  return [...usable]
}

function certificatesIn(descriptor: XmlElement): readonly string[] {
  return childrenOf(descriptor, ns.signature, 'KeyInfo')
    .flatMap(info => childrenOf(info, ns.signature, 'X509Data'))
    .flatMap(data => childrenOf(data, ns.signature, 'X509Certificate'))
    .map(certificate => textOf(certificate).replaceAll(/\s/g, ''))
}

function isUsable(text: string, where: string, now: number, { problems, notes }: Findings): boolean {
  const certificate = /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? read(text) : null
  if (certificate === null) {
    problems.push(`${where} holds a certificate that cannot be read: it must be X.509, DER in base64`)
    return false
  }
  const { fingerprint, key, endsAt } = certificate
  if (trustedKeys([text]).length === 0) {
    notes.push(
      `${where} (${fingerprint}) holds a ${key} key, which is too weak or of a kind that is not accepted, and is left out`,
    )
    return false
  }
  if (endsAt <= now)
    notes.push(`${where} (${fingerprint}) ended ${isoInstant(endsAt)}: ask the provider for its next one`)
  return true
}

function read(text: string) {
  try {
    return readCertificate(text)
  } catch {
    return null
  }
}

const certificatesMax = 5
