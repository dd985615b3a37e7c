import { describeReportLinks } from '../contracts/report-links.ts'
import { describeSessionSubjects } from '../contracts/session-subjects.ts'
import { describeSessions } from '../contracts/sessions.ts'
import { describeSignInHistory } from '../contracts/sign-in-history.ts'
import { keepsContracts } from './sqlite-contracts.ts'

keepsContracts({
  sessions: describeSessions,
  'session subjects': describeSessionSubjects,
  'sign in history': describeSignInHistory,
  'report links': describeReportLinks,
})
