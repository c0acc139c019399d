import type { ImageFacts } from '#contract/image-facts.ts'
import type { Gpu } from '#contract/node.ts'
import type { VerificationReason } from '#contract/verification.ts'
import { agentProtocol } from '#contract/wire/node.ts'
import type { Db, Pool } from '../../records/connect.ts'
import { registerNode } from '../../records/nodes.ts'
import { slotsOf } from '../../records/node-gpus.ts'

let builds = 0

export const digestOf = (n: number) => `sha256:${n.toString(16).padStart(64, '0')}`

/** A build as a farm would have left it, for tests that have a database and no farm. @returns its id. */
export async function addBuild(
  db: Db,
  name: string,
  status: 'building' | 'succeeded' | 'failed' = 'succeeded',
): Promise<string> {
  builds += 1
  const id = `build-${String(builds).padStart(8, '0')}`
  const row = { name, repository: name, tag: '1', description: '', dockerfile: '', attempt: 1 }
  await db
    .insertInto('builds')
    .values({ id, ...row, project_id: 1, options: '{}', status, stage: status })
    .execute()
  return id
}

interface Publication {
  readonly name: string
  readonly digest: string
  readonly facts?: ImageFacts
}

/** An image whose name points at a new version. @returns its id and that of the build. */
export async function publish(db: Db, { name, digest, facts }: Publication) {
  const buildId = await addBuild(db, name)
  const image = { name, description: '', category: 'custom', registry: '', repository: name }
  const { id } = await db
    .insertInto('images')
    .values({ ...image, tag: '1', size: 1, visibility: 'project', project_id: 1 })
    .onConflict((c) => c.column('name').doUpdateSet({ name }))
    .returning('id')
    .executeTakeFirstOrThrow()
  const versions = await db.selectFrom('versions').select('id').where('image_id', '=', id).execute()
  const row = { image_id: id, number: versions.length + 1, build_id: buildId, digest, size: 1 }
  const version = await db
    .insertInto('versions')
    .values(row)
    .returning('id')
    .executeTakeFirstOrThrow()
  const verdict = { verdict: 'gpu', evidence: 'measured' as const, detail: '{}' }
  await db
    .insertInto('verifications')
    .values({ build_id: buildId, attempt: 1, digest, node_id: 'node-1', ...verdict })
    .execute()
  await db
    .updateTable('images')
    .set({ digest, current_version_id: version.id })
    .where('id', '=', id)
    .execute()
  if (facts !== undefined) {
    await db
      .insertInto('image_facts')
      .values({ digest, analysis: 1, facts: JSON.stringify(facts) })
      .onConflict((c) => c.column('digest').doNothing())
      .execute()
  }
  return { id, buildId }
}

interface Measured {
  readonly buildId: string
  readonly digest: string
  readonly gpu: Gpu
  readonly passed?: boolean
  readonly reasons?: readonly VerificationReason[]
  readonly at?: Date
  /** Whether its build has published the digest; so it is unless said otherwise. */
  readonly published?: boolean
}

export function evidenceRow({ buildId, digest, gpu, passed = true, reasons = [], at }: Measured) {
  const [slot] = slotsOf(gpu)
  const created_at = at ?? new Date()
  const report = {
    digest,
    nonce: `nonce-of-${buildId}`,
    evidence: 'measured',
    passed,
    gpu: slot?.gpu,
    started_at: created_at.toISOString(),
    finished_at: created_at.toISOString(),
    runs: [],
    reasons,
  }
  return {
    build_id: buildId,
    attempt: 1,
    digest,
    node_id: 'node-1',
    nonce: report.nonce,
    evidence: 'measured' as const,
    passed,
    gpu: JSON.stringify(slot?.gpu),
    arch: 'x64',
    report: JSON.stringify(report),
    created_at,
  }
}

/** Keeps what was measured. */
export async function measure(db: Db, measured: Measured): Promise<void> {
  const { buildId, digest, published = true } = measured
  if (published) {
    await db.updateTable('builds').set({ digest }).where('id', '=', buildId).execute()
  }
  await db.insertInto('evidence').values(evidenceRow(measured)).execute()
}

export async function joinWith(db: Pool, id: string, gpus: readonly Gpu[]): Promise<void> {
  const node = {
    protocol: agentProtocol,
    node_id: id,
    name: id,
    incarnation: crypto.randomUUID(),
    slots: 1,
    inventory: {
      host: { hostname: id, os: 'x', kernel: 'x', arch: 'x64' },
      cpu: { model: 'x', cores: 1 },
      memory_bytes: 1,
      disk: { total_bytes: 1, free_bytes: 1 },
      buildkit: { version: 'x', platforms: [], devices: [] },
      gpus: [...gpus],
    },
  }
  await registerNode(db, node, 60_000)
}
