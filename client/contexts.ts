import { contextStored } from '#contract/wire/answers/context.ts'
import { type Connection, readAnswer, send } from './request.ts'
import { ServerError } from './server-error.ts'

/** Build contexts of a project. */
export function createContexts(connection: Connection) {
  return {
    /** Whether the server keeps it, so that it need not be sent. @throws ServerError */
    isKept: async (digest: string, project: string | undefined): Promise<boolean> => {
      const path = `/api/contexts/${digest}`
      try {
        await send(connection, { method: 'HEAD', path, query: { project } })
        return true
      } catch (error) {
        if (error instanceof ServerError && error.status === 404) return false
        throw error
      }
    },
    /** @param bytes a tar. @throws ServerError */
    store: async (
      bytes: ReadableStream<Uint8Array>,
      project: string | undefined,
      signal: AbortSignal,
    ) => {
      const stream = { type: 'application/x-tar', bytes }
      const ask = { method: 'POST', path: '/api/contexts', query: { project }, stream, signal }
      return readAnswer(connection, { ...ask, method: 'POST' }, contextStored)
    },
  }
}
