import { runExport } from '../support/export-drill.ts'
import type { Drill } from './drill.ts'

const megabyte = 1024 * 1024
/** A page of 500 people, its text, the buffers of both sockets: the same for any number of people. */
const heldBytesMax = 16 * megabyte
/** A page of 500 people takes some 10 ms. */
const longestWaitMsMax = 500

/** `rounds` are thousands of people. */
export const exportDrill: Drill = {
  summary: 'a CSV of 100,000 people in bounded memory, while others ask the same store',
  rounds: 100,
  quickRounds: 10,
  async run({ rounds }) {
    // The engine's own buffers and heap reach their size with the first few thousand.
    await runExport(10_000)
    const { rows, heldBytes, grownBytes, fileBytes, seconds, longestWaitMs, formulas } = await runExport(rounds * 1_000)
    const held = (heldBytes / megabyte).toFixed(1)
    const grown = Math.round(grownBytes / megabyte)
    return {
      lines: [
        `${rows} rows, ${Math.round(fileBytes / megabyte)} MB, in ${seconds.toFixed(1)} s; held at most ${held} MB more, garbage and all ${grown} MB; longest wait of another caller ${Math.round(longestWaitMs)} ms`,
      ],
      problems: [
        ...(rows === rounds * 1_000 ? [] : [`${rows} rows instead of ${rounds * 1_000}`]),
        ...(formulas === 0 ? [] : [`${formulas} cells that a spreadsheet would run`]),
        ...(heldBytes <= heldBytesMax ? [] : [`${held} MB were held`]),
        ...(longestWaitMs <= longestWaitMsMax ? [] : [`another caller waited ${Math.round(longestWaitMs)} ms`]),
      ],
    }
  },
}
