import type { GatewayFile } from './gateway-schema.ts'
import type { Problem } from './problem.ts'
import { absolute } from './secrets.ts'
import type { YamlSource } from './yaml-source.ts'

export type PlacesCheck = (path: string) => Promise<string | null>

/** Tells of files of places that cannot be read: else mails would name no place, and nobody would know why. */
export async function checkPlaceFiles(
  { places }: Partial<GatewayFile>,
  source: YamlSource,
  { folder, checkPlaces }: { readonly folder: string; readonly checkPlaces: PlacesCheck | undefined },
): Promise<readonly Problem[]> {
  if (places === undefined || checkPlaces === undefined) return []
  const found = await Promise.all(
    places.files.map(async (path, i): Promise<Problem[]> => {
      const wrong = await checkPlaces(absolute(path, folder))
      if (wrong === null) return []
      const message = `found "${path}"; expected a readable file in the MaxMind DB format (${wrong}); replace it, or take it out`
      return [source.problemAt(['places', 'files', i], message)]
    }),
  )
  return found.flat()
}
