import { z } from 'zod'
import { forwardPattern } from './forwarded.ts'

// One case of http-smuggling: bytes of a client, or bytes of an upstream, and what must come of them.

const stepPattern = z.strictObject({
  send: z.string().optional(),
  repeat: z.object({ text: z.string(), times: z.number() }).optional(),
  dribble: z.looseObject({ text: z.string() }).optional(),
  wait_ms: z.number().optional(),
  wait_ms_config: z.unknown().optional(),
  fin: z.unknown().optional(),
  rst: z.unknown().optional(),
})
export type Step = z.infer<typeof stepPattern>

export const smugglingCase = z.object({
  id: z.string(),
  idea: z.string().optional(),
  title: z.string().optional(),
  /** `slow`: it waits for a time limit of the gateway. `session`: it brings one. */
  needs: z.union([z.string(), z.array(z.string())]).optional(),
  direction: z.enum(['request', 'response']).default('request'),
  raw: z.string().optional(),
  steps: z.array(stepPattern).optional(),
  request: z.string().optional(),
  upstream_raw: z.string().optional(),
  expect: z.string(),
  also_ok: z.array(z.string()).default([]),
  ok_status: z.array(z.number()).optional(),
  close_required: z.boolean().default(false),
  never_complete: z.string().optional(),
  never_upgraded: z.boolean().default(false),
  forward: forwardPattern.optional(),
})
export type SmugglingCase = z.infer<typeof smugglingCase>

export const smugglingFile = z.object({
  assumes: z.object({
    gateway_host: z.string(),
    anonymous_prefix: z.string(),
    protected_prefix: z.string(),
    session_prefix: z.string().optional(),
  }),
  cases: z.array(z.unknown()),
})
export type Assumes = z.infer<typeof smugglingFile>['assumes']

/** Whether the case waits for a time limit of the gateway. */
export function isSlow({ needs, steps = [] }: SmugglingCase): boolean {
  return [needs].flat().includes('slow') || steps.some(step => step.wait_ms_config !== undefined)
}
