import { startSamlp } from './providers.ts'
import { interopSuite } from './suite.ts'

interopSuite({ name: 'samlp, which signs the Response', start: startSamlp, logoutBy: ['redirect'] })
