import type { Page } from 'playwright-core'

/**
 * What a person who hears the page, or uses it by keyboard alone, needs of it (WCAG 2.2: 1.1.1, 1.3.1, 2.4.2, 2.4.6, 3.3.1, 4.1.2). Answers
 * what is lacking, in words; empty when all is there.
 */
export function lacksOf(page: Page): Promise<readonly string[]> {
  return page.evaluate<string[]>(findLacks)
}

// Runs in the page, so it is text: the browser's own types would leak into the whole project.
const findLacks = `(() => {
  const lacks = []
  const all = selector => [...document.querySelectorAll(selector)]
  const named = element => element.innerText.trim() !== '' || (element.getAttribute('aria-label') ?? '') !== ''
  const shown = element => element.checkVisibility()
  if (document.title.trim() === '') lacks.push('no title')
  if (document.documentElement.lang === '') lacks.push('no language')
  if (all('main').length !== 1) lacks.push(all('main').length + ' main landmarks')
  if (all('h1').length !== 1) lacks.push(all('h1').length + ' headings of the first rank')
  let rank = 1
  for (const heading of all('h1, h2, h3, h4')) {
    const next = Number(heading.tagName[1])
    if (next > rank + 1) lacks.push('heading jumps to rank ' + next + ': ' + heading.innerText)
    rank = next
  }
  const ids = all('[id]').map(({ id }) => id)
  for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i))) lacks.push('two elements are called ' + id)
  for (const field of all('input:not([type=hidden]), select, textarea').filter(shown)) {
    if (field.labels.length === 0 && !field.hasAttribute('aria-label')) lacks.push('no label: ' + field.name)
    if (field.labels.length > 0 && !named(field.labels[0])) lacks.push('an empty label: ' + field.name)
  }
  for (const element of all('a[href], button, summary').filter(shown))
    if (!named(element)) lacks.push('no name: ' + element.outerHTML.slice(0, 80))
  for (const image of all('img, svg').filter(shown))
    if (!image.hasAttribute('alt') && !image.hasAttribute('aria-label') && !image.hasAttribute('aria-hidden') && image.closest('[aria-label], [role=img]') === null && image.querySelector('title') === null)
      lacks.push('a picture without words')
  for (const element of all('[aria-describedby], [aria-labelledby]'))
    for (const name of ['aria-describedby', 'aria-labelledby'])
      for (const id of (element.getAttribute(name) ?? '').split(' ').filter(each => each !== ''))
        if (document.getElementById(id) === null) lacks.push(name + ' names nothing: ' + id)
  const wrong = all('[aria-invalid=true]').filter(shown)
  for (const field of wrong) if (!field.hasAttribute('aria-describedby')) lacks.push('wrong, and not said why: ' + field.name)
  if (all('.errors').length > 0 && document.activeElement?.className !== 'errors') lacks.push('the focus is not on what went wrong')
  return lacks
})()`
