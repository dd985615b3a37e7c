import { startSimpleSamlPhp } from './providers.ts'
import { interopSuite } from './suite.ts'

interopSuite({ name: 'SimpleSAMLphp, which signs both', start: startSimpleSamlPhp, logoutBy: ['redirect'] })
