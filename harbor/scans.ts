import { z } from 'zod'
import type { Digest } from '#contract/image.ts'
import type { Send } from './connection.ts'
import { read } from './read.ts'
import { artifactPath, type RepositoryRef } from './repository-path.ts'

const reportType = 'application/vnd.security.vulnerability.report; version=1.1'

const summary = z.object({
  report_id: z.string(),
  scan_status: z.enum(['Pending', 'Running', 'Success', 'Error', 'Stopped']).or(z.string()),
  severity: z.string().optional(),
  summary: z
    .object({
      total: z.number().int().default(0),
      fixable: z.number().int().default(0),
      summary: z.record(z.string(), z.number().int()).nullish(),
    })
    .nullish(),
})

/** By the type of the report, of which the newest is read. */
export const scanOverview = z
  .record(z.string(), summary)
  .transform((reports) => reports[reportType])

const vulnerability = z.object({
  id: z.string(),
  package: z.string(),
  version: z.string().default(''),
  fix_version: z.string().default(''),
  severity: z.string(),
  links: z.array(z.string()).nullish(),
})

const reportBody = z.record(
  z.string(),
  z.object({
    generated_at: z.string().optional(),
    severity: z.string().optional(),
    vulnerabilities: z.array(vulnerability).nullish(),
  }),
)

export type Vulnerability = z.infer<typeof vulnerability>
export type ScanKind = 'vulnerability' | 'sbom'

export interface HarborScans {
  /** `running` when one was under way, `no_scanner` when the project has none. */
  start(
    where: RepositoryRef,
    digest: Digest,
    kind: ScanKind,
  ): Promise<'started' | 'running' | 'no_scanner'>
  /** For one that is stuck: a scan whose job was lost stays pending for ever. */
  stop(where: RepositoryRef, digest: Digest, kind: ScanKind): Promise<void>
  /** What was found; `undefined` while there is no report. */
  report(where: RepositoryRef, digest: Digest): Promise<readonly Vulnerability[] | undefined>
}

export function createScans(send: Send): HarborScans {
  return {
    start: async (where, digest, kind) => {
      const { status } = await send({
        operation: `scan ${digest}`,
        method: 'POST',
        path: `${artifactPath(where, digest)}/scan`,
        body: { scan_type: kind },
        answers: [409, 412],
      })
      if (status === 409) return 'running'
      return status === 412 ? 'no_scanner' : 'started'
    },
    stop: async (where, digest, kind) => {
      const path = `${artifactPath(where, digest)}/scan/stop`
      const body = { scan_type: kind }
      await send({ operation: `stop the scan of ${digest}`, method: 'POST', path, body })
    },
    report: async (where, digest) => {
      const operation = `read the findings of ${digest}`
      const reply = await send({
        operation,
        method: 'GET',
        path: `${artifactPath(where, digest)}/additions/vulnerabilities`,
        headers: { 'x-accept-vulnerabilities': reportType },
        answers: [404],
      })
      if (reply.status === 404) return undefined
      return read(operation, reportBody, reply)[reportType]?.vulnerabilities ?? undefined
    },
  }
}
