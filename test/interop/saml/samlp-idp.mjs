// An identity provider on npm's samlp: the library judges requests and builds answers, this file only asks who is there.
// Usage: node samlp-idp.mjs FOLDER, which holds idp.json (origin, people, sp), key.pem and certificate.pem.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

const require = createRequire(import.meta.url)
const samlp = require('samlp')
const SessionParticipants = require('samlp/lib/sessionParticipants')

const folder = process.argv[2]
const { origin, people, sp } = JSON.parse(readFileSync(join(folder, 'idp.json'), 'utf8'))
const issuer = `${origin}/metadata`
const key = readFileSync(join(folder, 'key.pem'))
const cert = readFileSync(join(folder, 'certificate.pem'))
const sha256 = { signatureAlgorithm: 'rsa-sha256', digestAlgorithm: 'sha256' }
const emailFormat = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress'
const sessions = new Map()

const routes = {
  '/metadata': samlp.metadata({
    issuer,
    cert,
    redirectEndpointPath: '/sso',
    postEndpointPath: '/sso',
    logoutEndpointPaths: { redirect: '/slo', post: '/slo' },
  }),
  '/sso': signOn,
  '/login': login,
  '/slo': logout,
  // Single logout that begins here.
  '/logout': logout,
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, origin)
  const cookie = /(?:^|; )idp=([0-9a-f]+)/.exec(request.headers.cookie ?? '')?.[1]
  const id = cookie !== undefined && sessions.has(cookie) ? cookie : randomBytes(16).toString('hex')
  if (!sessions.has(id)) sessions.set(id, { participants: [], asked: {} })
  const body = request.method === 'POST' ? Object.fromEntries(new URLSearchParams(await text(request))) : {}
  const asked = {
    method: request.method,
    headers: request.headers,
    originalUrl: request.url,
    protocol: 'https',
    query: Object.fromEntries(url.searchParams),
    body,
    session: sessions.get(id),
  }
  const answer = answerOf(response, id)
  const refuse = error => {
    console.error(url.pathname, error)
    answer.send(400, `refused: ${error?.message ?? 'nobody knows why'}`)
  }
  const route = routes[url.pathname]
  if (route === undefined) answer.send(404, 'nothing here')
  else route(asked, answer, refuse)
})

function signOn(request, response, refuse) {
  samlp.parseRequest(request, { signingCert: sp.certificate }, (error, asked) => {
    if (error) return refuse(error)
    request.session.asked[asked.id] = { method: request.method, query: request.query, body: request.body }
    if (request.session.email === undefined || asked.forceAuthn === 'true') response.send(loginForm(asked.id))
    else vouch(request, asked.id, response, refuse)
  })
}

function login(request, response, refuse) {
  const person = people.find(({ email }) => email === request.body.username)
  if (person === undefined || person.password !== request.body.password)
    return response.send(403, `<p id="wrong">Wrong name or password.</p>${loginForm(request.body.asked)}`)
  request.session.email = person.email
  request.session.index ??= `_${randomBytes(16).toString('hex')}`
  vouch(request, request.body.asked, response, refuse)
}

function vouch({ session, ...request }, id, response, refuse) {
  const { email, index } = session
  const person = people.find(each => each.email === email)
  session.participants = [
    {
      serviceProviderId: sp.entityId,
      sessionIndex: index,
      nameId: email,
      nameIdFormat: emailFormat,
      serviceProviderLogoutURL: sp.slo,
      binding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect',
      cert: sp.certificate,
    },
  ]
  samlp.auth({
    issuer,
    key,
    cert,
    ...sha256,
    signingCert: sp.certificate,
    getPostURL: (_audience, _document, _request, callback) => callback(null, sp.acs),
    getUserFromRequest: () => profileOf(person),
    destination: sp.acs,
    recipient: sp.acs,
    signResponse: true,
    signAssertion: false,
    lifetimeInSeconds: 300,
    nameIdentifierFormat: emailFormat,
    authnContextClassRef: 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport',
    sessionIndex: index,
  })({ ...request, ...session.asked[id], session }, response, refuse)
}

function logout(request, response, refuse) {
  const { session } = request
  samlp.logout({
    issuer,
    key,
    cert,
    ...sha256,
    deflate: true,
    protocolBinding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect',
    sessionParticipants: new SessionParticipants(session.participants),
    clearIdPSession(done) {
      delete session.email
      done()
    },
  })(request, response, refuse)
}

function profileOf({ email, name }) {
  return { id: email, emails: [{ value: email }], displayName: name, name: { givenName: name, familyName: name } }
}

/** What samlp, made for Express, calls on an answer. */
function answerOf(response, id) {
  const fields = {
    'Content-Type': 'text/html; charset=utf-8',
    'Set-Cookie': `idp=${id}; Path=/; Secure; HttpOnly; SameSite=None`,
  }
  return {
    set(name, value) {
      fields[name] = value
    },
    send(...words) {
      const [status, page = ''] = typeof words[0] === 'number' ? words : [200, words[0]]
      response.writeHead(status, fields).end(page)
    },
    redirect(location) {
      response.writeHead(303, { ...fields, Location: location }).end()
    },
  }
}

/** Each tab's page knows what it was asked. */
function loginForm(asked) {
  return `<title>samlp</title><form method="post" action="/login"><input type="hidden" name="asked" value="${asked}">
<input name="username" autofocus><input name="password" type="password"><button>Sign in</button></form>`
}

server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`))
