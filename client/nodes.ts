import { nodeImages, nodeUpgrade } from '#contract/wire/answers/image.ts'
import { joinToken, nodePage, shownNode } from '#contract/wire/answers/node.ts'
import type { PageQuery } from './pages.ts'
import { type Connection, readAnswer, send } from './request.ts'

const pathOf = (id: string) => `/api/nodes/${encodeURIComponent(id)}`

/** The nodes of the farm. All of them throw ServerError. */
export function createNodes(connection: Connection) {
  const post = { method: 'POST' } as const
  return {
    list: async (query: PageQuery & { readonly lang: string }) =>
      readAnswer(connection, { path: '/api/nodes', query: { ...query } }, nodePage),
    read: async (id: string, lang: string) =>
      readAnswer(connection, { path: pathOf(id), query: { lang } }, shownNode),
    makeToken: async (minutes: number | undefined) => {
      const body = minutes === undefined ? {} : { minutes }
      return readAnswer(connection, { ...post, path: '/api/nodes/tokens', body }, joinToken)
    },
    drain: async (id: string, reason: string | undefined) => {
      const body = reason === undefined ? {} : { reason }
      return readAnswer(connection, { ...post, path: `${pathOf(id)}/drain`, body }, shownNode)
    },
    resume: async (id: string) =>
      readAnswer(connection, { ...post, path: `${pathOf(id)}/resume` }, shownNode),
    cordon: async (id: string, reason: string | undefined) => {
      const body = reason === undefined ? {} : { reason }
      return readAnswer(connection, { ...post, path: `${pathOf(id)}/cordon`, body }, shownNode)
    },
    uncordon: async (id: string) =>
      readAnswer(connection, { ...post, path: `${pathOf(id)}/uncordon` }, shownNode),
    remove: async (id: string, force: boolean) => {
      await send(connection, { method: 'DELETE', path: pathOf(id), query: { force } })
    },
    revoke: async (id: string) => {
      await send(connection, { ...post, path: `${pathOf(id)}/revoke` })
    },
    images: async (id: string, query: PageQuery & { readonly lang: string }) =>
      readAnswer(connection, { path: `${pathOf(id)}/images`, query: { ...query } }, nodeImages),
    upgrade: async (
      id: string,
      query: PageQuery & { readonly driver: string; readonly lang: string },
    ) =>
      readAnswer(connection, { path: `${pathOf(id)}/upgrade`, query: { ...query } }, nodeUpgrade),
  }
}
