import { signIn } from '../contenders/people.ts'
import type { House } from '../contenders/sekisho.ts'
import { type Figure, summarize } from '../measure.ts'

/** Whole sign-ins through the portal's forms, several at a time: five pages and one argon2id each. */
export async function benchSignIns({ port }: House): Promise<readonly Figure[]> {
  const rates: number[] = []
  for (let round = 0; round < 3; round++) {
    const startedMs = performance.now()
    const each = Array.from({ length: 8 }, async () => {
      for (let i = 0; i < 3; i++) await signIn(port)
    })
    await Promise.all(each)
    rates.push(24 / ((performance.now() - startedMs) / 1000))
  }
  return [summarize('sign-ins', 'per second', rates)]
}
