import type { z } from 'zod'
import type { AttestationKind } from '#contract/attestation.ts'
import type { changeImage } from '#contract/wire/image.ts'
import type { changeVersion } from '#contract/wire/move.ts'
import {
  attestation,
  compatibility,
  imageDeletion,
  imageDetail,
  imagePage,
  listedImagePage,
  move,
  movePage,
  retentionPreview,
  retentionResult,
  versionDetail,
  versionDiff,
  versionPage,
  versionSummary,
} from '#contract/wire/answers/image.ts'
import type { PageQuery } from './pages.ts'
import { type Connection, type Query, readAnswer } from './request.ts'

export interface ImageFilter extends PageQuery {
  readonly project?: string | undefined
  /** Those that builds of this project may read. */
  readonly usable_by?: string | undefined
  readonly name?: string | undefined
  readonly category?: string | undefined
  readonly is_official?: boolean | undefined
  /** A part of the name. */
  readonly q?: string | undefined
  readonly order?: 'oldest' | 'newest' | undefined
}

/** How something is to be deleted. */
export interface DeletionTerms {
  readonly grace_seconds?: number | undefined
  readonly reason?: string | undefined
}

/** How many of the newest versions stay, and for how many days any does. */
export interface RetentionRule {
  readonly keep?: number | undefined
  readonly days?: number | undefined
}

/** What is to go by a rule, as it was seen before. */
export interface RetentionRun {
  readonly keep: number
  readonly days: number
  readonly versions: readonly number[]
  readonly grace_seconds?: number
}

const at = (id: number, rest = '', query: Query = {}) => ({
  path: `/api/images/${id}${rest}`,
  query,
})

/** The library. All of them throw ServerError. */
export function createImages(connection: Connection) {
  const get = { method: 'GET' } as const
  const post = { method: 'POST' } as const
  const remove = { method: 'DELETE' } as const
  return {
    list: async (filter: ImageFilter) =>
      readAnswer(connection, { ...get, path: '/api/images', query: { ...filter } }, imagePage),
    /** The same with what a person chooses an image by. */
    listDetailed: async (filter: ImageFilter) =>
      readAnswer(
        connection,
        { ...get, path: '/api/images', query: { ...filter, detail: true } },
        listedImagePage,
      ),
    read: async (id: number, lang: string) =>
      readAnswer(connection, at(id, '', { lang }), imageDetail),
    delete: async (id: number, terms: DeletionTerms) =>
      readAnswer(connection, { ...remove, ...at(id, '', { ...terms }) }, imageDeletion),
    restore: async (id: number) =>
      readAnswer(connection, { ...post, ...at(id, '/restore') }, imageDeletion),
    /** Changes what is told of it, and who reads it. */
    change: async (id: number, body: z.input<typeof changeImage>) =>
      readAnswer(connection, { method: 'PATCH', ...at(id), body }, imageDetail),
    versions: async (id: number, page: PageQuery) =>
      readAnswer(connection, at(id, '/versions', { ...page }), versionPage),
    readVersion: async (id: number, number: number, lang: string) =>
      readAnswer(connection, at(id, `/versions/${number}`, { lang }), versionDetail),
    /** Notes that it is to be kept, or why it should not be used. */
    noteVersion: async (id: number, number: number, body: z.input<typeof changeVersion>) => {
      const path = at(id, `/versions/${number}`)
      return readAnswer(connection, { method: 'PATCH', ...path, body }, versionSummary)
    },
    /** What hangs on it in the registry, whole. */
    attestation: async (id: number, number: number, kind: AttestationKind) =>
      readAnswer(connection, at(id, `/versions/${number}/${kind}`), attestation),
    deleteVersion: async (id: number, number: number, terms: DeletionTerms) => {
      const path = at(id, `/versions/${number}`, { ...terms })
      return readAnswer(connection, { ...remove, ...path }, versionSummary)
    },
    restoreVersion: async (id: number, number: number) => {
      const path = at(id, `/versions/${number}/restore`)
      return readAnswer(connection, { ...post, ...path }, versionSummary)
    },
    diff: async (id: number, from: number, to: number, page: PageQuery) =>
      readAnswer(connection, at(id, `/versions/${from}/diff/${to}`, { ...page }), versionDiff),
    moves: async (id: number, page: PageQuery) =>
      readAnswer(connection, at(id, '/moves', { ...page }), movePage),
    readMove: async (id: number, number: number) =>
      readAnswer(connection, at(id, `/moves/${number}`), move),
    rollBack: async (
      id: number,
      body: { readonly version: number; readonly reason?: string },
      lang: string,
    ) => readAnswer(connection, { ...post, ...at(id, '/rollback', { lang }), body }, move),
    retention: async (id: number, rule: RetentionRule) =>
      readAnswer(connection, at(id, '/retention', { ...rule }), retentionPreview),
    runRetention: async (id: number, body: RetentionRun) =>
      readAnswer(connection, { ...post, ...at(id, '/retention'), body }, retentionResult),
    compatibility: async (
      id: number,
      query: { readonly version?: number | undefined; readonly lang: string },
    ) => readAnswer(connection, at(id, '/compatibility', query), compatibility),
  }
}
