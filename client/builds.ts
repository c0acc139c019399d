import type { z } from 'zod'
import {
  buildAccepted,
  buildDetail,
  buildPage,
  buildSummary,
  foundLines,
  preview,
  stepList,
} from '#contract/wire/answers/build.ts'
import type { submitBuild } from '#contract/wire/build.ts'
import type { PageQuery } from './pages.ts'
import { type Ask, type Connection, readAnswer, send } from './request.ts'

/** A build as it is asked for; what is absent has the server's own default. */
export type Submission = z.input<typeof submitBuild>

export interface BuildFilter extends PageQuery {
  readonly project?: string | undefined
  readonly name?: string | undefined
  readonly status?: string | undefined
}

export interface LogSearch {
  readonly text: string
  readonly ignoreCase?: boolean | undefined
  readonly stage?: string | undefined
  readonly attempt?: number | undefined
}

const pathOf = (id: string) => `/api/builds/${encodeURIComponent(id)}`

/** Builds and their logs. All of them throw ServerError. */
export function createBuilds(connection: Connection) {
  return {
    submit: async (body: Submission, lang: string, headers: Ask['headers'] = {}) => {
      const ask = { path: '/api/images/build', query: { lang }, body, headers }
      return readAnswer(connection, { method: 'POST', ...ask }, buildAccepted)
    },
    /** What would be built, and what of it does not fit. Nothing is kept. */
    preview: async (body: Omit<Submission, 'name'>, lang: string) => {
      const ask = { path: '/api/images/preview', query: { lang }, body }
      return readAnswer(connection, { method: 'POST', ...ask }, preview)
    },
    /** Builds an official image from the Dockerfile that the farm has for it. */
    submitPreset: async (imageId: number) => {
      const path = `/api/images/${imageId}/builds`
      return readAnswer(connection, { method: 'POST', path }, buildAccepted)
    },
    /** Those of an attempt, of the last one when none is named. */
    steps: async (id: string, attempt?: number) =>
      readAnswer(connection, { path: `${pathOf(id)}/steps`, query: { attempt } }, stepList),
    list: async (filter: BuildFilter) =>
      readAnswer(connection, { path: '/api/builds', query: { ...filter } }, buildPage),
    read: async (id: string, lang: string) =>
      readAnswer(connection, { path: pathOf(id), query: { lang } }, buildDetail),
    cancel: async (id: string) =>
      readAnswer(connection, { method: 'POST', path: `${pathOf(id)}/cancel` }, buildSummary),
    /** The whole log as text. */
    download: async (
      id: string,
      query: { readonly attempt?: number | undefined },
      signal: AbortSignal,
    ) => send(connection, { path: `${pathOf(id)}/logs/download`, query, signal }),
    search: async (id: string, { text, ignoreCase, ...rest }: LogSearch, page: PageQuery) => {
      const query = { q: text, ignore_case: ignoreCase, ...rest, ...page }
      return readAnswer(connection, { path: `${pathOf(id)}/logs/search`, query }, foundLines)
    },
  }
}
