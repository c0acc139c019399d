import type { z } from 'zod'
import { cancelledMany, farmQueue, queueShare } from '#contract/wire/answers/queue.ts'
import type {
  cancelWaiting,
  changeProjectQueue,
  changeQueue,
  changeUserTurns,
  orderBuild,
} from '#contract/wire/queue.ts'
import { type Connection, readAnswer, send } from './request.ts'

const ofProject = (name: string) => `/api/projects/${encodeURIComponent(name)}/queue`

/** What operators decide about builds that wait. All of them throw ServerError. */
export function createQueue(connection: Connection) {
  const post = { method: 'POST' } as const
  const patch = { method: 'PATCH' } as const
  return {
    pause: async (reason: string | undefined) => {
      const body = reason === undefined ? {} : { reason }
      return readAnswer(connection, { ...post, path: '/api/queue/pause', body }, farmQueue)
    },
    resume: async () => readAnswer(connection, { ...post, path: '/api/queue/resume' }, farmQueue),
    change: async (body: z.input<typeof changeQueue>) =>
      readAnswer(connection, { ...patch, path: '/api/queue', body }, farmQueue),
    /** What a waiting build is to do. */
    order: async (id: string, body: z.input<typeof orderBuild>) => {
      await send(connection, { ...patch, path: `/api/builds/${encodeURIComponent(id)}`, body })
    },
    /** Without `at_most` it only counts. */
    cancelMany: async (body: z.input<typeof cancelWaiting>) =>
      readAnswer(connection, { ...post, path: '/api/queue/cancel', body }, cancelledMany),
    pauseProject: async (name: string, reason: string | undefined) => {
      const body = reason === undefined ? {} : { reason }
      return readAnswer(connection, { ...post, path: `${ofProject(name)}/pause`, body }, queueShare)
    },
    resumeProject: async (name: string) =>
      readAnswer(connection, { ...post, path: `${ofProject(name)}/resume` }, queueShare),
    changeProject: async (name: string, body: z.input<typeof changeProjectQueue>) =>
      readAnswer(connection, { ...patch, path: ofProject(name), body }, queueShare),
    changeUser: async (name: string, user: string, body: z.input<typeof changeUserTurns>) => {
      const path = `${ofProject(name)}/users/${encodeURIComponent(user)}`
      return readAnswer(connection, { ...patch, path, body }, queueShare)
    },
  }
}
