// Says while somebody types how a new password will be judged. Nothing is kept: neither here nor in any cache.

for (const part of document.querySelectorAll('[data-meter]')) {
  const input = document.getElementById(part.dataset.meter)
  const bar = part.querySelector('meter')
  const said = part.querySelector('p')
  // What is asked while an answer is on its way overtakes it.
  let newest = 0
  let timer
  input.addEventListener('input', () => {
    clearTimeout(timer)
    newest++
    if (input.value === '') part.hidden = true
    else timer = setTimeout(ask, 400)
  })

  async function ask() {
    const asked = ++newest
    const judged = await judge(part.dataset.page, input).catch(() => null)
    if (asked !== newest) return
    part.hidden = judged === null
    if (judged === null) return
    bar.hidden = judged.score === null
    bar.value = judged.score ?? 0
    said.textContent = judged.words.join(' ')
  }
}

async function judge(page, input) {
  // What lets a person choose a password without a session travels in the form.
  const pass = input.form?.elements.pass?.value ?? ''
  const answer = await fetch('/password-meter', {
    method: 'POST',
    body: new URLSearchParams({ page, password: input.value, pass }),
    cache: 'no-store',
    redirect: 'error',
  })
  return answer.ok ? answer.json() : null
}
