import { afterAll } from 'vitest'
import { openSqliteStore } from '../../src/stores/sqlite/client.ts'
import { describeAccounts } from '../contracts/accounts.ts'
import { describeAttempts } from '../contracts/attempts.ts'
import { describeBackupCodes } from '../contracts/backup-codes.ts'
import { describeBans } from '../contracts/bans.ts'
import { describeCampaigns } from '../contracts/campaigns.ts'
import { describeCredentials } from '../contracts/credentials.ts'
import { describeDecoys } from '../contracts/decoys.ts'
import { describeDevices } from '../contracts/devices.ts'
import { describeEmailDomains } from '../contracts/email-domains.ts'
import { describeHandOvers } from '../contracts/hand-overs.ts'
import { describeHolds } from '../contracts/holds.ts'
import { describeJournal } from '../contracts/journal.ts'
import { describeKeys } from '../contracts/keys.ts'
import { describeOneTimeCodes } from '../contracts/one-time-codes.ts'
import { describeOrganizations } from '../contracts/organizations.ts'
import { describeOutbox } from '../contracts/outbox.ts'
import { describeOwnKeys } from '../contracts/own-keys.ts'
import { describePasskeyCredentials } from '../contracts/passkey-credentials.ts'
import { describePasswordNotes } from '../contracts/password-notes.ts'
import { describePeopleList } from '../contracts/people-list.ts'
import { describeProviders } from '../contracts/providers.ts'
import { describeReportLinks } from '../contracts/report-links.ts'
import { describeRuleChanges } from '../contracts/rule-changes.ts'
import { describeSeenMessages } from '../contracts/seen-messages.ts'
import { describeSessionSubjects } from '../contracts/session-subjects.ts'
import { describeSessions } from '../contracts/sessions.ts'
import { describeSignInHistory } from '../contracts/sign-in-history.ts'
import { describeSweep } from '../contracts/sweep.ts'
import { describeThreats } from '../contracts/threats.ts'
import { createTestClock } from '../support/test-clock.ts'
import { auditKey, tempFolder } from './temp-folder.ts'

const folder = tempFolder()
afterAll(() => folder[Symbol.dispose]())

let stores = 0
const open = () => openSqliteStore({ file: folder.file(`${++stores}.db`), auditKey, clock: createTestClock() })

describeAccounts(open)
describeBackupCodes(open)
describeBans(open)
describeCredentials(open)
describePasskeyCredentials(open)
describePasswordNotes(open)
describeSessions(open)
describeSessionSubjects(open)
describeDevices(open)
describeEmailDomains(open)
describeAttempts(open)
describeDecoys(open)
describeHolds(open)
describeOrganizations(open)
describeOutbox(open)
describePeopleList(open)
describeHandOvers(open)
describeJournal(open)
describeKeys(open)
describeOneTimeCodes(open)
describeOwnKeys(open)
describeProviders(open)
describeSeenMessages(open)
describeReportLinks(open)
describeRuleChanges(open)
describeSignInHistory(open)
describeSweep(open)
describeCampaigns(open)
describeThreats(open)
