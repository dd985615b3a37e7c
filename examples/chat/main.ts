// Irori, the demo chat, from the command line. All it needs to know of the gateway: where its keys are and what it calls us.
import { parseArgs } from 'node:util'
import { createChat } from './chat.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8081' },
    host: { type: 'string', default: '127.0.0.1' },
    'gateway-jwks': { type: 'string' },
    issuer: { type: 'string' },
    audience: { type: 'string', default: 'chat' },
    portal: { type: 'string' },
    data: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help || values['gateway-jwks'] === undefined || values.issuer === undefined) {
  console.error(
    'usage: node examples/chat/main.ts --gateway-jwks URL --issuer ISS [--audience chat] [--port 8081] [--host 127.0.0.1] [--portal URL] [--data DIR]',
  )
  process.exit(values.help ? 0 : 2)
}

const chat = await createChat({
  port: Number(values.port),
  host: values.host,
  jwksUrl: values['gateway-jwks'],
  issuer: values.issuer,
  audience: values.audience,
  portalUrl: values.portal,
  dataDir: values.data,
})
console.log(`the demo chat listens on http://${values.host}:${chat.port}, for the gateway alone`)

let closing = false
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    if (closing) process.exit(1)
    closing = true
    void chat.close()
  })
