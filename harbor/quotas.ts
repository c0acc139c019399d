import { z } from 'zod'
import type { Send } from './connection.ts'
import { read } from './read.ts'

const quotaBody = z.object({
  id: z.number().int(),
  hard: z.object({ storage: z.number() }),
  used: z.object({ storage: z.number() }),
})

export interface HarborQuotas {
  /** The quota of a project, by the project's id; -1 for no limit. `undefined` where Harbor keeps none. */
  find(projectId: number): Promise<z.infer<typeof quotaBody> | undefined>
  /** `bytes` is at least 1, or -1 for no limit: Harbor refuses 0. */
  limit(quotaId: number, bytes: number): Promise<void>
}

export function createQuotas(send: Send): HarborQuotas {
  return {
    find: async (projectId) => {
      const operation = 'read the quota'
      const query = { reference: 'project', reference_id: projectId }
      const reply = await send({ operation, method: 'GET', path: '/quotas', query })
      return read(operation, quotaBody.array().nullable(), reply)?.[0]
    },
    limit: async (quotaId, bytes) => {
      const path = `/quotas/${quotaId}`
      const body = { hard: { storage: bytes } }
      await send({ operation: 'change the quota', method: 'PUT', path, body })
    },
  }
}
