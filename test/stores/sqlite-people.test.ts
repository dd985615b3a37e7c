import { describeAccounts } from '../contracts/accounts.ts'
import { describeAttempts } from '../contracts/attempts.ts'
import { describeBackupCodes } from '../contracts/backup-codes.ts'
import { describeCredentials } from '../contracts/credentials.ts'
import { describeDecoys } from '../contracts/decoys.ts'
import { describeDevices } from '../contracts/devices.ts'
import { describeHandOvers } from '../contracts/hand-overs.ts'
import { describeHolds } from '../contracts/holds.ts'
import { describeOneTimeCodes } from '../contracts/one-time-codes.ts'
import { describePasskeyCredentials } from '../contracts/passkey-credentials.ts'
import { describePasswordNotes } from '../contracts/password-notes.ts'
import { describePeopleList } from '../contracts/people-list.ts'
import { keepsContracts } from './sqlite-contracts.ts'

keepsContracts({
  accounts: describeAccounts,
  attempts: describeAttempts,
  'backup codes': describeBackupCodes,
  credentials: describeCredentials,
  decoys: describeDecoys,
  devices: describeDevices,
  'hand overs': describeHandOvers,
  holds: describeHolds,
  'one time codes': describeOneTimeCodes,
  'passkey credentials': describePasskeyCredentials,
  'password notes': describePasswordNotes,
  'people list': describePeopleList,
})
