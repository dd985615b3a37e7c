import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { type ForeignProgram, startForeignProgram } from '../../support/foreign-program.ts'
import { makeTestCertificate } from '../../support/test-certificate.ts'
import type { TlsFront } from '../../support/tls-front.ts'

// Identity providers that nobody here wrote, each in a process of its own behind the TLS front, on a site of its own.

export interface ForeignProvider extends AsyncDisposable {
  readonly origin: string
  /** What it says about itself, in its own words: an EntityDescriptor. */
  metadata(): Promise<string>
  /** A person at its sign-in page. */
  signIn(page: Page, person: Pick<ProviderPerson, 'email' | 'password'>): Promise<void>
  /** Where a single logout begins at the provider; null: it cannot by that binding. */
  readonly logoutUrl: { readonly redirect: string; readonly post: string | null }
  /** What it printed so far. */
  output(): string
}

export interface ProviderPerson {
  readonly email: string
  readonly password: string
  readonly name: string
}

/** What a provider knows of us: our metadata, and who may sign in there. */
export interface ProviderSetup {
  readonly front: TlsFront
  readonly ourMetadata: string
  readonly people: readonly ProviderPerson[]
}

export type StartProvider = (setup: ProviderSetup) => Promise<ForeignProvider>

/** npm's samlp: signs the Response. */
export const startSamlp: StartProvider = async setup => {
  const { origin, folder } = await prepare(setup, 'idp.samlp.test')
  await writeFile(
    join(folder, 'idp.json'),
    JSON.stringify({ origin, people: setup.people, sp: readOurMetadata(setup.ourMetadata) }),
  )
  const words = ['--no-deprecation', join(here, 'samlp-idp.mjs'), folder]
  const program = await startForeignProgram({
    command: process.execPath,
    words,
    folder,
    listening: /listening on (\d+)/,
  })
  return stand(setup, folder, origin, program, {
    metadataPath: '/metadata',
    logoutUrl: { redirect: `${origin}/logout`, post: null },
  })
}

/** Debian's pysaml2: signs the Assertion; with `encrypted`, encrypts it too. */
export function startPysaml2(encrypted: boolean): StartProvider {
  return async setup => {
    const { origin, folder } = await prepare(setup, 'idp.pysaml2.test')
    await writeFile(join(folder, 'idp.json'), JSON.stringify({ origin, people: setup.people, encrypted }))
    const words = ['-B', join(here, 'pysaml2_idp.py'), folder]
    const program = await startForeignProgram({ command: python, words, folder, listening: /listening on (\d+)/ })
    return stand(setup, folder, origin, program, {
      metadataPath: '/metadata',
      logoutUrl: { redirect: `${origin}/logout`, post: `${origin}/logout?by=post` },
    })
  }
}

/** Debian's SimpleSAMLphp on PHP's own server: signs both. */
export const startSimpleSamlPhp: StartProvider = async setup => {
  const { origin, folder } = await prepare(setup, 'idp.simplesamlphp.test')
  await writeFile(join(folder, 'people.json'), JSON.stringify(setup.people))
  await writeFile(join(folder, 'salt'), 'only-for-this-test-and-long-enough')
  const program = await startForeignProgram({
    command: 'php',
    words: [
      ...['-d', `auto_prepend_file=${join(here, 'simplesamlphp/prepend.php')}`, '-d', 'display_errors=0'],
      ...['-S', '127.0.0.1:0', '-t', simpleSamlPhp],
    ],
    folder,
    environment: {
      SIMPLESAMLPHP_CONFIG_DIR: join(here, 'simplesamlphp'),
      TEST_FOLDER: folder,
      TEST_ORIGIN: origin,
      TEST_FRONT_PORT: String(setup.front.port),
    },
    listening: /\(http:\/\/127\.0\.0\.1:(\d+)\) started/,
  })
  return stand(setup, folder, origin, program, {
    metadataPath: '/saml2/idp/metadata.php',
    logoutUrl: { redirect: `${origin}/saml2/idp/initSLO.php?RelayState=${origin}/logout.php`, post: null },
  })
}

/** Whether the programs are here. On CI their absence is a failure, elsewhere it is said aloud. */
export function findForeignProviders(): boolean {
  const needed = [python, '/usr/bin/xmlsec1', '/usr/bin/php', '/usr/lib/python3/dist-packages/saml2', simpleSamlPhp]
  const missing = needed.filter(file => !existsSync(file))
  if (missing.length === 0) return true
  if (process.env['CI'] !== undefined) throw new Error(`missing, and on CI these tests must run: ${missing.join(', ')}`)
  console.warn(
    `SKIPPED: ${missing.join(', ')} is not installed (npm test as root installs it); single sign-on is not tried`,
  )
  return false
}

const here = fileURLToPath(new URL('.', import.meta.url))
const python = '/usr/bin/python3' // Debian's own: its packages are not seen by another one
const simpleSamlPhp = join(here, 'node_modules/simplesamlphp/usr/share/simplesamlphp/www') // unpacked by scripts/setup.mjs

async function prepare(
  { front, ourMetadata }: ProviderSetup,
  host: string,
): Promise<{ origin: string; folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'sekisho-provider-'))
  const { key, pem } = await makeTestCertificate(host)
  await writeFile(join(folder, 'key.pem'), key)
  await writeFile(join(folder, 'certificate.pem'), pem)
  await writeFile(join(folder, 'sp.xml'), ourMetadata)
  return { origin: front.origin(host), folder }
}

interface Stand {
  readonly metadataPath: string
  readonly logoutUrl: ForeignProvider['logoutUrl']
}

function stand(
  { front }: ProviderSetup,
  folder: string,
  origin: string,
  program: ForeignProgram,
  { metadataPath, logoutUrl }: Stand,
): ForeignProvider {
  front.lead(new URL(origin).hostname, program.port)
  return {
    origin,
    logoutUrl,
    metadata: () => front.get(`${origin}${metadataPath}`),
    signIn: (page, person) => fillSignIn(page, origin, person),
    output: program.output,
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function fillSignIn(page: Page, origin: string, { email, password }: { email: string; password: string }) {
  await page.waitForURL(url => url.origin === origin)
  await page.locator('input[name=username]').fill(email)
  await page.locator('input[name=password]').fill(password)
  await page.locator('input[name=password]').press('Enter')
}

/** samlp knows no metadata; what it has to know is read here, from what we publish. */
function readOurMetadata(xml: string) {
  const first = (pattern: RegExp) => {
    const found = pattern.exec(xml)?.[1]
    if (found === undefined) throw new Error(`our metadata has no ${pattern}:\n${xml}`)
    return found
  }
  const certificate = first(/use="signing"[\s\S]*?<(?:\w+:)?X509Certificate>([^<]+)</)
  return {
    entityId: first(/entityID="([^"]+)"/),
    acs: first(/AssertionConsumerService[^>]*\sLocation="([^"]+)"/),
    slo: first(/SingleLogoutService[^>]*HTTP-Redirect[^>]*\sLocation="([^"]+)"/),
    certificate: `-----BEGIN CERTIFICATE-----\n${certificate.replace(/\s/g, '').replace(/.{64}/g, '$&\n').trim()}\n-----END CERTIFICATE-----\n`,
  }
}
