import type { Language } from './notice.ts'
import type { Sender, Words } from './words.ts'

/**
 * The HTML part: one column, system fonts, no images and nothing loaded from anywhere, readable on a phone. Light colours stand in the
 * elements themselves, because some programs drop the style sheet; the sheet adds the dark scheme and the narrow screen for all others.
 */
export function htmlMail(words: Words, sender: Sender, language: Language): string {
  const paragraphs = words.after.map(text => `<p style="margin:12px 0 0">${escapeHtml(text)}</p>`).join('\n')
  const support = sender.support === '' ? '' : `<br>${escapeHtml(sender.support)}`
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark"><meta name="format-detection" content="telephone=no"><title>${escapeHtml(words.subject)}</title>
<style>${sheet}</style></head>
<body class="page" style="margin:0;padding:0;background:#f4f5f7">
<table role="presentation" class="page" cellpadding="0" cellspacing="0" style="width:100%;border-collapse:collapse;background:#f4f5f7"><tr><td align="center" style="padding:24px 12px">
<table role="presentation" cellpadding="0" cellspacing="0" style="width:100%;max-width:560px;border-collapse:separate;table-layout:fixed"><tr><td class="card" style="padding:28px 24px;text-align:left;background:#ffffff;color:#1b1f27;border:1px solid #d5d9e0;border-radius:12px;font:16px/1.6 ${fonts};${wrapping}">
<p class="soft" style="margin:0 0 16px;font-size:14px;font-weight:600;color:#555d6b">${escapeHtml(sender.productName)}</p>
<p style="margin:0;font-size:18px;line-height:1.5;font-weight:600">${escapeHtml(words.lead)}</p>
${code(words)}${facts(words)}${button(words)}${paragraphs}
</td></tr><tr><td class="soft foot" style="padding:16px 24px 0;text-align:left;color:#555d6b;font:14px/1.6 ${fonts};${wrapping}">${escapeHtml(sender.productName)}<br>${escapeHtml(sender.portalOrigin)}${support}</td></tr></table>
</td></tr></table>
</body></html>
`
}

const fonts = `system-ui,-apple-system,'Segoe UI',Roboto,'Hiragino Sans','Yu Gothic UI','Noto Sans JP','Noto Sans CJK JP',sans-serif`
const wrapping = 'word-break:break-word;overflow-wrap:anywhere'

// Contrast in the dark as on the pages of the portal; the button keeps its colours in both schemes.
const sheet = `@media (prefers-color-scheme:dark){.page{background:#14171c!important}.card{background:#1d2128!important;border-color:#363c47!important;color:#eceef2!important}.soft{color:#a9b1be!important}.line{border-color:#363c47!important}.code{background:#14171c!important;border-color:#363c47!important}}
@media (max-width:480px){.card{padding:24px 18px!important}.foot{padding:16px 18px 0!important}.fact th,.fact td{display:block!important;width:auto!important}.fact th{padding:8px 0 0!important}.fact td{padding:0 0 8px!important;border-top:0!important}}`

/** Large, so that it can be read from a lock screen and typed on another device. */
function code({ code: text }: Words): string {
  if (text === undefined) return ''
  return `<p class="code" style="margin:20px 0 0;padding:12px 16px;text-align:center;background:#f4f5f7;border:1px solid #d5d9e0;border-radius:8px;font:600 28px/1.4 ui-monospace,'SFMono-Regular',Menlo,Consolas,monospace;letter-spacing:4px">${escapeHtml(text)}</p>`
}

function facts({ rows }: Words): string {
  if (rows.length === 0) return ''
  const cell = 'padding:8px 0;vertical-align:top;text-align:left;border-top:1px solid #d5d9e0'
  const lines = rows.map(
    ([label, value]) =>
      `<tr class="fact"><th scope="row" class="soft line" style="width:34%;${cell};padding-right:16px;font-weight:400;color:#555d6b">${escapeHtml(label)}</th><td class="line" style="${cell}"><bdi>${escapeHtml(value)}</bdi></td></tr>`,
  )
  return `<table cellpadding="0" cellspacing="0" style="width:100%;margin:20px 0 0;border-collapse:collapse;table-layout:fixed;font-size:16px">${lines.join('\n')}</table>`
}

/** The address stands below in full: a program that shows no buttons, or a careful person, still gets there. */
function button(words: Words): string {
  if (words.button === undefined) return ''
  const url = escapeHtml(words.button.url)
  return `<p style="margin:24px 0 8px"><a href="${url}" style="display:inline-block;padding:12px 24px;border-radius:8px;background:#0b5cad;color:#ffffff;font-weight:600;text-decoration:none">${escapeHtml(words.button.label)}</a></p>
<p class="soft" style="margin:0 0 20px;font-size:14px;line-height:1.5;word-break:break-all;color:#555d6b">${url}</p>`
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
