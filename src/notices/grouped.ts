/**
 * Writes that come while one is on its way go together in the next: each commit waits for the disk, and a mail needs two of them.
 * Whoever asks hears of the own item, and not before it is written. What fails, fails for all of its group.
 */
export function createGrouped<Item, Answer>(
  write: (items: readonly Item[]) => Promise<readonly Answer[]>,
): (item: Item) => Promise<Answer> {
  let waiting: Waiting<Item, Answer>[] = []
  let writing = false
  const run = async () => {
    writing = true
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      try {
        const answers = await write(group.map(({ item }) => item))
        group.forEach(({ resolve, reject }, i) => {
          const answer = answers[i]
          if (answer === undefined) reject(new Error('no answer for this item'))
          else resolve(answer)
        })
      } catch (cause) {
        for (const { reject } of group) reject(cause)
      }
    }
    writing = false
  }
  return item =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (!writing) void run()
    })
}

interface Waiting<Item, Answer> {
  readonly item: Item
  resolve(answer: Answer): void
  reject(cause: unknown): void
}
