import { createServer } from 'node:http'
import { pipeline } from 'node:stream'
import { Pool } from 'undici'
import { announce } from './announce.ts'

// A bare pipe: node:http in, undici out, nothing judged and nothing rewritten. What the gateway's work is measured against.
const pool = new Pool(process.argv[2] ?? '', { connections: 64, allowH2: false })
announce(
  createServer((request, response) => {
    pool
      .request({ path: request.url ?? '/', method: 'GET', headers: { host: request.headers.host ?? '' } })
      .then(answer => {
        const length = String(answer.headers['content-length'] ?? '')
        response.writeHead(answer.statusCode, { 'content-length': length })
        pipeline(answer.body, response, () => {})
      })
      .catch(() => response.destroy())
  }),
)
