import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { allowedLicences, listDependencies, productionPackages, readLock } from '../../scripts/dependencies.mjs'
import { root } from './sources.ts'

// What comes into the product is seen in review: the list is checked in, and a package that nobody has looked at fails here.

const packages = productionPackages(readLock())
const manifest: { dependencies: Record<string, string>; optionalDependencies: Record<string, string> } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
)

test('dependencies.txt lists what the lock resolves', () => {
  expect(readFileSync(join(root, 'dependencies.txt'), 'utf8')).toBe(listDependencies(readLock()))
})

test('every package has a licence that we may ship under', () => {
  const strange = packages.filter(one => !one.licence.split(/ OR /).some(name => allowedLicences.includes(bare(name))))
  expect(strange).toEqual([])
})

test('no production package runs a script when it is installed', () => {
  expect(packages.filter(one => one.hasInstallScript)).toEqual([])
})

test('what we name ourselves is pinned to one version', () => {
  const named = { ...manifest.dependencies, ...manifest.optionalDependencies }
  expect(Object.entries(named).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
})

test('a package that only tests need is no production package', () => {
  const lock = {
    packages: {
      '': {},
      'node_modules/a': { version: '1.0.0', license: 'MIT' },
      'node_modules/b': { version: '1.0.0', license: 'MIT', dev: true },
      'node_modules/a/node_modules/c': { version: '2.0.0', license: 'ISC', optional: true },
    },
  }
  expect(productionPackages(lock).map(one => one.name)).toEqual(['a', 'c'])
})

function bare(licence: string): string {
  return licence.replace(/^\(|\)$/g, '')
}
