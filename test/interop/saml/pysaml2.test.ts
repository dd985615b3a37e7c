import { startPysaml2 } from './providers.ts'
import { interopSuite } from './suite.ts'

interopSuite({ name: 'pysaml2, which signs the Assertion', start: startPysaml2(false), logoutBy: ['redirect', 'post'] })
