export type Plan =
  | { kind: 'sign_in' }
  | { kind: 'refused' }
  | { kind: 'retry'; state: 'lost' | 'restarting' | 'tooMany'; waitMs: number }

export function planReturn(code: number, attempt: number, random: () => number): Plan
