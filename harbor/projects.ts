import { z } from 'zod'
import type { Send } from './connection.ts'
import { read } from './read.ts'

const severities = ['none', 'low', 'medium', 'high', 'critical'] as const

/**
 * What a project is set to. Harbor keeps all of it as text and checks none of it: `public` takes `banana` with 200, so
 * only these are ever written.
 */
export interface ProjectSettings {
  readonly public?: boolean
  readonly autoScan?: boolean
  readonly autoSbom?: boolean
  /** Refuses pulls of images with findings of `severity`, HEAD included, and of images not scanned yet. */
  readonly preventVulnerable?: boolean
  readonly severity?: (typeof severities)[number]
}

const flag = z
  .string()
  .optional()
  .transform((text) => text === 'true')

const projectBody = z.object({
  project_id: z.number().int(),
  name: z.string(),
  repo_count: z.number().int().default(0),
  /** Of a proxy of another registry, to which nothing can be pushed. */
  registry_id: z.number().int().nullish(),
  metadata: z
    .object({
      public: flag,
      auto_scan: flag,
      auto_sbom_generation: flag,
      prevent_vul: flag,
      severity: z.enum(severities).catch('none').optional(),
      retention_id: z.string().optional(),
    })
    .nullish()
    .transform((metadata) => metadata ?? undefined),
})

export type HarborProject = z.infer<typeof projectBody>

const summaryBody = z.object({
  quota: z
    .object({
      hard: z.object({ storage: z.number().default(-1) }).default({ storage: -1 }),
      used: z.object({ storage: z.number().default(0) }).default({ storage: 0 }),
    })
    .optional(),
})

export interface HarborProjects {
  find(name: string): Promise<HarborProject | undefined>
  /** @returns false when it was there before, then with settings of its own. */
  create(name: string, settings: ProjectSettings, storageLimit?: number): Promise<boolean>
  /** Changes what is named and leaves the rest. */
  update(name: string, settings: ProjectSettings): Promise<void>
  /** Bytes; `limit` is absent where there is none. */
  usage(name: string): Promise<{ readonly used: number; readonly limit?: number }>
  /** @returns false when there was none. One that holds repositories is refused with 412. */
  delete(name: string): Promise<boolean>
}

const at = (name: string) => `/projects/${encodeURIComponent(name)}`

export function createProjects(send: Send): HarborProjects {
  return {
    find: async (name) => {
      const operation = `read the project ${name}`
      // 403 is the answer to a robot of another project, and to most robots where there is no such project.
      const reply = await send({ operation, method: 'GET', path: at(name), answers: [404] })
      return reply.status === 404 ? undefined : read(operation, projectBody, reply)
    },
    create: async (name, settings, storageLimit) => {
      const reply = await send({
        operation: `create the project ${name}`,
        method: 'POST',
        path: '/projects',
        body: {
          project_name: name,
          metadata: toMetadata(settings),
          ...(storageLimit !== undefined && { storage_limit: storageLimit }),
        },
        answers: [409],
      })
      return reply.status !== 409
    },
    update: async (name, settings) => {
      const body = { metadata: toMetadata(settings) }
      await send({ operation: `change the project ${name}`, method: 'PUT', path: at(name), body })
    },
    usage: async (name) => {
      const operation = `read the quota of ${name}`
      const reply = await send({ operation, method: 'GET', path: `${at(name)}/summary` })
      const { quota } = read(operation, summaryBody, reply)
      const limit = quota?.hard.storage ?? -1
      return { used: quota?.used.storage ?? 0, ...(limit >= 0 && { limit }) }
    },
    delete: async (name) => {
      const operation = `delete the project ${name}`
      const reply = await send({ operation, method: 'DELETE', path: at(name), answers: [404] })
      return reply.status !== 404
    },
  }
}

function toMetadata(settings: ProjectSettings): Record<string, string> {
  const named = {
    public: settings.public,
    auto_scan: settings.autoScan,
    auto_sbom_generation: settings.autoSbom,
    prevent_vul: settings.preventVulnerable,
    severity: settings.severity,
  }
  return Object.fromEntries(
    Object.entries(named)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, String(value)]),
  )
}
