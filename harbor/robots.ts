import { z } from 'zod'
import type { Send } from './connection.ts'
import { listAll } from './pages.ts'
import { read } from './read.ts'

export interface Grant {
  /** Such as `repository`. */
  readonly resource: string
  /** Such as `push`. */
  readonly action: string
}

export interface RobotGrants {
  readonly kind: 'system' | 'project'
  /** `/` for the system, else the name of a project. Never `*`: see `createRobots`. */
  readonly namespace: string
  readonly access: readonly Grant[]
}

export interface NewRobot {
  /** Lower case, without Harbor's prefix. */
  readonly name: string
  readonly description: string
  readonly level: 'system' | 'project'
  /** Whole days, counted from its creation: Harbor knows nothing shorter. */
  readonly days: number
  readonly grants: readonly RobotGrants[]
}

const grantsBody = z.object({
  kind: z.enum(['system', 'project']),
  namespace: z.string(),
  access: z
    .array(z.object({ resource: z.string(), action: z.string() }))
    .nullable()
    .transform((list) => list ?? []),
})

const robotBody = z.object({
  id: z.number().int(),
  /** As it logs in, with the prefix, which is a setting of the Harbor. */
  name: z.string(),
  description: z.string().default(''),
  level: z.string(),
  disable: z.boolean().default(false),
  /** Unix seconds; -1 for one that lives for ever. */
  expires_at: z.number().int(),
  creation_time: z.string(),
  permissions: z
    .array(grantsBody)
    .nullish()
    .transform((list) => list ?? []),
})

export type HarborRobot = z.infer<typeof robotBody>

const createdBody = z.object({ id: z.number().int(), name: z.string(), secret: z.string() })
const refreshedBody = z.object({ secret: z.string().min(1) })

export interface HarborRobots {
  /** The secret is told this once. A second robot of the name is refused with 409. */
  create(robot: NewRobot): Promise<z.infer<typeof createdBody>>
  find(id: number): Promise<HarborRobot | undefined>
  /** Robots of the system, or of the project with this id. */
  list(projectId?: number): AsyncGenerator<HarborRobot>
  /** Gives it a new secret, which Harbor chooses. The old one ends at once; registry tokens made with it do not. */
  refreshSecret(id: number): Promise<string>
  /** @returns false when there was none. Its registry tokens go on for as long as they live, 30 minutes as a rule. */
  delete(id: number): Promise<boolean>
}

/**
 * Robots by their ids: finding one by its name needs `+` in a query. A robot of the system that may do something on
 * `project` in the namespace `*` may do it on what belongs to projects as well (seen on 2.14 and 2.15: it could give
 * other robots new secrets), so that namespace is refused here.
 */
export function createRobots(send: Send): HarborRobots {
  return {
    create: async ({ name, description, level, days, grants }) => {
      if (grants.some(({ namespace }) => namespace === '*')) {
        throw new RangeError('a robot is granted projects by their names, never all of them')
      }
      const operation = `create the robot ${name}`
      const body = { name, description, level, duration: days, disable: false, permissions: grants }
      const reply = await send({ operation, method: 'POST', path: '/robots', body })
      return read(operation, createdBody, reply)
    },
    find: async (id) => {
      const operation = `read the robot ${id}`
      const reply = await send({ operation, method: 'GET', path: `/robots/${id}`, answers: [404] })
      return reply.status === 404 ? undefined : read(operation, robotBody, reply)
    },
    list: (projectId) =>
      listAll(send, {
        operation: 'list the robots',
        path: '/robots',
        row: robotBody,
        // Without it only those of the system are listed.
        query: projectId === undefined ? {} : { q: `Level=project,ProjectID=${projectId}` },
        sort: 'id',
      }),
    refreshSecret: async (id) => {
      const operation = `give the robot ${id} a new secret`
      const reply = await send({ operation, method: 'PATCH', path: `/robots/${id}`, body: {} })
      return read(operation, refreshedBody, reply).secret
    },
    delete: async (id) => {
      const operation = `delete the robot ${id}`
      const path = `/robots/${id}`
      const reply = await send({ operation, method: 'DELETE', path, answers: [404] })
      return reply.status !== 404
    },
  }
}
