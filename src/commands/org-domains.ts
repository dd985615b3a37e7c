import { type Call, flag, requiredWord, UsageError } from './command.ts'
import { outcome, rowsOf, table, withOperator } from './with-operator.ts'

export const domainsHelp = `  domains list SLUG
  domains add SLUG DOMAIN                            says what the DNS has to hold
  domains verify SLUG DOMAIN [--by-operator]         looks for it in the DNS, or takes your word
  domains remove SLUG DOMAIN`

export const domainsOptions = { 'by-operator': { type: 'boolean' } } as const

/** `sekisho orgs domains`: the e-mail domains that are an organization's own. */
export function runDomains(call: Call): Promise<number> {
  const act = requiredWord(call, 1, 'what to do with domains')
  const organization = requiredWord(call, 2, 'the organization')
  if (act === 'list') return list(call, organization)
  if (act !== 'add' && act !== 'verify' && act !== 'remove') throw new UsageError(`there is no act "domains ${act}"`)
  const domain = requiredWord(call, 3, 'the domain')
  const by = act === 'verify' ? { by: flag(call, 'by-operator') ? 'operator' : 'dns' } : {}
  return withOperator(
    call,
    operator => operator.post(`/api/orgs/domains/${act}`, { organization, domain, ...by }),
    outcome,
  )
}

function list(call: Call, organization: string): Promise<number> {
  return withOperator(
    call,
    operator => operator.get(`/api/orgs/domains?organization=${encodeURIComponent(organization)}`),
    body => table(rowsOf(body, 'domains'), ['domain', 'verifiedAt', 'verifiedBy', 'record']),
  )
}
