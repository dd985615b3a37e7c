/**
 * An answer that is made while it is sent, because nobody should hold it whole: exports of everybody. The bridge asks for the next piece
 * when the client has taken the last one. One that breaks off in the middle never looks whole.
 */
export class StreamedResponse extends Response {}

export function streamed(pieces: AsyncIterable<string>, headers: Readonly<Record<string, string>>): StreamedResponse {
  const bytes = new TextEncoder()
  const iterator = pieces[Symbol.asyncIterator]()
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await iterator.next()
        if (next.done === true) controller.close()
        else controller.enqueue(bytes.encode(next.value))
      },
      async cancel() {
        await iterator.return?.()
      },
    },
    { highWaterMark: 0 },
  )
  return new StreamedResponse(body, { headers })
}
