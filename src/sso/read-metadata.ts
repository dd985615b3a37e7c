import { createHash } from 'node:crypto'
import { parseInstant } from '../lib/instant.ts'
import { readEndpoints, readLogout } from './metadata-endpoints.ts'
import { chooseEntity, type FoundEntity } from './metadata-entity.ts'
import { readSigningCertificates } from './metadata-keys.ts'
import type { Findings, MetadataQuestion, MetadataReading } from './metadata-reading.ts'
import { ns } from './namespaces.ts'
import type { ProviderMetadata } from './provider.ts'
import { Refused, shown } from './refused.ts'
import { readXml } from './xml-document.ts'
import { attributeOf, childrenOf } from './xml-read.ts'

// Metadata of an identity provider, given by an operator or fetched from the address that an operator named: that is why it is believed.
// Read in the threads for XML. Whatever would matter later and is not understood refuses the document, with everything that is wrong at once.

export function readMetadata(question: MetadataQuestion): MetadataReading {
  const found: Findings = { problems: [], notes: [] }
  const bytes = Buffer.from(question.document.replace(/^\ufeff/, ''), 'utf8') // Windows writes a byte order mark into files
  if (bytes.length > documentBytesMax)
    return refused(`the document has ${bytes.length} bytes, ${documentBytesMax} at most: take that of the one provider`)
  try {
    const entity = chooseEntity(readXml(bytes), question.entityId)
    if (entity.kind === 'none') return refused(entity.problem)
    const metadata = readEntity(entity, question, found)
    return found.problems.length > 0
      ? { kind: 'refused', problems: found.problems }
      : { kind: 'read', metadata, notes: found.notes }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return refused(`${error.detail}: ${adviceFor(error)}`)
  }
}

function refused(problem: string): MetadataReading {
  return { kind: 'refused', problems: [problem] }
}

function adviceFor({ kind }: Refused): string {
  switch (kind) {
    case 'forbidden_markup':
      return 'remove it from the document (comments mean nothing to us, everything else of that kind is dangerous)'
    case 'too_large':
      return 'take the metadata of the one provider'
    default:
      return 'is this the metadata of an identity provider, whole and as it was given out?'
  }
}

function readEntity(
  { entity, role, ends }: FoundEntity,
  question: MetadataQuestion,
  found: Findings,
): ProviderMetadata {
  return {
    entityId: readEntityId(attributeOf(entity, 'entityID'), found),
    signOn: readEndpoints(role, question.plainHttp, found),
    logout: readLogout(role, question.plainHttp, found),
    certificates: readSigningCertificates(childrenOf(role, ns.metadata, 'KeyDescriptor'), question.now, found),
    wantsSignedRequests: ['true', '1'].includes(attributeOf(role, 'WantAuthnRequestsSigned') ?? ''),
    validUntil: readEnd(ends, question.now, found),
    readAt: question.now,
    digest: createHash('sha256').update(question.document).digest('base64url'),
  }
}

function readEntityId(entityId: string | null, { problems }: Findings): string {
  // Metadata 2.2.1: a URI of at most 1024 characters. It is compared byte for byte, so nothing may hide in it.
  if (entityId === null || !/^[!-~]{1,1024}$/.test(entityId))
    problems.push(`entityID is ${shown(entityId)}: it must be a URI of 1 to 1024 characters`)
  return entityId ?? ''
}

/** The earliest end of the descriptor and of those it stands in. */
function readEnd(ends: readonly string[], now: number, { problems }: Findings): number | null {
  if (ends.length === 0) return null
  const instants = ends.map(parseInstant)
  const unread = ends.find((_, i) => Number.isNaN(instants[i]))
  if (unread !== undefined) {
    problems.push(`validUntil is ${shown(unread)}: it must be a time with its zone`)
    return null
  }
  const end = Math.min(...instants)
  const written = ends[instants.indexOf(end)] ?? ''
  if (end <= now) problems.push(`the document was valid until ${written}: get a fresh one from the provider`)
  return end
}

const documentBytesMax = 1024 * 1024
