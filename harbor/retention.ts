import { z } from 'zod'
import type { Send } from './connection.ts'
import { idOfLocation, read } from './read.ts'
import { type Selector, toSelectors } from './selector.ts'

export interface RetentionRule extends Selector {
  /** How many that were pushed last are kept. */
  readonly keepLatest: number
}

const executionBody = z.object({
  id: z.number().int(),
  status: z.string(),
  dry_run: z.boolean().default(false),
})

const taskBody = z.object({
  repository: z.string(),
  status: z.string(),
  total: z.number().int().default(0),
  retained: z.number().int().default(0),
})

export type RetentionTask = z.infer<typeof taskBody>

export interface HarborRetention {
  /** Makes the one policy of a project that says what is kept. @returns its id. */
  create(projectId: number, rules: readonly RetentionRule[]): Promise<number>
  /** Starts a run that tells what it would delete, and deletes nothing. @returns the id of the run. */
  preview(id: number): Promise<number>
  /** The last runs, newest first, with their status: `Running`, `Success`, `Error` or `Stopped`. */
  executions(id: number): Promise<readonly z.infer<typeof executionBody>[]>
  /** For each repository, how many artifacts there were and how many are kept. */
  tasks(id: number, execution: number): Promise<readonly RetentionTask[]>
}

/** Every day at four; six fields, seconds first: Harbor refuses five. */
const cron = '0 0 4 * * *'

export function createRetention(send: Send): HarborRetention {
  const get = async <T>(operation: string, path: string, row: z.ZodType<T>) =>
    read(operation, row.array().nullable(), await send({ operation, method: 'GET', path })) ?? []
  return {
    create: async (projectId, rules) => {
      const operation = 'create the retention policy'
      const body = {
        algorithm: 'or',
        scope: { level: 'project', ref: projectId },
        trigger: { kind: 'Schedule', settings: { cron } },
        rules: rules.map(toRule),
      }
      const reply = await send({ operation, method: 'POST', path: '/retentions', body })
      return idOfLocation(operation, reply)
    },
    preview: async (id) => {
      const operation = 'preview the retention'
      const path = `/retentions/${id}/executions`
      const reply = await send({ operation, method: 'POST', path, body: { dry_run: true } })
      return idOfLocation(operation, reply)
    },
    executions: async (id) =>
      get('list the runs of the retention', `/retentions/${id}/executions`, executionBody),
    tasks: async (id, execution) =>
      get(
        'read a run of the retention',
        `/retentions/${id}/executions/${execution}/tasks`,
        taskBody,
      ),
  }
}

function toRule({ keepLatest, ...selector }: RetentionRule) {
  return {
    action: 'retain',
    template: 'latestPushedK',
    params: { latestPushedK: keepLatest },
    ...toSelectors(selector),
  }
}
