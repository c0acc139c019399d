import type { Display } from './display.ts'

/** One JSON document a line, for programs. */
export function createJsonDisplay(write: (line: string) => void): Display {
  const put = (document: object) => write(JSON.stringify(document))
  return {
    context: (data) => put({ event: 'context', data }),
    accepted: (id) => put({ event: 'accepted', data: { build_id: id } }),
    event: put,
    waitFor: (reason) => put({ event: 'waiting', data: { reason: reason ?? null } }),
    note: (text) => put({ event: 'note', data: { text } }),
    hold: () => undefined,
    [Symbol.dispose]: () => undefined,
  }
}
