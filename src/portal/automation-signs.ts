import { fieldValue, type RequestHead } from '../lib/request-head.ts'

/**
 * How many signs of a program a posted password bears, 0 to 5. A hint for the detection of attacks and never a control: each of them is
 * forged in a line. Browsers send all of these fields with every form since 2023; an old one lacks one of them, a script most.
 */
export function countAutomationSigns({ headers }: RequestHead): number {
  const agent = (fieldValue(headers, 'user-agent') ?? '').slice(0, 512)
  const signs = [
    fieldValue(headers, 'accept-language') === undefined,
    fieldValue(headers, 'sec-fetch-site') === undefined && fieldValue(headers, 'sec-fetch-mode') === undefined,
    fieldValue(headers, 'accept')?.includes('text/html') !== true,
    !agent.startsWith('Mozilla/5.0 ('),
    programs.test(agent),
  ]
  return signs.filter(each => each).length
}

/** Libraries and browsers without a window that say what they are. */
const programs =
  /\b(?:curl|wget|python|requests|httpx|aiohttp|urllib|go-http-client|java|okhttp|axios|node|undici|got|ruby|perl|libwww|php|guzzle|scrapy|postman|insomnia|headless\w*|phantomjs|puppeteer|playwright|selenium|bot)\b/i
