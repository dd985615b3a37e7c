import { expect, test } from 'vitest'
import { createMetrics } from '../../src/journal/metrics.ts'

const lineOf = (text: string, start: string) => text.split('\n').find(line => line.startsWith(start))

test('what was counted before somebody looked is told at every look, once', async () => {
  const metrics = createMetrics()
  for (const status of ['200', '200', '404']) metrics.requests.add({ verdict: 'allow', status })

  const first = await metrics.text()
  metrics.requests.add({ verdict: 'allow', status: '200' })
  const [second, third] = await Promise.all([metrics.text(), metrics.text()])

  const of = 'sekisho_requests_total{verdict="allow",status='
  expect(lineOf(first, `${of}"200"}`)).toMatch(/ 2$/)
  expect(lineOf(first, `${of}"404"}`)).toMatch(/ 1$/)
  for (const text of [second, third, await metrics.text()]) {
    expect(lineOf(text, `${of}"200"}`)).toMatch(/ 3$/)
    expect(lineOf(text, `${of}"404"}`)).toMatch(/ 1$/)
  }
})

test('labels that begin alike are counted apart', async () => {
  const metrics = createMetrics()
  metrics.refusals.add({ entrance: 'a', gate: 'bc', reason: 'd' })
  metrics.refusals.add({ entrance: 'ab', gate: 'c', reason: 'd' })
  metrics.refusals.add({ entrance: '__proto__', gate: 'constructor', reason: 'd' })

  const lines = (await metrics.text()).split('\n').filter(line => line.startsWith('sekisho_refusals_total{'))
  expect(lines).toHaveLength(3)
})
