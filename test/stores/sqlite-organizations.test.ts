import { describeEmailDomains } from '../contracts/email-domains.ts'
import { describeKeys } from '../contracts/keys.ts'
import { describeOrganizations } from '../contracts/organizations.ts'
import { describeOwnKeys } from '../contracts/own-keys.ts'
import { describeProviders } from '../contracts/providers.ts'
import { describeRuleChanges } from '../contracts/rule-changes.ts'
import { describeSeenMessages } from '../contracts/seen-messages.ts'
import { keepsContracts } from './sqlite-contracts.ts'

keepsContracts({
  'email domains': describeEmailDomains,
  keys: describeKeys,
  organizations: describeOrganizations,
  'own keys': describeOwnKeys,
  providers: describeProviders,
  'rule changes': describeRuleChanges,
  'seen messages': describeSeenMessages,
})
