import type { Rooms } from '../../composition/rooms.ts'
import { createSeal } from '../../lib/seal.ts'
import type { Language } from '../../notices/notice.ts'
import type { Account, Factor } from '../../people/account.ts'
import type { Origin } from '../../people/origin.ts'
import type { Role } from '../../policy/facts.ts'

export interface DemoPerson {
  readonly email: string
  /** Null: signs in at the identity provider. */
  readonly password: string | null
  readonly note: string
}

interface Seed {
  readonly email: string
  readonly name: string
  readonly organization: string
  readonly role: Role
  readonly language: Language
  readonly password: string | null
  readonly secondFactor?: true
  /** Stands in the demo's list of leaked passwords. */
  readonly leaked?: true
}

const seeds: readonly Seed[] = [
  {
    email: 'hana@minato.example',
    name: 'Hana Mori',
    organization: 'minato',
    role: 'person',
    language: 'en',
    password: 'lantern-quay-drizzle',
  },
  {
    email: 'omar@minato.example',
    name: 'Omar Haddad',
    organization: 'minato',
    role: 'person',
    language: 'en',
    password: 'velvet-otter-compass',
    secondFactor: true,
  },
  {
    email: 'ren@minato.example',
    name: 'Ren Sato',
    organization: 'minato',
    role: 'person',
    language: 'ja',
    password: 'harbour-kettle-tango',
    leaked: true,
  },
  {
    email: 'ines@minato.example',
    name: 'Ines Duarte',
    organization: 'minato',
    role: 'user_administrator',
    language: 'en',
    password: 'copper-gull-sandbar',
  },
  {
    email: 'paul@minato.example',
    name: 'Paul Brandt',
    organization: 'minato',
    role: 'administrator',
    language: 'en',
    password: 'granite-moss-ferryman',
  },
  {
    email: 'yui@sakura.example',
    name: '佐藤 結衣',
    organization: 'sakura',
    role: 'person',
    language: 'ja',
    password: 'tatami-umbrella-fjord',
  },
  {
    email: 'ken@sakura.example',
    name: '田中 健',
    organization: 'sakura',
    role: 'user_administrator',
    language: 'ja',
    password: 'pebble-hinoki-orbit',
  },
  {
    email: 'mika@sakura.example',
    name: '鈴木 美香',
    organization: 'sakura',
    role: 'administrator',
    language: 'ja',
    password: 'yuzu-thicket-anchor',
  },
  {
    email: 'hana@nagisa.example',
    name: '海野 花',
    organization: 'nagisa',
    role: 'person',
    language: 'ja',
    password: null,
  },
  {
    email: 'leo@nagisa.example',
    name: 'Leo Marin',
    organization: 'nagisa',
    role: 'administrator',
    language: 'en',
    password: null,
  },
  {
    email: 'nami@nagisa.example',
    name: 'Nami Okuda',
    organization: 'nagisa',
    role: 'administrator',
    language: 'en',
    password: 'pelican-ginger-lagoon',
    secondFactor: true,
  },
]

/** Whom the development identity provider knows: those without a password here, and somebody whose account appears at the first sign-in. */
export const providerPeople: readonly { readonly email: string; readonly name: string }[] = [
  ...seeds.filter(({ password }) => password === null).map(({ email, name }) => ({ email, name })),
  { email: 'sora@nagisa.example', name: 'Sora Lind' },
]

const bySeed: Origin = { actor: { kind: 'system', id: 'demo' }, address: null, receipt: null, device: 'demo' }

/** Written into the list once they are set: nobody can choose one that stands in it. */
export const leakedDemoPasswords: readonly string[] = seeds
  .filter(({ leaked }) => leaked)
  .flatMap(({ password }) => password ?? [])

/** Creates the people that are not there yet; with `--data` the ones of the last time are found again. */
export async function seedDemo(rooms: Rooms): Promise<readonly DemoPerson[]> {
  const people: DemoPerson[] = []
  for (const seed of seeds) people.push(await seedPerson(rooms, seed))
  return people
}

async function seedPerson(rooms: Rooms, seed: Seed): Promise<DemoPerson> {
  const organization = await rooms.store.organizations.findBySlug(seed.organization)
  const creating = await rooms.people.peopleAdmin.create(
    {
      email: seed.email,
      name: seed.name,
      language: seed.language,
      organizationId: organization?.id ?? null,
      roles: [seed.role],
      password: seed.password,
    },
    bySeed,
  )
  const { email, password } = seed
  const words = describe(seed, organization?.name ?? seed.organization)
  switch (creating.kind) {
    case 'created': {
      const secret = seed.secondFactor === true ? await addSecondFactor(rooms, creating.account) : null
      return { email, password, note: secret === null ? words : `${words}; second factor (TOTP) ${secret}` }
    }
    case 'taken':
      return { email, password, note: `${words} (kept from before)` }
    case 'invalid':
    case 'refused':
      throw new Error(`the seed ${email} cannot be created: ${JSON.stringify(creating)}`)
    default:
      return creating satisfies never
  }
}

function describe({ name, role, organization: slug, password, leaked }: Seed, organization: string): string {
  const words = `${name}, ${role.replace('_', ' ')} of ${organization}`
  if (leaked === true) return `${words}; the password is a leaked one`
  if (slug === 'nagisa' && password !== null) return `${words}; emergency access beside single sign-on`
  return words
}

/** A confirmed authenticator app whose secret the demo prints. Nobody else's can be set up by somebody else: this one is nobody's. */
async function addSecondFactor({ store, people, keys, random, clock }: Rooms, account: Account): Promise<string> {
  const { secret } = people.secondFactors.newTotp(account)
  const id = random.token(12)
  const at = clock.now()
  const factor: Factor = {
    id,
    kind: 'totp',
    label: 'Demo',
    addedAt: at,
    sealedSecret: createSeal(keys.seal, random).close(secret, `factor:${id}`),
    lastStep: 0,
    setAsideAt: null,
    spare: false,
    credentialId: null,
  }
  const { actor, address, receipt } = bySeed
  const audit = {
    event: 'factor_added' as const,
    at,
    actor,
    address,
    receipt,
    accountId: account.id,
    organizationId: account.organizationId,
    facts: {},
  }
  await store.factors.add(account.id, factor, { audit, notices: [] })
  return secret
}
