import type { z } from 'zod'
import type { changeProject } from '#contract/wire/project.ts'
import {
  project,
  projectDetail,
  projectPage,
  quotas,
  secret,
  secretPage,
} from '#contract/wire/answers/project.ts'
import { memberPage, memberSet } from '#contract/wire/answers/access.ts'
import { retentionPage } from '#contract/wire/answers/image.ts'
import type { QuotaName } from '#contract/quota.ts'
import type { RetentionRule } from './images.ts'
import type { PageQuery } from './pages.ts'
import { type Connection, readAnswer, send } from './request.ts'

const pathOf = (name: string) => `/api/projects/${encodeURIComponent(name)}`

const secretOf = (of: string, name: string) => `${pathOf(of)}/secrets/${encodeURIComponent(name)}`

const memberOf = (of: string, user: string) => `${pathOf(of)}/members/${encodeURIComponent(user)}`

/** Projects, who is in them, what they may have, and their secrets. All of them throw ServerError. */
export function createProjects(connection: Connection) {
  return {
    list: async (page: PageQuery) =>
      readAnswer(connection, { path: '/api/projects', query: { ...page } }, projectPage),
    read: async (name: string) => readAnswer(connection, { path: pathOf(name) }, projectDetail),
    create: async (name: string) =>
      readAnswer(connection, { method: 'POST', path: '/api/projects', body: { name } }, project),
    /** What becomes of GPU images without a GPU, and what the scanner has to say. `null`: as the farm does. */
    change: async (name: string, body: z.input<typeof changeProject>) =>
      readAnswer(connection, { method: 'PATCH', path: pathOf(name), body }, projectDetail),
    listMembers: async (of: string, page: PageQuery) =>
      readAnswer(connection, { path: `${pathOf(of)}/members`, query: { ...page } }, memberPage),
    setMember: async (of: string, user: string, role: string) => {
      const ask = { method: 'PUT', path: memberOf(of, user), body: { role } } as const
      return readAnswer(connection, ask, memberSet)
    },
    removeMember: async (of: string, user: string) => {
      await send(connection, { method: 'DELETE', path: memberOf(of, user) })
    },
    quotas: async (of: string) => readAnswer(connection, { path: `${pathOf(of)}/quotas` }, quotas),
    /** `null` takes a limit away; what is absent stays. */
    changeQuotas: async (of: string, body: Partial<Record<QuotaName, number | null>>) =>
      readAnswer(connection, { method: 'PATCH', path: `${pathOf(of)}/quotas`, body }, quotas),
    /** What a rule would let go of all images of a project. */
    retention: async (of: string, query: RetentionRule & PageQuery) => {
      const path = `${pathOf(of)}/retention`
      return readAnswer(connection, { path, query: { ...query } }, retentionPage)
    },
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
