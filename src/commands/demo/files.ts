import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ConfigurationInput, writeConfiguration } from '../../config/write.ts'
import { leakedListName, writeLeakedList } from './leaked-list.ts'

export interface DemoPorts {
  readonly port: number
  readonly portalOrigin: string
  readonly chatPort: number
}

/** Writes the demo's configuration as anybody would write their own: the demo runs on files, and reloads when they change. */
export function writeDemoFiles(folder: string, ports: DemoPorts): { gatewayFile: string; policiesFolder: string } {
  const policiesFolder = join(folder, 'policies')
  mkdirSync(policiesFolder, { recursive: true, mode: 0o700 })
  const gatewayFile = join(folder, 'gateway.yaml')
  const write = (file: string, input: ConfigurationInput) => writeFileSync(file, writeConfiguration(input))
  if (!existsSync(join(folder, leakedListName))) writeLeakedList(folder, [])
  write(gatewayFile, gateway(ports))
  write(join(policiesFolder, 'routes.yaml'), routes)
  write(join(policiesFolder, 'minato.yaml'), minato)
  write(join(policiesFolder, 'sakura.yaml'), sakura)
  write(join(policiesFolder, 'nagisa.yaml'), nagisa)
  write(join(policiesFolder, 'demo.test.yaml'), tests)
  return { gatewayFile, policiesFolder }
}

function gateway({ port, portalOrigin, chatPort }: DemoPorts): ConfigurationInput {
  return {
    listen: { address: '127.0.0.1', port },
    portal: { origin: portalOrigin },
    operator: { listen: { address: '127.0.0.1', port: 0 } },
    dataDir: 'data',
    upstreams: { chat: { addresses: [`http://127.0.0.1:${chatPort}`], audience: 'chat' } },
    mail: { transport: 'mailbox', from: 'noreply@auth.localhost.example' },
    pages: { productName: 'Sekisho', support: 'your administrator' },
    sms: { transport: 'mailbox', defaultCountry: '+81', countries: ['+81', '+1', '+44'] },
    passwords: { leaked: { source: 'file', path: leakedListName, mode: 'mail' } },
    signInNotices: { newNetwork: true },
    development: { insecureCookies: true },
  }
}

const routes: ConfigurationInput = {
  kind: 'routes',
  routes: [
    {
      name: 'welcome',
      hosts: ['localhost'],
      exact: '/welcome',
      upstream: 'chat',
      access: 'public',
      identity: 'optional',
    },
    { name: 'public', hosts: ['localhost'], prefix: '/public/', upstream: 'chat', access: 'public' },
    {
      name: 'admin',
      hosts: ['localhost'],
      prefix: '/admin',
      upstream: 'chat',
      access: 'signed-in',
      roles: ['administrator'],
    },
    { name: 'chat', hosts: ['localhost'], prefix: '/', upstream: 'chat', access: 'signed-in', websocket: true },
  ],
}

// Each mode is switched on somewhere, so that all of it can be tried with the mailbox page.
const minato: ConfigurationInput = {
  kind: 'organization',
  slug: 'minato',
  name: 'Minato Shipping',
  signIn: { emailedCodes: true },
}

const sakura: ConfigurationInput = {
  kind: 'organization',
  slug: 'sakura',
  name: 'さくら商事',
  signIn: { codeOnUnknownDevice: true },
  networks: [
    { network: '127.0.0.0/8', comment: 'this machine' },
    { network: '::1', comment: 'this machine' },
    { network: '203.0.113.0/24', comment: 'the office' },
  ],
}

// Its people come through the development identity provider; Nami is for the day when that is away.
const nagisa: ConfigurationInput = {
  kind: 'organization',
  slug: 'nagisa',
  name: '渚デザイン Nagisa Design',
  emailDomains: ['nagisa.example'],
  sso: { required: true, breakGlass: ['nami@nagisa.example'] },
}

const tests: ConfigurationInput = {
  kind: 'tests',
  tests: [
    {
      name: 'people of さくら商事 come in from the office',
      request: { host: 'localhost', path: '/', address: '203.0.113.9' },
      person: { organization: 'sakura' },
      expect: 'allow',
    },
    {
      name: 'people of さくら商事 stay out elsewhere',
      request: { host: 'localhost', path: '/', address: '198.51.100.7' },
      person: { organization: 'sakura' },
      expect: 'deny outside_organization_networks',
    },
    {
      name: 'nobody gets to the administration without its role',
      request: { host: 'localhost', path: '/admin/', address: '127.0.0.1' },
      person: { organization: 'minato', roles: ['person'] },
      expect: 'deny role_missing',
    },
  ],
}
