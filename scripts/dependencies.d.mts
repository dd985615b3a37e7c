export interface ProductionPackage {
  readonly name: string
  readonly version: string
  readonly licence: string
  readonly hasInstallScript: boolean
}

export interface Lock {
  readonly packages: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

export const allowedLicences: readonly string[]
export function productionPackages(lock: Lock): ProductionPackage[]
export function readLock(): Lock
export function listDependencies(lock: Lock): string
