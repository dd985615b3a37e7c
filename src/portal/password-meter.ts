import { html } from 'hono/html'
import type { Html } from '../http/layout.ts'
import type { Assets } from './assets.ts'
import type { Words } from './words/en.ts'

/** Whose new password it is: of the holder of a session, of a mailed ticket, or of a code that was handed over. */
export type MeterPage = 'account' | 'reset' | 'hand-over'

/** What stands under a field for a new password, with its script. Without it the rules are listed, and the answer comes with the form. */
export type MeterPart = (words: Words, page: MeterPage, field: string) => Html

export function createMeterPart({ meterScript }: Pick<Assets, 'meterScript'>): MeterPart {
  return (
    { passwordAdvice },
    page,
    field,
  ) => html`<div class="strength" data-meter="${field}" data-page="${page}" hidden>
<meter min="0" max="4" low="2" high="3" optimum="4" value="0" aria-label="${passwordAdvice.label}"></meter>
<p class="soft" role="status" aria-live="polite"></p></div>
<script src="${meterScript}" defer></script>`
}
