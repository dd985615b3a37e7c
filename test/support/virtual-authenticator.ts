import type { CDPSession, Page } from 'playwright-core'

/** Chromium's own authenticator, driven over its debugging protocol: a phone whose owner puts the finger on it at once. */
export interface VirtualAuthenticator {
  /** From now on its user fails to verify, or does again. */
  verifies(verified: boolean): Promise<void>
  /** From now on nobody touches it, or somebody does at once. */
  touches(present: boolean): Promise<void>
  countCredentials(): Promise<number>
}

export async function addAuthenticator(page: Page): Promise<VirtualAuthenticator> {
  const session: CDPSession = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable', { enableUI: false })
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true },
      ...{ isUserVerified: true, automaticPresenceSimulation: true },
    },
  })
  return {
    async verifies(isUserVerified) {
      await session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified })
    },
    async touches(enabled) {
      await session.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled })
    },
    async countCredentials() {
      const { credentials } = await session.send('WebAuthn.getCredentials', { authenticatorId })
      return credentials.length
    },
  }
}
