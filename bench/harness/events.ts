/** One server-sent event with the time at which its bytes arrived, in ms since 1970. */
export interface ServerEvent {
  readonly event: string
  readonly data: Readonly<Record<string, unknown>>
  readonly at: number
}

/** The events of a stream until it ends. Parsing is not measured: the time is taken before. */
export async function* startEvents(url: string): AsyncGenerator<ServerEvent> {
  const reply = await fetch(url)
  if (!reply.ok || reply.body === null) throw new Error(`${url} answered ${reply.status}`)
  const decoder = new TextDecoder()
  let rest = ''
  for await (const part of reply.body) {
    const at = performance.timeOrigin + performance.now()
    const blocks = (rest + decoder.decode(part, { stream: true })).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const event = /^event: (.*)$/m.exec(block)?.[1]
      const data = /^data: (.*)$/m.exec(block)?.[1]
      if (event !== undefined && data !== undefined) yield { event, data: JSON.parse(data), at }
    }
  }
}
