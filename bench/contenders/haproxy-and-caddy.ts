/** One thread, kept connections, forwarded fields of its own. */
export function haproxyPlain(port: number, backend: number): string {
  return `global
  nbthread 1
  maxconn 4000
defaults
  mode http
  timeout client 60s
  timeout server 60s
  timeout connect 5s
  option http-keep-alive
  http-reuse always
frontend people
  bind 127.0.0.1:${port}
  http-request set-header x-forwarded-for %[src]
  http-request del-header x-user
  default_backend application
backend application
  server one 127.0.0.1:${backend} pool-max-conn 512
`
}

export function caddyForwardAuth(port: number, backend: number, answerer: number): string {
  const kept = `transport http {
			keepalive 120s
			keepalive_idle_conns_per_host 512
		}`
  return `{
	admin off
	auto_https off
	log {
		level ERROR
	}
}
http://127.0.0.1:${port} {
	forward_auth 127.0.0.1:${answerer} {
		uri /auth
		copy_headers X-Auth-Token
		${kept}
	}
	request_header -X-User
	reverse_proxy 127.0.0.1:${backend} {
		${kept}
	}
}
`
}
