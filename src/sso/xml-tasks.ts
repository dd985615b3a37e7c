/**
 * What the XML threads can do, by name: each loads the file of one pure, synchronous function with its libraries when it is first asked.
 * Input and output travel between threads: plain data only.
 */
export const xmlTasks = {
  metadata: async () => (await import('./read-metadata.ts')).readMetadata,
  response: async () => (await import('./read-response.ts')).readResponse,
  logout: async () => (await import('./read-logout.ts')).readLogout,
} as const satisfies Record<string, () => Promise<(input: never) => unknown>>

export type XmlTasks = typeof xmlTasks
export type XmlTaskName = keyof XmlTasks
type TaskOf<Name extends XmlTaskName> = Awaited<ReturnType<XmlTasks[Name]>>
export type TaskInput<Name extends XmlTaskName> = Parameters<TaskOf<Name>>[0]
export type TaskOutput<Name extends XmlTaskName> = ReturnType<TaskOf<Name>>
