import { renameSync, writeFileSync } from 'node:fs'
import { afterEach, describe, expect, test } from 'vitest'
import { nowhere, placeKeys, placeText } from '../../src/people/place.ts'
import { checkPlaces, createPlaces, type Places } from '../../src/people/places.ts'
import { tempFolder } from '../stores/temp-folder.ts'
import { writeMmdb } from '../support/mmdb.ts'
import { createTestClock } from '../support/test-clock.ts'

const osaka = {
  country: { iso_code: 'JP', names: { en: 'Japan', ja: '日本' } },
  city: { names: { en: 'Osaka', ja: '大阪市' } },
}
const folder = tempFolder()
let places: Places | undefined
afterEach(() => places?.close())

async function open(...files: readonly string[]) {
  const troubles: string[] = []
  const clock = createTestClock()
  places = createPlaces({ files: () => files, clock, onTrouble: file => void troubles.push(file) })
  await places.look()
  return { places, clock, troubles }
}

function write(name: string, records: Parameters<typeof writeMmdb>[0]) {
  const file = folder.file(name)
  writeFileSync(file, writeMmdb(records))
  return file
}

describe('the place of an address', () => {
  test('is named in English and Japanese, with what sign-ins are compared by', async () => {
    const file = write('city.mmdb', { '203.0.113.0/24': osaka, '2001:db8:7::/48': osaka })
    const { places: open_ } = await open(file)

    for (const address of ['203.0.113.9', '2001:db8:7::1']) {
      const place = open_.find(address)
      expect(placeText(place, 'en')).toBe('Osaka, Japan')
      expect(placeText(place, 'ja')).toBe('日本 大阪市')
    }
    expect(placeKeys(open_.find('203.0.113.9'), '203.0.113.9')).toEqual({
      country: 'JP',
      city: 'JP Osaka',
      network: '203.0.0.0/16',
    })
    expect(placeKeys(open_.find('2001:db8:7::1'), '2001:db8:7::1').network).toBe('2001:db8::/32')
  })

  test('comes from whichever file knows it, the network too', async () => {
    const asn = write('asn.mmdb', {
      '203.0.113.0/24': { autonomous_system_number: 64500, autonomous_system_organization: 'Example Net' },
    })
    const flat = write('flat.mmdb', { '198.51.100.0/24': { country: 'FR', city: 'Lyon', asn: 'AS64501' } })
    const { places: both } = await open(write('c.mmdb', { '203.0.113.0/24': osaka }), asn, flat)

    expect(both.find('203.0.113.1').network).toEqual({ number: 64500, name: 'Example Net' })
    expect(placeKeys(both.find('203.0.113.1'), '203.0.113.1').network).toBe('AS64500')
    expect(placeText(both.find('198.51.100.1'), 'en')).toBe('Lyon, France')
    expect(placeText(both.find('198.51.100.1'), 'ja')).toBe('フランス Lyon')
  })

  test('is nothing for private and unknown addresses, and where no file is named', async () => {
    const { places: some } = await open(write('d.mmdb', { '0.0.0.0/1': osaka, '128.0.0.0/1': osaka }))

    for (const address of ['127.0.0.1', '10.1.2.3', '192.168.1.1', '::1', 'fd00::1', 'no address', ''])
      expect(some.find(address)).toEqual(nowhere)
    expect(placeText(some.find('8.8.8.8'), 'en')).toBe('Osaka, Japan')
    some.close()
    const { places: none } = await open()
    expect(none.find('8.8.8.8')).toEqual(nowhere)
    expect(placeText(none.find('8.8.8.8'), 'en')).toBe('')
  })

  test('changes when its file is replaced; one that is broken leaves the last good one', async () => {
    const file = write('e.mmdb', { '203.0.113.0/24': osaka })
    const { places: live, clock, troubles } = await open(file)
    const kyoto = { ...osaka, city: { names: { en: 'Kyoto', ja: '京都市' } } }
    expect(placeText(live.find('203.0.113.9'), 'en')).toBe('Osaka, Japan')

    renameSync(write('e2.mmdb', { '203.0.113.0/24': kyoto }), file)
    clock.advance(10_000)
    await live.look()
    expect(placeText(live.find('203.0.113.9'), 'en')).toBe('Kyoto, Japan')

    writeFileSync(file, 'not a database')
    await live.look()
    expect(placeText(live.find('203.0.113.9'), 'en')).toBe('Kyoto, Japan')
    expect(troubles).toEqual([file])
  })

  test('a name is text: controls and marks that turn it around are left out', async () => {
    const hostile = { country: 'JP', city: { names: { en: '\u202eOsaka\r\nBcc: x<b>'.repeat(8), ja: '大阪\u0000' } } }
    const { places: some } = await open(write('f.mmdb', { '203.0.113.0/24': hostile }))

    const { city } = some.find('203.0.113.9')

    expect(city?.en).toHaveLength(80)
    expect(city?.en).toMatch(/^[\p{L}: ]+$/u)
    expect(city?.ja).toBe('大阪')
  })

  test('a file that cannot be used is found before anything relies on it', async () => {
    const good = write('g.mmdb', { '203.0.113.0/24': osaka })
    const broken = folder.file('broken.mmdb')
    writeFileSync(broken, Buffer.alloc(5000))

    expect(await checkPlaces(good)).toBeNull()
    expect(await checkPlaces(broken)).toEqual(expect.any(String))
    expect(await checkPlaces(folder.file('missing.mmdb'))).toContain('ENOENT')
  })
})
