import type { z } from 'zod'
import {
  environmentEvents,
  environmentLog,
  environmentPage,
  portTicket,
  savePreview,
  saveRecipe,
  shownEnvironment,
} from '#contract/wire/answers/environment.ts'
import { volumePage } from '#contract/wire/answers/volume.ts'
import { buildAccepted } from '#contract/wire/answers/build.ts'
import type { createEnvironment } from '#contract/wire/environment.ts'
import type { previewSave, saveEnvironment } from '#contract/wire/save.ts'
import type { PageQuery } from './pages.ts'
import { readEvents } from './read-events.ts'
import { type Ask, type Connection, readAnswer, send } from './request.ts'
import { ServerError } from './server-error.ts'

type Wanted = z.input<typeof createEnvironment>

const pathOf = (id: string) => `/api/environments/${encodeURIComponent(id)}`

const previewOf = (id: string, body: object) =>
  ({ method: 'POST', path: `${pathOf(id)}/save-preview`, body }) as const

/** Containers that people start from a version. All of them throw ServerError. */
export function createEnvironments(connection: Connection) {
  const post = { method: 'POST' } as const
  return {
    list: async (
      query: PageQuery & {
        readonly project?: string | undefined
        readonly state?: string | undefined
        readonly lang: string
      },
    ) =>
      readAnswer(connection, { path: '/api/environments', query: { ...query } }, environmentPage),
    read: async (id: string, lang: string) =>
      readAnswer(connection, { path: pathOf(id), query: { lang } }, shownEnvironment),
    /** What nodes offer that can be in one. */
    volumes: async (query: PageQuery) =>
      readAnswer(connection, { path: '/api/volumes', query: { ...query } }, volumePage),
    /** What has happened to it, the newest first. */
    events: async (id: string, query: PageQuery & { readonly lang: string }) =>
      readAnswer(
        connection,
        { path: `${pathOf(id)}/events`, query: { ...query } },
        environmentEvents,
      ),
    start: async (body: Wanted, lang: string, headers: Ask['headers'] = {}) => {
      const ask = { path: '/api/environments', query: { lang }, body, headers }
      return readAnswer(connection, { ...post, ...ask }, shownEnvironment)
    },
    restart: async (id: string) =>
      readAnswer(connection, { ...post, path: `${pathOf(id)}/start` }, shownEnvironment),
    stop: async (id: string) =>
      readAnswer(connection, { ...post, path: `${pathOf(id)}/stop` }, shownEnvironment),
    delete: async (id: string) => {
      await send(connection, { method: 'DELETE', path: pathOf(id) })
    },
    /** Its node looks at every file that it has written, until the signal aborts: for minutes where they are millions. */
    previewSave: async (id: string, body: z.input<typeof previewSave>, signal?: AbortSignal) =>
      readAnswer(connection, { ...previewOf(id, body), ...(signal && { signal }) }, savePreview),
    openPort: async (id: string, port: number) =>
      readAnswer(connection, { ...post, path: `${pathOf(id)}/ports/${port}/ticket` }, portTicket),
    proposeRecipe: async (id: string) =>
      readAnswer(connection, { ...post, path: `${pathOf(id)}/recipe`, body: {} }, saveRecipe),
    save: async (id: string, body: z.input<typeof saveEnvironment>) =>
      readAnswer(connection, { ...post, path: `${pathOf(id)}/save`, body }, buildAccepted),
    logs: (id: string, follow: boolean, signal: AbortSignal, heard?: () => void) =>
      readLog(connection, `${pathOf(id)}/logs`, { follow, signal, heard }),
    /** Where a program is started in it, as a WebSocket. */
    terminalAddress: (id: string, query: Readonly<Record<string, string>>): URL => {
      const url = new URL(`${pathOf(id)}/exec`, connection.server)
      url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
      return url
    },
  }
}

interface LogQuery {
  readonly follow: boolean
  readonly signal: AbortSignal
  /** Called whenever anything comes. */
  readonly heard?: (() => void) | undefined
}

/**
 * What it has printed, and with `follow` what it prints until it ends. @throws ServerError also when the connection breaks
 * before the end.
 */
async function* readLog(
  connection: Connection,
  path: string,
  { follow, signal, heard = () => undefined }: LogQuery,
): AsyncGenerator<string> {
  const { body } = await send(connection, { path, query: { follow }, signal })
  if (body === null) return
  try {
    for await (const { event, data } of readEvents(body, heard)) {
      if (event === 'log') yield environmentLog.parse(JSON.parse(data)).text
      if (event === 'end') return
    }
  } catch (error) {
    signal.throwIfAborted()
    throw new ServerError(`GET ${path}`, { cause: error })
  }
  throw new ServerError(`GET ${path}`, {})
}
