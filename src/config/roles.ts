import * as z from 'zod'
import type { Role } from '../policy/facts.ts'

export const roleNames = ['person', 'user_administrator', 'administrator'] as const satisfies readonly Role[]
export const roles = z
  .array(z.enum(roleNames))
  .min(1, { error: 'at least one role; add one or leave roles out' })
  .max(3)
