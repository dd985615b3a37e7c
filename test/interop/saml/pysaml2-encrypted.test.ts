import { startPysaml2 } from './providers.ts'
import { interopSuite } from './suite.ts'

interopSuite({
  name: 'pysaml2, which signs the Assertion and encrypts it',
  start: startPysaml2(true),
  logoutBy: ['redirect', 'post'],
})
