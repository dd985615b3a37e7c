import { stringify } from 'yaml'
import type { GatewayInput } from './gateway-schema.ts'
import type { OrganizationInput, RoutesInput } from './policy-schema.ts'
import type { TestsInput } from './test-schema.ts'

/** What a file may say, for programs that write configuration (the demo, tests). */
export type ConfigurationInput = GatewayInput | RoutesInput | OrganizationInput | TestsInput

/** Writes it as the text of a file. */
export function writeConfiguration(input: ConfigurationInput): string {
  return stringify(input, { lineWidth: 120 })
}
