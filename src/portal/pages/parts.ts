import { html } from 'hono/html'
import type { Html } from '../../http/layout.ts'
import { formatAgo, formatInstant, isoInstant } from '../../lib/instant.ts'
import type { Words } from '../words/en.ts'

// The pieces that pages are put together from. Each is complete without a script.

export interface Field {
  readonly name: string
  readonly label: string
  /** `any-code`: digits or a backup code, so a keyboard with letters. */
  readonly type: 'text' | 'email' | 'password' | 'code' | 'any-code' | 'phone'
  readonly autocomplete: string
  readonly value?: string
  readonly hint?: string
  readonly error?: string | undefined
  readonly focus?: boolean
  readonly lengthMax?: number
}

export function field(words: Words, spec: Field): Html {
  const { name, label, hint, error } = spec
  const described = [hint === undefined ? '' : `${name}-hint`, error === undefined ? '' : `${name}-error`].filter(
    id => id !== '',
  )
  const input = html`<input id="${name}" name="${name}"${kindOf(spec)} autocomplete="${spec.autocomplete}" maxlength="${spec.lengthMax ?? 1024}"${
    spec.value === undefined ? '' : html` value="${spec.value}"`
  }${described.length === 0 ? '' : html` aria-describedby="${described.join(' ')}"`}${
    error === undefined ? '' : html` aria-invalid="true"`
  }${spec.focus === true && error === undefined ? html` autofocus` : ''} required>`
  return html`<div class="field"><label for="${name}">${label}</label>
${hint === undefined ? '' : html`<p class="hint" id="${name}-hint">${hint}</p>`}
${spec.type === 'password' ? withShow(words, name, input) : input}
${error === undefined ? '' : html`<p class="error" id="${name}-error">${error}</p>`}</div>`
}

function kindOf({ type }: Field): Html {
  switch (type) {
    case 'email':
      return html` type="email" inputmode="email" autocapitalize="none" spellcheck="false"`
    case 'password':
      return html` type="password" autocapitalize="none" spellcheck="false"`
    case 'code':
      return html` type="text" inputmode="numeric" class="code"`
    case 'any-code':
      return html` type="text" autocapitalize="characters" spellcheck="false" class="code"`
    case 'phone':
      return html` type="tel" inputmode="tel"`
    case 'text':
      return html` type="text"`
    default:
      return type satisfies never
  }
}

function withShow(words: Words, name: string, input: Html): Html {
  const { show, hide } = words.common
  return html`<div class="with-button">${input}<button type="button" class="quiet small" hidden aria-pressed="false" aria-controls="${name}" data-shows="${name}" data-show="${show}" data-hide="${hide}">${show}</button></div>`
}

export interface Problem {
  readonly text: string
  /** The field it stands by. */
  readonly field?: string
}

/** What is wrong, at the top of the page, where the focus goes. */
export function problems(words: Words, found: readonly Problem[]): Html {
  if (found.length === 0) return html``
  const lines = found.map(
    ({ text, field: name }) => html`<li>${name === undefined ? text : html`<a href="#${name}">${text}</a>`}</li>`,
  )
  return html`<div class="errors" role="alert" tabindex="-1" autofocus data-takes-focus><h2>${words.common.problem}</h2><ul>${lines}</ul></div>`
}

export function note(text: string | null): Html {
  return text === null ? html`` : html`<p class="note" role="status">${text}</p>`
}

/** An exact moment in UTC; the script turns it into the person's own zone. */
export function moment(at: number, language: string): Html {
  return html`<time datetime="${isoInstant(at)}">${formatInstant(at, language)}</time>`
}

/** How long ago, exact on hover. */
export function ago(at: number, now: number, language: string): Html {
  return html`<time datetime="${isoInstant(at)}" title="${formatInstant(at, language)}">${formatAgo(at, now, language)}</time>`
}

/** A form that is only a button. */
export function buttonForm(action: string, label: string, options: ButtonOptions = {}): Html {
  const { fields = html``, kind = '', name } = options
  return html`<form method="post" action="${action}">${fields}<button${kind === '' ? '' : html` class="${kind}"`}${
    name === undefined ? '' : html` aria-label="${name}"`
  }>${label}</button></form>`
}

export interface ButtonOptions {
  readonly fields?: Html
  readonly kind?: string
  /** What a screen reader says, where the label alone would not tell which. */
  readonly name?: string
}

export function receiptLine(words: Words, receipt: string): Html {
  return html`<div class="below soft"><p>${words.common.helpWithReceipt}</p><p>${words.common.receipt}: <code>${receipt}</code></p></div>`
}
