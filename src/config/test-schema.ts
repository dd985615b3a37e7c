import * as z from 'zod'
import type { FactName, ProofKind } from '../policy/facts.ts'
import type { Entrance } from '../policy/plan.ts'
import { roles } from './roles.ts'
import {
  duration,
  emailAddress,
  flag,
  hostName,
  instant,
  ipAddress,
  origin,
  plainText,
  shaped,
  slug,
} from './values.ts'

// Every key of policies/*.test.yaml: facts in plain words, and the verdict that is expected.

const proofNames = [
  'password',
  'totp',
  'backup_code',
  'sms_code',
  'email_code',
  'passkey',
  'saml',
] as const satisfies readonly ProofKind[]
const proofs = z.array(z.enum(proofNames)).max(10)

const entranceNames = ['public', 'proxy', 'forward', 'live', 'entry'] as const satisfies readonly Entrance[]

const budgetNames = ['address', 'account', 'organization', 'route'] as const satisfies readonly BudgetOf<FactName>[]
type BudgetOf<Name extends FactName> = Name extends `${infer Whose}Budget` ? Whose : never

export const testSchema = z.strictObject({
  name: plainText('a sentence').meta({ description: 'What is guaranteed, in a sentence.' }),
  request: z
    .strictObject({
      host: hostName.meta({ description: 'Host that is asked for.' }),
      path: shaped('a path such as /chat; begin it with /', text => /^\/[\x21-\x7e]{0,2047}$/.test(text))
        .prefault('/')
        .meta({ description: 'Path without a query.' }),
      address: ipAddress.prefault('192.0.2.1').meta({ description: 'Address of the client.' }),
      addressUncertain: flag
        .prefault(false)
        .meta({ description: 'A trusted proxy’s list could not be read to its end.' }),
      upgrade: z.enum(['websocket']).optional().meta({ description: 'A WebSocket is to be opened.' }),
      origin: origin
        .optional()
        .meta({ description: 'Origin of the page that asks, for a WebSocket. Default: none is sent.' }),
    })
    .meta({ description: 'The request.' }),
  person: z
    .strictObject({
      email: emailAddress.prefault('person@example.com').meta({ description: 'E-mail; exemptions go by it.' }),
      organization: slug.optional().meta({ description: 'Slug of the organization, which must be kept in a file.' }),
      roles: roles.prefault(['person']).meta({ description: 'Roles.' }),
      factors: proofs.prefault([]).meta({ description: 'Second factors that are set up.' }),
      state: z.enum(['open', 'suspended', 'deleted']).prefault('open').meta({ description: 'State of the account.' }),
      resetRequired: flag.prefault(false).meta({ description: 'A reset is forced.' }),
    })
    .optional()
    .meta({ description: 'Who it is; left out: nobody is signed in.' }),
  session: z
    .strictObject({
      proofs: proofs.prefault(['password']).meta({ description: 'What was proved.' }),
      age: duration('1ms', '365d').prefault('1m').meta({ description: 'How long ago.' }),
    })
    .optional()
    .meta({ description: 'The session of the person. Default: a password, a minute ago.' }),
  device: z
    .strictObject({
      mobile: flag.prefault(false).meta({ description: 'It is a phone or a tablet.' }),
      approved: flag.prefault(false).meta({ description: 'An administrator has approved it.' }),
    })
    .optional()
    .meta({ description: 'A device that the account has been used on; left out: none is known.' }),
  spent: z.array(z.enum(budgetNames)).max(4).prefault([]).meta({ description: 'Budgets that are spent.' }),
  at: instant.prefault('2026-01-01T00:00:00Z').meta({ description: 'When it happens.' }),
  entrance: z
    .enum(entranceNames)
    .optional()
    .meta({ description: 'Which walk is asked. Default: `public` or `proxy`, as the route says.' }),
  expect: plainText('a verdict').meta({
    description: '`allow`, `challenge STEP`, `deny REASON`, `no_route` or `unknown_host`.',
    examples: ['deny outside_organization_networks'],
  }),
  route: slug.optional().meta({ description: 'The route that has to answer.' }),
  gate: slug.optional().meta({ description: 'The gate that has to speak.' }),
  notes: z
    .array(plainText('a reason'))
    .max(10)
    .optional()
    .meta({ description: 'What rules in report-only mode would have refused.' }),
})

export const testsSchema = z.strictObject({
  kind: z.literal('tests').meta({ description: 'This file holds tests of policies.' }),
  tests: z.array(testSchema).max(10_000).meta({ description: 'The tests.' }),
})

export type PolicyTest = z.output<typeof testSchema>
export type TestsInput = z.input<typeof testsSchema>
