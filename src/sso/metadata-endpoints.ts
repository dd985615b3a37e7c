import type { Findings } from './metadata-reading.ts'
import { ns } from './namespaces.ts'
import type { Binding, Endpoint, ProviderMetadata } from './provider.ts'
import { shown } from './refused.ts'
import type { XmlElement } from './xml-document.ts'
import { attributeOf, childrenOf } from './xml-read.ts'

/** Where people are sent to sign in: at least one address that takes messages by redirect or by post. */
export function readEndpoints(role: XmlElement, plainHttp: boolean, found: Findings): readonly Endpoint[] {
  const endpoints = read(role, 'SingleSignOnService', found).map(({ binding, element, where }) => ({
    binding,
    location: location(attributeOf(element, 'Location'), `${where} Location`, plainHttp, found),
  }))
  if (endpoints.length === 0)
    found.problems.push(
      'IDPSSODescriptor has no SingleSignOnService for HTTP-Redirect or HTTP-POST: switch one of them on at the provider',
    )
  return endpoints
}

/** Where sign-outs are told; many providers have none. */
export function readLogout(role: XmlElement, plainHttp: boolean, found: Findings): ProviderMetadata['logout'] {
  return read(role, 'SingleLogoutService', found).map(({ binding, element, where }) => {
    const answers = attributeOf(element, 'ResponseLocation')
    return {
      binding,
      location: location(attributeOf(element, 'Location'), `${where} Location`, plainHttp, found),
      responseLocation: answers === null ? null : location(answers, `${where} ResponseLocation`, plainHttp, found),
    }
  })
}

function read(role: XmlElement, name: string, { problems }: Findings) {
  const all = childrenOf(role, ns.metadata, name)
  if (all.length > endpointsMax) problems.push(`${name} comes ${all.length} times, ${endpointsMax} at most`)
  return all.slice(0, endpointsMax).flatMap((element, i) => {
    const binding = bindings.get(attributeOf(element, 'Binding') ?? '')
    return binding === undefined ? [] : [{ binding, element, where: `${name}[${i + 1}]` }]
  })
}

const endpointsMax = 20
const bindings: ReadonlyMap<string, Binding> = new Map([
  ['urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect', 'redirect'],
  ['urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST', 'post'],
])

/** Browsers are sent there with signed messages, and forms are posted there: `javascript:` and the like must never come so far. */
function location(text: string | null, where: string, plainHttp: boolean, { problems }: Findings): string {
  const problem = problemOf(text ?? '', plainHttp)
  if (problem !== null) problems.push(`${where} is ${shown(text)}: ${problem}`)
  return text ?? ''
}

function problemOf(text: string, plainHttp: boolean): string | null {
  // The parser of addresses drops tabs and line breaks and mends backslashes; what is written must be what is meant.
  if (text.length > 2_000 || !/^[!-~]+$/.test(text) || /["<>\\^`{|}]/.test(text) || !URL.canParse(text))
    return 'it must be an absolute address'
  const url = new URL(text)
  if (url.protocol !== 'https:' && !(plainHttp && url.protocol === 'http:')) return 'it must be an https address'
  if (url.username !== '' || url.password !== '') return 'it must hold no name and no password'
  return text.includes('#') ? 'it must hold no fragment (#)' : null
}
