import { describe, expect, test } from 'vitest'
import { Fault } from '../../src/lib/fault.ts'
import { faultMessage } from '../../src/stores/sqlite/errors.ts'

/** As node:sqlite throws them: the extended result code stands in `errcode`. */
const sqliteError = (errcode: number) =>
  Object.assign(new Error('what SQLite says'), { code: 'ERR_SQLITE_ERROR', errcode })

describe('what goes wrong in the store reaches the caller as', () => {
  test.each([
    ['busy', 'another process writes', 5],
    ['busy', 'a snapshot is too old (BUSY_SNAPSHOT)', 517],
    ['busy', 'a table is locked', 6],
    ['unavailable', 'the disk is full', 13],
    ['unavailable', 'the disk does not answer (IOERR_FSYNC)', 1034],
    ['unavailable', 'the file is read-only', 8],
    ['unavailable', 'the file is damaged', 11],
    ['unavailable', 'the file is no database', 26],
    ['unavailable', 'there is no memory', 7],
    ['internal', 'a row exists already (CONSTRAINT_UNIQUE)', 2067],
    ['internal', 'a statement is wrong', 1],
  ])('%s, when %s', (code, _when, errcode) => {
    expect(faultMessage(sqliteError(errcode))).toEqual({ code, detail: 'what SQLite says' })
  })

  test('unavailable, when the file system refuses', () => {
    const error = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES', syscall: 'open' })

    expect(faultMessage(error).code).toBe('unavailable')
  })

  test('itself, when it is a fault already', () => {
    expect(faultMessage(new Fault('unavailable', { detail: 'schema 9' }))).toEqual({
      code: 'unavailable',
      detail: 'schema 9',
    })
  })

  test('internal, when nobody knows what it is', () => {
    expect(faultMessage('text')).toEqual({ code: 'internal', detail: 'unknown error' })
  })
})
