import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// Configurations of nginx as somebody writes them who wants it to be fast: one worker, kept connections everywhere, no access log.

export interface NginxPorts {
  readonly own: number
  readonly backend: number
  readonly application: number
}

/** Writes the file and the folders that it needs; answers what nginx is started with. */
export function writeNginx(folder: string, name: string, http: string): readonly string[] {
  mkdirSync(join(folder, `${name}-temporary`), { recursive: true })
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    kind => `${kind}_temp_path ${name}-temporary/${kind};`,
  )
  writeFileSync(
    join(folder, `${name}.conf`),
    `daemon off; pid ${name}.pid; error_log ${name}.error.log warn; worker_processes 1; worker_rlimit_nofile 20000;
events { worker_connections 8192; }
http {
  access_log off; server_tokens off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; keepalive_timeout 3600s;
  ${temporary.join(' ')}
${http}
}
`,
  )
  return ['-p', folder, '-c', `${name}.conf`]
}

/** The application of the benches: a small JSON answer, and a large file. */
export function nginxBackend(port: number, folder: string): string {
  const body = JSON.stringify({
    ...{ id: 12345, conversation: { id: 678, status: 'open', unread: 3 }, next: null, ok: true },
    messages: [{ id: 1, type: 'text', text: 'Hello, how can I help you today?', at: '2026-01-01T00:00:00Z' }],
  })
  return `  server { listen 127.0.0.1:${port} backlog=4096; default_type application/json;
    location / { add_header Cache-Control "private, no-store"; add_header X-Request-Id "b2c6a0e1f5d84c37"; return 200 '${body}'; }
    location /big/ { alias ${folder}/; default_type application/octet-stream; } }`
}

export function nginxPlain(ports: NginxPorts): string {
  return `${upstream('backend', ports.backend)}
${upstream('application', ports.application)}
  server { listen 127.0.0.1:${ports.own} backlog=4096; client_max_body_size 0; ${fields('""')}
    location / { proxy_pass http://backend; }
    location /big/ { proxy_max_temp_file_size 0; proxy_pass http://backend; }
    location /sink { proxy_request_buffering off; proxy_pass http://application; }
    location /socket { ${fields('"upgrade"')} proxy_set_header Upgrade $http_upgrade; proxy_read_timeout 600s; proxy_pass http://application; } }`
}

/** auth_request to a server of nginx itself that lets everything through: what asking costs, without any checks. */
export function nginxAuthStub(ports: NginxPorts, stub: number): string {
  return `  server { listen 127.0.0.1:${stub}; location / { add_header X-Auth-Token "stub"; return 204; } }
${nginxAuth(ports, stub)}`
}

export function nginxAuth(ports: NginxPorts, answerer: number): string {
  return `${upstream('backend', ports.backend)}
${upstream('answerer', answerer)}
  server { listen 127.0.0.1:${ports.own} backlog=4096;
    location / { auth_request /auth; auth_request_set $token $upstream_http_x_auth_token;
      ${fields('""')} proxy_set_header X-Auth-Token $token; proxy_pass http://backend; }
    location = /auth { internal; proxy_pass http://answerer; proxy_pass_request_body off; proxy_http_version 1.1;
      proxy_set_header Connection ""; proxy_set_header Host $host; proxy_set_header Content-Length ""; proxy_set_header X-Real-IP $remote_addr; } }`
}

function upstream(name: string, port: number): string {
  return `  upstream ${name} { server 127.0.0.1:${port}; keepalive 256; keepalive_requests 1000000000; keepalive_timeout 3600s; }`
}

function fields(connection: string): string {
  return `proxy_http_version 1.1; proxy_set_header Connection ${connection}; proxy_set_header Host $host; proxy_set_header X-User ""; proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto $scheme;`
}
