import { unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import type { Listen } from '../config/gateway-config.ts'
import { Fault } from '../lib/fault.ts'
import type { Listener } from '../wire/listener.ts'

export async function listenAt(listen: Listen): Promise<Parameters<Listener['listen']>[0]> {
  if (listen.kind === 'tcp') return { host: listen.address, port: listen.port }
  await claimSocket(listen.path)
  return { path: listen.path }
}

/** A killed process leaves its socket file behind, and binding fails on it. One that somebody listens on is not ours to take. */
export async function claimSocket(path: string): Promise<void> {
  if (await isListenedOn(path))
    throw new Fault('conflict', { detail: `another process listens on ${path}: stop it, or choose another path` })
  try {
    unlinkSync(path)
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw cause
  }
}

function isListenedOn(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
