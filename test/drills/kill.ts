import { runKills } from '../support/kills.ts'
import { createSeeded } from '../support/seeded.ts'
import type { Drill } from './drill.ts'

/** A gateway is killed while people sign in, enrol and reset; what is found afterwards is whole, and so are the mails. */
export const killDrill: Drill = {
  summary: 'kill -9 during sign-ins, enrolments and resets, then a start on what is left',
  rounds: 25,
  async run({ rounds, seed, say }) {
    const { kills, acts, mails, problems } = await runKills({
      kills: rounds,
      livesEach: 8,
      chance: createSeeded(seed),
      say,
    })
    return {
      lines: [
        `${kills} kills`,
        `acts: ${acts.answered} answered, ${acts.unansweredDone} unanswered and done, ${acts.unansweredUndone} unanswered and undone`,
        `mails: ${mails.sent} sent once, ${mails.ambiguous} listed as ambiguous`,
      ],
      problems,
    }
  },
}
