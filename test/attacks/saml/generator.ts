import { type Case, formOf } from './case.ts'
import { conditionCases } from './conditions.ts'
import { confirmationCases } from './confirmation.ts'
import { controlCases } from './controls.ts'
import { costCases } from './cost.ts'
import { encodingCases } from './encoding.ts'
import { encryptionCases } from './encryption.ts'
import { referenceCases } from './references.ts'
import { signatureCases } from './signature.ts'
import { statementCases } from './statements.ts'
import { subjectCases } from './subject.ts'
import { type QuestionChanges, questionOf, type World } from './world.ts'
import { wrappingCases } from './wrapping.ts'
import { otherWrappingCases } from './wrapping-others.ts'

/** S01 to S34 of the shared list and what it does not name, by class. S30 and S34 need a gateway: they are in over-http.test.ts. */
export function caseClasses(): Readonly<Record<string, readonly Case[]>> {
  return {
    wrapping: [...wrappingCases(), ...otherWrappingCases()],
    signature: signatureCases(),
    references: referenceCases(),
    subject: subjectCases(),
    confirmation: confirmationCases(),
    conditions: conditionCases(),
    statements: statementCases(),
    encoding: encodingCases(),
    encryption: encryptionCases(),
    cost: costCases(),
    controls: controlCases(),
  }
}

/** The question that a gateway would ask about the message of this case. */
export function questionAbout(one: Case, world: World) {
  const changes: QuestionChanges = one.question?.(world) ?? {}
  return questionOf(world, formOf(one.message(world)), changes)
}
