import { createDeployment } from '../support/deployment.ts'
import { startLiveUpstream } from '../support/live-upstream.ts'
import type { RaceTrack } from '../support/races.ts'
import { racePolicies } from '../support/single-use-races.ts'

/** Runs a work on two gateways that share a data directory and stand before one application. */
export async function withTwoGateways(work: (track: RaceTrack) => Promise<void>): Promise<void> {
  await using upstream = await startLiveUpstream()
  await using deployment = createDeployment({ upstream: upstream.origin, policies: racePolicies })
  const gateways = await Promise.all([deployment.start('left'), deployment.start('right')])
  const books = await deployment.openBooks()
  await work({ deployment, books, ports: gateways.map(({ port }) => port) })
}
