/** Which room may know which, and why. The table of ARCHITECTURE.md; what the table does not name is not allowed. */
export interface Wall {
  /** Rooms whose values may be imported. */
  readonly may: readonly string[]
  /** Rooms of which only types may be imported: words, no behaviour. */
  readonly mayTypes: readonly string[]
  readonly because: string
}

const anything = ['*']

export const walls: Readonly<Record<string, Wall>> = {
  lib: { may: [], mayTypes: [], because: 'leaves know nothing of the house, so that every room can stand on them' },
  policy: {
    may: ['lib'],
    mayTypes: [],
    because: 'decisions are pure: whoever reads a gate has read everything that can change its answer',
  },
  config: {
    may: ['lib'],
    mayTypes: ['policy'],
    because: 'configuration is data for others; it must be checkable without starting any of them',
  },
  journal: {
    may: ['lib'],
    mayTypes: ['policy'],
    because: 'every room writes to the journal, so the journal may depend on none of them',
  },
  wire: {
    may: ['lib'],
    mayTypes: [],
    because: 'what a request is must be settled before, and apart from, what is thought of it',
  },
  outgoing: { may: ['lib', 'journal'], mayTypes: [], because: 'one door to foreign hosts, whoever knocks' },
  limits: {
    may: ['lib', 'journal'],
    mayTypes: ['policy'],
    because: 'counters must be exchangeable for a cluster without touching a rule',
  },
  live: {
    may: ['lib', 'journal'],
    mayTypes: ['policy'],
    because: 'a cut must not wait for, or depend on, anything that could be down',
  },
  notices: {
    may: ['lib', 'journal', 'outgoing'],
    mayTypes: ['policy'],
    because: 'mail is an effect of a change, never a cause of one',
  },
  sso: { may: ['lib', 'journal', 'outgoing'], mayTypes: ['policy', 'notices'], because: 'XML stays behind one door' },
  people: {
    may: ['lib', 'journal', 'outgoing'],
    mayTypes: ['policy', 'notices'],
    because: 'who people are must not depend on how they are asked, or on who asks',
  },
  http: {
    may: ['lib', 'policy'],
    mayTypes: ['wire'],
    because: 'the glue to the framework knows requests and verdicts, and nobody of the people behind them',
  },
  proxy: {
    may: ['lib', 'policy', 'wire', 'live', 'journal'],
    mayTypes: [],
    because: 'the data plane acts on a verdict; it cannot look anybody up, so it cannot decide',
  },
  incident: {
    may: ['lib', 'people', 'notices', 'journal'],
    mayTypes: ['policy'],
    because: 'a campaign is work on people, and must run without any page',
  },
  portal: {
    may: ['lib', 'policy', 'http', 'people', 'sso', 'limits', 'notices', 'incident', 'journal'],
    mayTypes: [],
    because: 'pages show a verdict and add proofs; they know neither facts nor stores',
  },
  admin: {
    may: ['lib', 'policy', 'http', 'people', 'sso', 'limits', 'notices', 'incident', 'journal'],
    mayTypes: [],
    because: 'administration asks the same gates as everybody; it has no way round them',
  },
  operator: {
    may: ['lib', 'policy', 'http', 'people', 'sso', 'limits', 'notices', 'incident', 'journal'],
    mayTypes: [],
    because: 'the operators speak to the rooms, not to the tables under them',
  },
  stores: {
    may: ['lib'],
    mayTypes: ['people', 'journal', 'notices', 'limits', 'proxy', 'incident', 'sso', 'live', 'policy'],
    because: 'stores implement ports that others declare; a rule written in SQL would be a rule nobody sees',
  },
  verifier: {
    may: [],
    mayTypes: [],
    because: 'backends copy this folder or import it alone: it may bring nothing of the house with it',
  },
  facts: { may: anything, mayTypes: anything, because: 'the meeting point of policy, people and limits' },
  composition: { may: anything, mayTypes: anything, because: 'the parts that the composition root is made of' },
  gateway: { may: anything, mayTypes: anything, because: 'the composition root' },
  commands: { may: anything, mayTypes: anything, because: 'the CLI starts what it needs' },
  main: { may: anything, mayTypes: anything, because: 'argv to command' },
}

/** Only these may be imported by others of their kind: nothing below them knows how the house is put together. */
export const roofs: Readonly<Record<string, readonly string[]>> = {
  main: [],
  commands: ['main'],
  gateway: ['main', 'commands'],
  composition: ['gateway', 'commands'],
  facts: ['composition', 'gateway', 'commands'],
  stores: ['composition', 'gateway', 'commands'],
}

/** One door each: the rest of the house does not know the package's name, so that it can be exchanged in one place. */
export const doors: Readonly<Record<string, { readonly rooms: readonly string[]; readonly because: string }>> = {
  zod: { rooms: ['config'], because: 'outside data is parsed at the door, and trusted inside' },
  yaml: { rooms: ['config'], because: 'one reader of files, one way to report line and column' },
  pino: { rooms: ['journal'], because: 'redaction happens in one place' },
  'prom-client': { rooms: ['journal'], because: 'the names of metrics are a contract, kept in one place' },
  undici: {
    rooms: ['wire', 'outgoing'],
    because: 'wire has its llhttp alone; requests to others have caps and deadlines there',
  },
  'rate-limiter-flexible': { rooms: ['limits', 'stores'], because: 'counting is exchangeable for a cluster' },
  nodemailer: { rooms: ['notices'], because: 'one place knows when the first byte of a mail leaves' },
  otplib: { rooms: ['people'], because: 'a code is judged and spent in one place' },
  '@node-rs/argon2': { rooms: ['people'], because: 'one bounded queue in front of the costly hash' },
  '@simplewebauthn/server': { rooms: ['people'], because: 'what an authenticator says is judged in one place' },
  '@simplewebauthn/browser': { rooms: ['portal'], because: 'one script speaks to the browser’s authenticators' },
  '@zxcvbn-ts/core': { rooms: ['people'], because: 'how guessable a password is, is estimated in one place' },
  '@zxcvbn-ts/language-common': { rooms: ['people'], because: 'words of the estimate' },
  '@zxcvbn-ts/language-en': { rooms: ['people'], because: 'words of the estimate' },
  '@zxcvbn-ts/language-ja': { rooms: ['people'], because: 'words of the estimate' },
  maxmind: { rooms: ['people'], because: 'where an address is, is a hint that one place gives' },
  bowser: { rooms: ['people'], because: 'a user agent is a hint; one place bounds its length and names the device' },
  'libxml2-wasm': { rooms: ['sso'], because: 'XML stays behind one door' },
  uqr: { rooms: ['portal'], because: 'a picture on a page' },
  hono: { rooms: ['http', 'portal', 'admin', 'operator'], because: 'the framework routes pages and decides nothing' },
  jose: { rooms: ['proxy', 'verifier'], because: 'tokens are signed in one place and verified in one' },
  kysely: { rooms: ['stores'], because: 'only stores know SQL' },
  'node:sqlite': { rooms: ['stores'], because: 'only stores know SQL' },
  'node:worker_threads': { rooms: ['stores', 'people', 'sso'], because: 'threads have one owner who ends them' },
  'node:child_process': { rooms: ['commands'], because: 'a gateway starts no programs' },
}

/** Parts of Node that a room may not have: `policy` computes, and does nothing else. */
export const withoutNode: readonly string[] = ['policy']
