import { benchDecide } from './decide.ts'
import { printFigures } from './measure.ts'

printFigures(benchDecide())
