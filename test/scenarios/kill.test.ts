import { randomInt } from 'node:crypto'
import { expect, test } from 'vitest'
import { runKills } from '../support/kills.ts'
import { createSeeded } from '../support/seeded.ts'

// More of them: npm run drills -- kill [--rounds N] [--seed N]

const seed = Number(process.env['SEKISHO_SEED'] ?? randomInt(2 ** 31))

test(`a gateway killed at random moments leaves each sign-in, enrolment and reset whole or undone, and no mail is lost or doubled (seed ${seed})`, async () => {
  const report = await runKills({ kills: 2, livesEach: 4, chance: createSeeded(seed) })

  expect(report.problems).toEqual([])
  expect(report.acts.answered + report.acts.unansweredDone + report.acts.unansweredUndone).toBeGreaterThan(0)
  expect(report.mails.sent).toBeGreaterThan(0)
}, 240_000)
