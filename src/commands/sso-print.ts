import { cellOf, isRecord, outcome, rowsOf, table } from './with-operator.ts'

// How `sekisho sso` writes what the API answers.

export function printProvider(body: unknown): readonly string[] {
  if (!isRecord(body)) return []
  const {
    certificates: _certificates,
    settings,
    staged,
    difference: _difference,
    answers: _answers,
    clockOffsetMs,
    ...rest
  } = body
  return [
    ...outcome(rest),
    `clock: ${typeof clockOffsetMs === 'number' ? `${(clockOffsetMs / 1000).toFixed(1)} s (the provider's minus ours)` : 'not measured yet'}`,
    ...['', 'signing certificates', ...table(rowsOf(body, 'certificates'), certificateColumns)],
    ...['', 'settings', ...(isRecord(settings) ? outcome(settings) : [])],
    '',
    ...(isRecord(staged)
      ? [`waits beside it: ${cellOf(staged['digest'])}, read ${cellOf(staged['read'])}`, ...differenceOf(body)]
      : ['nothing waits beside it']),
    ...['', 'last answers', ...printAnswers(body)],
  ]
}

export function printImport(body: unknown): readonly string[] {
  if (!isRecord(body)) return []
  const { notes, difference: _difference, ...rest } = body
  return [
    ...outcome(rest),
    ...(rowsOf(body, 'difference').length === 0 ? [] : differenceOf(body)),
    ...(Array.isArray(notes) ? notes.map(note => `note: ${cellOf(note)}`) : []),
  ]
}

export function printKeys(body: unknown): readonly string[] {
  return table(rowsOf(body, 'keys'), ['state', 'fingerprint', 'created', 'ends', 'daysLeft', 'id'])
}

export function printAnswer(answer: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(answer)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `  ${name}: ${cellOf(value)}`)
}

const certificateColumns = ['fingerprint', 'of', 'key', 'ends', 'daysLeft', 'subject']

function differenceOf(body: unknown): readonly string[] {
  return table(rowsOf(body, 'difference'), ['what', 'from', 'to'])
}

function printAnswers(body: Readonly<Record<string, unknown>>): readonly string[] {
  const answers = rowsOf(body, 'answers')
  if (answers.length === 0) return ['none yet']
  const [newest] = answers
  const remedy = newest?.['remedy']
  return [
    ...table(answers, ['at', 'times', 'purpose', 'outcome', 'subject', 'offsetMs', 'receipt', 'detail']),
    ...(typeof remedy === 'string' ? ['', `about the newest: ${remedy}`] : []),
  ]
}
