"""An identity provider on Debian's pysaml2: the library judges requests and builds answers, this file only asks who is there.

Usage: /usr/bin/python3 pysaml2_idp.py FOLDER
FOLDER holds idp.json (origin, people, encrypted), sp.xml, key.pem and certificate.pem.
"""
import functools
import html
import json
import secrets
import sys
import time
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import saml2.entity
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.authn_context import PASSWORDPROTECTEDTRANSPORT
from saml2.config import IdPConfig
from saml2.metadata import create_metadata_string
from saml2.saml import NAMEID_FORMAT_EMAILADDRESS, NameID
from saml2.server import Server
from saml2.sigver import SecurityContext, pre_encryption_part, verify_redirect_signature
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256

folder = Path(sys.argv[1])
setup = json.loads((folder / 'idp.json').read_text())
origin = setup['origin']
people = {person['email']: person for person in setup['people']}
sessions = {}

# pysaml2 encrypts with 3DES and has no setting for another cipher; its parts take one.
AES256_GCM = 'http://www.w3.org/2009/xmlenc11#aes256-gcm'
saml2.entity.pre_encryption_part = functools.partial(pre_encryption_part, msg_enc=AES256_GCM)
SecurityContext.encrypt_assertion.__defaults__ = ('aes-256', None)


def both_bindings(path):
    return [(f'{origin}/{path}', BINDING_HTTP_REDIRECT), (f'{origin}/{path}', BINDING_HTTP_POST)]


config = IdPConfig().load({
    'entityid': f'{origin}/metadata',
    'service': {'idp': {
        'endpoints': {'single_sign_on_service': both_bindings('sso'), 'single_logout_service': both_bindings('slo')},
        'name_id_format': [NAMEID_FORMAT_EMAILADDRESS],
        'policy': {'default': {'lifetime': {'minutes': 5}, 'nameid_format': NAMEID_FORMAT_EMAILADDRESS}},
        'sign_assertion': True,
        'sign_response': False,
        'encrypt_assertion': setup['encrypted'],
    }},
    'key_file': str(folder / 'key.pem'),
    'cert_file': str(folder / 'certificate.pem'),
    'xmlsec_binary': '/usr/bin/xmlsec1',
    'metadata': {'local': [str(folder / 'sp.xml')]},
})
idp = Server(config=config)
algorithms = {'sign_alg': SIG_RSA_SHA256, 'digest_alg': DIGEST_SHA256}


class Page(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        self.answer(dict(parse_qsl(urlsplit(self.path).query)), BINDING_HTTP_REDIRECT)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get('Content-Length', 0))).decode()
        self.answer(dict(parse_qsl(body)), BINDING_HTTP_POST)

    def answer(self, fields, binding):
        cookie = SimpleCookie(self.headers.get('Cookie', '')).get('idp')
        self.key = cookie.value if cookie and cookie.value in sessions else secrets.token_hex(16)
        self.session = sessions.setdefault(self.key, {})
        path = urlsplit(self.path).path
        routes = {
            '/metadata': self.describe,
            '/sso': self.sign_on,
            '/login': self.login,
            '/slo': self.single_logout,
            '/logout': self.logout_everywhere,
        }
        try:
            routes[path](fields, binding) if path in routes else self.page('nothing here', 404)
        except Exception as error:
            print(f'{path}: {error!r}', file=sys.stderr, flush=True)
            self.page(f'refused: {html.escape(repr(error))}', 400)

    def describe(self, _fields, _binding):
        self.page(create_metadata_string(None, config=config, sign=False).decode())

    def sign_on(self, fields, binding):
        request = read(idp.parse_authn_request, fields, binding).message
        self.session.setdefault('asked', {})[request.id] = (request, fields.get('RelayState', ''))
        if self.session.get('email') is None or request.force_authn == 'true':
            return self.page(login_form(request.id))
        self.vouch(request.id)

    def login(self, fields, _binding):
        person = people.get(fields.get('username'))
        if person is None or person['password'] != fields.get('password'):
            return self.page(f'<p id="wrong">Wrong name or password.</p>{login_form(fields["asked"])}', 403)
        self.session.update(email=person['email'], since=time.time())
        self.vouch(fields['asked'])

    def vouch(self, asked):
        request, relay_state = self.session['asked'].pop(asked)
        person = people[self.session['email']]
        where = idp.response_args(request, [BINDING_HTTP_POST])
        response = idp.create_authn_response(
            {'mail': person['email'], 'displayName': person['name'], 'eduPersonAffiliation': person.get('groups', [])},
            in_response_to=where['in_response_to'],
            destination=where['destination'],
            sp_entity_id=where['sp_entity_id'],
            name_id=name_of(person['email']),
            authn={'class_ref': PASSWORDPROTECTEDTRANSPORT, 'authn_instant': int(self.session['since'])},
            sign_assertion=True,
            sign_response=False,
            encrypt_assertion=setup['encrypted'],
            **algorithms,
        )
        self.session['sp'] = where['sp_entity_id']
        self.send(idp.apply_binding(BINDING_HTTP_POST, str(response), where['destination'], relay_state, response=True))

    def single_logout(self, fields, binding):
        if 'SAMLResponse' in fields:
            said = idp.parse_logout_request_response(fields['SAMLResponse'], binding)
            self.session.clear()
            return self.page(f'<p id="signed-out">Signed out everywhere: {said.response.status.status_code.value}</p>')
        request = read(idp.parse_logout_request, fields, binding).message
        if self.session.get('email') == request.name_id.text:
            self.session.clear()
        response = idp.create_logout_response(request, [BINDING_HTTP_REDIRECT], sign=False, **algorithms)
        self.send(idp.apply_binding(BINDING_HTTP_REDIRECT, str(response), response.destination,
                                    fields.get('RelayState', ''), response=True, sign=True, sigalg=SIG_RSA_SHA256))

    def logout_everywhere(self, _fields, _binding):
        """Single logout that begins here: /logout, or /logout?by=post."""
        binding = BINDING_HTTP_POST if 'by=post' in self.path else BINDING_HTTP_REDIRECT
        place = idp.metadata.single_logout_service(self.session['sp'], binding, 'spsso')[0]['location']
        post = binding == BINDING_HTTP_POST
        _id, request = idp.create_logout_request(place, self.session['sp'], name_id=name_of(self.session['email']),
                                                 sign=post, **algorithms)
        self.send(idp.apply_binding(binding, str(request), place, 'from-the-provider', sign=not post,
                                    sigalg=SIG_RSA_SHA256))

    def send(self, message):
        if message['method'] == 'GET':
            return self.page('', 303, dict(message['headers'])['Location'])
        self.page(message['data'])

    def page(self, text, status=200, location=None):
        body = text.encode()
        self.send_response(status)
        self.send_header('Content-Type', 'text/html; charset=utf-8')
        self.send_header('Content-Length', str(len(body)))
        self.send_header('Set-Cookie', f'idp={self.key}; Path=/; Secure; HttpOnly; SameSite=None')
        if location:
            self.send_header('Location', location)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words):
        pass


def read(parse, fields, binding):
    """pysaml2 7.0 asks for a signature inside the message in both bindings, or leaves it to its caller: so here it is asked for."""
    request = parse(fields['SAMLRequest'], binding)
    if binding == BINDING_HTTP_POST and request.message.signature is None:
        raise ValueError('the message is not signed')
    if binding == BINDING_HTTP_REDIRECT:
        signed = {name: fields[name] for name in ('SAMLRequest', 'RelayState', 'SigAlg', 'Signature') if name in fields}
        certificates = idp.metadata.certs(request.message.issuer.text, 'any', 'signing')
        if not any(verify_redirect_signature(signed, idp.sec.sec_backend, text) for text in certificates):
            raise ValueError('the signature of the query is wrong')
    return request


def name_of(email):
    return NameID(format=NAMEID_FORMAT_EMAILADDRESS, text=email)


def login_form(asked):
    """Each tab's page knows what it was asked."""
    return f'''<title>pysaml2</title><form method="post" action="/login">
<input type="hidden" name="asked" value="{html.escape(asked)}"><input name="username" autofocus>
<input name="password" type="password"><button>Sign in</button></form>'''


server = ThreadingHTTPServer(('127.0.0.1', 0), Page)
print(f'listening on {server.server_address[1]}', flush=True)
server.serve_forever()
