import { type Caution, cautions, type Raised, rank } from './caution.ts'
import { type CountedTry, createStuffingWindow, type StuffingFigures } from './stuffing-window.ts'

/** The numbers of the detection. */
export interface StuffingNumbers {
  /** Names tried in ten minutes and never right, at which each step begins. Longer windows ask for more of them, and for fewer an hour. */
  readonly names: { readonly slow: number; readonly code: number; readonly refuse: number }
  /** The least share of such names among all that are tried from unknown devices, from 0 to 1. */
  readonly failureShare: number
  /** How long a step stays after the last sign of what raised it. */
  readonly holdMs: number
}

/** The steps of caution, with hysteresis: up at once, down one step at a time. It owns the windows and knows no addresses. */
export interface StuffingLevel {
  readonly caution: Caution
  record(attempt: CountedTry, nowMs: number): void
  /** Looks whether it is time for another step; says what changed. */
  look(nowMs: number): Step | null
  figures(nowMs: number): readonly StuffingFigures[]
  /** After a restart, or because another process saw it: at least this step, for at least its time. */
  resume(to: Raised, nowMs: number): void
  /** A false alarm: calm now, and what was seen does not raise it again. */
  undo(nowMs: number): void
}

export interface Step {
  readonly from: Caution
  readonly to: Caution
}

export function createStuffingLevel(numbers: () => StuffingNumbers): StuffingLevel {
  const windows = shapes.map(shape => createStuffingWindow(shape))
  const figures = (nowMs: number) => windows.map(window => window.figures(nowMs))
  let caution: Caution = 'none'
  let heldAt = 0
  let waryUntil = Number.NEGATIVE_INFINITY
  let undone: Undone | null = null
  const stepTo = (to: Caution): Step => {
    const step = { from: caution, to }
    caution = to
    return step
  }
  return {
    get caution() {
      return caution
    },
    record(attempt, nowMs) {
      for (const window of windows) window.record(attempt, nowMs)
    },
    look(nowMs) {
      if (undone !== null && nowMs >= undone.until) undone = null
      const shown = figures(nowMs)
      const judging = { numbers: numbers(), wary: nowMs < waryUntil, undone }
      const wanted = cautions.findLast(step => step !== 'none' && asksFor(step, shown, judging)) ?? 'none'
      if (rank(wanted) > rank(caution)) {
        heldAt = nowMs
        return stepTo(wanted)
      }
      if (caution === 'none') return null
      if (isHeld(caution, shown, judging)) heldAt = nowMs
      if (nowMs - heldAt < numbers().holdMs) return null
      heldAt = nowMs
      waryUntil = nowMs + waryMs
      // What has led to a step that is over must not lead to it again by itself.
      for (const [i, window] of windows.entries()) if (i !== hour) window.clear()
      return stepTo(cautions[rank(caution) - 1] ?? 'none')
    },
    figures,
    resume(to, nowMs) {
      if (rank(to) > rank(caution)) caution = to
      heldAt = nowMs
    },
    undo(nowMs) {
      const floors = figures(nowMs).map(({ namesNeverRight }) => namesNeverRight)
      undone = { until: nowMs + undoneMs, floors }
      waryUntil = Number.NEGATIVE_INFINITY
      caution = 'none'
      for (const window of windows) window.clear()
    },
  }
}

const minute = 60_000
/** `times`: how many times the names of ten minutes a window asks for. */
const shapes = [
  { stretchMs: minute, stretches: 10, times: 1 },
  { stretchMs: 10 * minute, stretches: 6, times: 1.5 },
  // 100,000 pairs at less than this take eighty days.
  { stretchMs: 30 * minute, stretches: 12, times: 4 },
] as const
const ten = 0
const hour = 1

/** Whoever pauses finds the threshold at a quarter for a day. */
const waryMs = 24 * 60 * minute
const waryTimes = 0.25
/** What an operator called harmless has to become four times as much, for six hours. */
const undoneMs = 6 * 60 * minute
const undoneTimes = 4
/** One address, or an office with a few branches, is a matter of its budget (regulation.ts). */
const addressesMin = 10
/** Passwords that people mistype stand in no list of leaked ones, and their browsers are browsers. */
const telltaleShare = 0.4
/** While it lasts, less is enough. */
const holdShareTimes = 0.7

interface Undone {
  readonly until: number
  readonly floors: readonly number[]
}

interface Judging {
  readonly numbers: StuffingNumbers
  readonly wary: boolean
  readonly undone: Undone | null
}

function asksFor(step: Raised, shown: readonly StuffingFigures[], { numbers, wary, undone }: Judging): boolean {
  return shown.some((figures, i) => {
    const usual = numbers.names[step] * (shapes[i]?.times ?? 1)
    const floor =
      undone === null ? usual * (wary ? waryTimes : 1) : undoneTimes * Math.max(usual, undone.floors[i] ?? 0)
    return figures.namesNeverRight >= floor && isTelling(figures, numbers.failureShare)
  })
}

/** The hour holds what a long window has raised: it asks for as many in an hour as that for in two. */
function isHeld(step: Raised, shown: readonly StuffingFigures[], { numbers, wary }: Judging): boolean {
  const names = numbers.names[step] * (wary ? 0.5 : 1)
  const share = numbers.failureShare * holdShareTimes
  const holds = (figures: StuffingFigures | undefined, floor: number) =>
    figures !== undefined && figures.namesNeverRight >= floor && isTelling(figures, share)
  return holds(shown[ten], names / 2) || holds(shown[hour], names / 3)
}

function isTelling({ addresses, namesNeverRight, names, failed, leaked, automated }: StuffingFigures, share: number) {
  if (addresses < addressesMin) return false
  return namesNeverRight >= share * names || leaked >= telltaleShare * failed || automated >= telltaleShare * failed
}
