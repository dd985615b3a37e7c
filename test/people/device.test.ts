import { describe, expect, test } from 'vitest'
import { describeAgent } from '../../src/people/device.ts'

const chrome = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0'

describe('a browser is named as its owner would name it', () => {
  test.each([
    [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${chrome} Safari/537.36`, 'Chrome on Windows', false],
    [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${chrome} Safari/537.36 Edg/148.0`, 'Microsoft Edge on Windows', false],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux', false],
    [`Mozilla/5.0 (Linux; Android 14; Pixel 8) ${chrome} Mobile Safari/537.36`, 'Chrome on Android', true],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Mobile/15E148 Safari/604.1',
      'Safari on iOS',
      true,
    ],
    [
      'Mozilla/5.0 (iPad; CPU OS 13_0 like Mac OS X) AppleWebKit/605 Version/13 Mobile/15 Safari/604',
      'Safari on iOS',
      true,
    ],
    ['', 'Unknown browser', false],
    ['   ', 'Unknown browser', false],
    ['curl/8.1', 'Unknown browser', false],
  ])('%s', (agent, label, mobile) => {
    expect(describeAgent(agent)).toEqual({ label, mobile })
  })
})

describe('an agent cannot put its own words into a mail', () => {
  test.each([
    ['<b>http://evil.test</b>/1.0 (x) y', 'Unknown browser'],
    ['evil.test/1.0 x', 'Unknown browser'],
    ['Your account is locked, call 0120/1.0 (Windows NT 10.0) y', 'Windows'],
    ['evil.test\r\nBcc: all/1.0 x', 'Unknown browser'],
    [`${'A'.repeat(100_000)}/1 x`, 'Unknown browser'],
  ])('%j', (agent, label) => {
    expect(describeAgent(agent).label).toBe(label)
  })

  test('only the beginning of a long agent is read', () => {
    const late = `${'x'.repeat(600)} Mozilla/5.0 (Windows NT 10.0) ${chrome}`
    expect(describeAgent(late).label).toBe('Unknown browser')
  })
})
