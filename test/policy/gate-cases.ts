import type { GateName } from '../../src/policy/gate-name.ts'
import type { GateCase } from './gate-case.ts'
import { proofCases } from './proof-cases.ts'
import { requestCases } from './request-cases.ts'

/** Every gate with what it says; a gate without cases does not compile. */
export const gateCases: Readonly<Record<GateName, readonly GateCase[]>> = { ...requestCases, ...proofCases }
