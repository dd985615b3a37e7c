import { BaseSequencer } from 'vitest/node'

/** By what they take on a quiet machine, longest first: one that starts last keeps a worker busy while the other has nothing left to do. */
export const longest: readonly string[] = ['test/attacks/saml/mutations.test.ts']

/** The longest files first, then the others, larger ones earlier. */
export class LongestFirst extends BaseSequencer {
  override async sort(...[files]: Parameters<BaseSequencer['sort']>): ReturnType<BaseSequencer['sort']> {
    const sorted = await super.sort(files)
    const placeOf = ({ moduleId }: (typeof files)[number]) => {
      const at = longest.findIndex(path => moduleId.endsWith(path))
      return at < 0 ? longest.length : at
    }
    return sorted.sort((a, b) => placeOf(a) - placeOf(b))
  }
}
