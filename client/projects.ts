import {
  project,
  projectDetail,
  projectPage,
  secret,
  secretPage,
} from '#contract/wire/answers/project.ts'
import type { PageQuery } from './pages.ts'
import { type Connection, readAnswer, send } from './request.ts'

const pathOf = (name: string) => `/api/projects/${encodeURIComponent(name)}`

const secretOf = (of: string, name: string) => `${pathOf(of)}/secrets/${encodeURIComponent(name)}`

/** Projects and their secrets. All of them throw ServerError. */
export function createProjects(connection: Connection) {
  return {
    list: async (page: PageQuery) =>
      readAnswer(connection, { path: '/api/projects', query: { ...page } }, projectPage),
    read: async (name: string) => readAnswer(connection, { path: pathOf(name) }, projectDetail),
    create: async (name: string) =>
      readAnswer(connection, { method: 'POST', path: '/api/projects', body: { name } }, project),
    listSecrets: async (of: string, page: PageQuery) =>
      readAnswer(connection, { path: `${pathOf(of)}/secrets`, query: { ...page } }, secretPage),
    /** @param value in base64. */
    putSecret: async (of: string, name: string, value: string) => {
      const body = { value, encoding: 'base64' }
      return readAnswer(connection, { method: 'PUT', path: secretOf(of, name), body }, secret)
    },
    deleteSecret: async (of: string, name: string) => {
      await send(connection, { method: 'DELETE', path: secretOf(of, name) })
    },
  }
}
