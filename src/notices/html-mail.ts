import type { Language } from './notice.ts'
import type { Sender, Words } from './words.ts'

/**
 * The HTML part: one column, system fonts, no images and nothing loaded from anywhere, readable on a phone and in a dark scheme
 * (colours are only set where both schemes stay legible).
 */
export function htmlMail(words: Words, sender: Sender, language: Language): string {
  const rows = words.rows.map(
    ([label, value]) =>
      `<tr><td style="padding:4px 16px 4px 0;vertical-align:top;color:#767676">${escapeHtml(label)}</td><td style="padding:4px 0">${escapeHtml(value)}</td></tr>`,
  )
  const table =
    rows.length === 0
      ? ''
      : `<table role="presentation" style="border-collapse:collapse;margin:16px 0">${rows.join('')}</table>`
  const after = words.after.map(paragraph => `<p style="margin:12px 0">${escapeHtml(paragraph)}</p>`).join('')
  const support = sender.support === '' ? '' : `<br>${escapeHtml(sender.support)}`
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>${escapeHtml(words.subject)}</title></head>
<body style="margin:0;padding:24px 16px;font:16px/1.6 system-ui,-apple-system,'Hiragino Sans','Yu Gothic UI','Noto Sans JP',sans-serif">
<div style="max-width:520px;margin:0 auto">
<p style="margin:0 0 12px"><strong>${escapeHtml(words.lead)}</strong></p>
${table}${button(words)}${after}
<p style="margin:24px 0 0;padding-top:12px;border-top:1px solid #8886;color:#767676;font-size:14px">${escapeHtml(sender.productName)}<br>${escapeHtml(sender.portalOrigin)}${support}</p>
</div></body></html>
`
}

function button(words: Words): string {
  if (words.button === undefined) return ''
  const url = escapeHtml(words.button.url)
  return `<p style="margin:20px 0"><a href="${url}" style="display:inline-block;padding:10px 20px;border-radius:6px;background:#0b5cad;color:#ffffff;text-decoration:none">${escapeHtml(words.button.label)}</a></p>
<p style="margin:0 0 12px;font-size:14px;word-break:break-all;color:#767676">${url}</p>`
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
