import type { GatewayConfig } from '../config/gateway-config.ts'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { Seal } from '../lib/seal.ts'
import type { CodeLook } from '../people/attempt-codes.ts'
import { type BackupCodes, createBackupCodes } from '../people/backup-codes.ts'
import type { Directory } from '../people/directory.ts'
import type { Passwords } from '../people/passwords.ts'
import { createPhones, type Phones } from '../people/phones.ts'
import { createSmsCodes, type SmsCodes } from '../people/sms-codes.ts'
import type { SqliteStore } from '../stores/sqlite/client.ts'

/** Second factors and ways out whose codes come by phone or from paper. */
export interface CodeFactors {
  readonly smsCodes: SmsCodes
  readonly phones: Phones
  readonly backupCodes: BackupCodes
}

export interface CodeFactorsNeeds {
  readonly store: Pick<SqliteStore, 'oneTimeCodes' | 'factors' | 'backupCodeSets'>
  readonly seal: Seal
  readonly clock: Clock
  readonly random: Random
  readonly sms: () => GatewayConfig['sms']
  readonly codeKey: Buffer
  readonly directory: Directory
  readonly passwords: Pick<Passwords, 'derive'>
}

export function openCodeFactors(needs: CodeFactorsNeeds): CodeFactors & { readonly looks: readonly CodeLook[] } {
  const { store, sms, directory, seal, codeKey, random, clock, passwords } = needs
  const { oneTimeCodes, factors, backupCodeSets } = store
  const shared = { oneTimeCodes, factors, backupCodeSets, directory, seal, codeKey, random, clock, passwords }
  const smsCodes = createSmsCodes(shared)
  const backupCodes = createBackupCodes(shared)
  const phones = createPhones({
    ...shared,
    get rules() {
      const { transport, defaultCountry, countries } = sms()
      return { offered: transport.kind !== 'off', defaultCountry, countries }
    },
  })
  return { smsCodes, phones, backupCodes, looks: [smsCodes.look, backupCodes.look] }
}
