import { startGateway } from '../test/support/gateway.ts'

// A gateway of the benches: a public route, a signed-in one, and people to sign in.
const gateway = await startGateway({
  upstream: process.argv[2] ?? '',
  policies: {
    routes: {
      kind: 'routes',
      routes: [
        { name: 'public', hosts: ['localhost'], prefix: '/public/', upstream: 'app', access: 'public' },
        { name: 'app', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'signed-in' },
      ],
    },
  },
  gateway: {
    limits: {
      traffic: {
        address: { rate: '100000000/1m', burst: 1_000_000 },
        addressWithSession: { rate: '100000000/1m', burst: 1_000_000 },
        account: { rate: '100000000/1m', burst: 1_000_000 },
      },
      signIn: { address: '1000000/1h', account: '1000000/1h', pair: '1000000/1h', accountKnownDevice: '1000000/1h' },
    },
  },
})
await gateway.addPerson({ email: 'bench@example.com' })
console.log(gateway.port)
