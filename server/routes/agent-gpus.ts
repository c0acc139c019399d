import { Hono } from 'hono'
import { z } from 'zod'
import { gpuRelease, gpuRequest } from '#contract/wire/gpu-lease.ts'
import {
  evidenceUpload,
  factsUpload,
  maxEvidenceBytes,
  maxFactsBytes,
} from '#contract/wire/verification.ts'
import { analysisVersion } from '../../cuda/image/analyse-image.ts'
import { storeBuiltFacts } from '../../records/evidence.ts'
import { cleanGpu, returnGpu } from '../../records/gpu-leases.ts'
import type { ServerDeps } from '../deps.ts'
import { askGpu } from '../gpus/ask-gpu.ts'
import { keepEvidence } from '../gpus/keep-evidence.ts'
import { readComputed } from '../gpus/read-computed.ts'
import { jsonBody, limitBody, query, requireJson } from '../middleware/json-body.ts'
import { Refusal, refuseField } from '../refusal.ts'
import { readRef } from './attempt-ref.ts'

const maxRequestBytes = 16 * 1024
const attempt = '/builds/:build/attempts/:attempt{[0-9]+}' as const
const computedQuery = z.object({ digest: z.string().regex(/^sha256:[0-9a-f]{64}$/) })

/** How agents come by GPUs, and what they tell of the verification. */
export function agentGpuRoutes(deps: ServerDeps) {
  const { db } = deps
  return new Hono()
    .post(
      `${attempt}/gpu`,
      limitBody(maxRequestBytes),
      requireJson,
      jsonBody(gpuRequest),
      async (c) => c.json(await askGpu(db, readRef(c.req.param()), c.req.valid('json'))),
    )
    .delete(
      `${attempt}/gpu`,
      limitBody(maxRequestBytes),
      requireJson,
      jsonBody(gpuRelease),
      async (c) => {
        await returnGpu(db, readRef(c.req.param()), c.req.valid('json'))
        return c.body(null, 204)
      },
    )
    .post('/nodes/:id/gpus/:uuid/clean', async (c) => {
      const { id, uuid } = c.req.param()
      if (!(await cleanGpu(db, id, uuid))) throw new Refusal('not_found')
      return c.body(null, 204)
    })
    .get(`${attempt}/computed`, query(computedQuery), async (c) =>
      c.json(await readComputed(db, c.req.valid('query').digest)),
    )
    .put(
      `${attempt}/facts`,
      limitBody(maxFactsBytes),
      requireJson,
      jsonBody(factsUpload),
      async (c) => {
        const ref = readRef(c.req.param())
        const upload = c.req.valid('json')
        if (upload.analysis > analysisVersion) {
          const message = `this farm knows no analysis after ${analysisVersion}`
          throw refuseField('evidence_invalid', 'analysis', message)
        }
        if (!(await storeBuiltFacts(db, ref, upload))) {
          throw new Refusal('stale_attempt')
        }
        return c.body(null, 204)
      },
    )
    .put(
      `${attempt}/evidence`,
      limitBody(maxEvidenceBytes),
      requireJson,
      jsonBody(evidenceUpload),
      async (c) => {
        await keepEvidence(deps, readRef(c.req.param()), c.req.valid('json'))
        return c.body(null, 204)
      },
    )
}
