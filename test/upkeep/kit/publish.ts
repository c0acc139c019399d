import { randomUUID } from 'node:crypto'
import { Registry } from 'prom-client'
import { parseDigest } from '#contract/image.ts'
import { createNodeReader } from '../../../records/known-nodes.ts'
import { createControlActivities } from '../../../worker/activities/index.ts'
import type { Library } from './library.ts'
import { type Pushable, push } from './push.ts'
import { createWorkerMetrics } from '../../../worker/metrics.ts'

/** A build between its acceptance and its end, led by hand through the stages that a workflow leads it through. */
export interface HandBuild {
  readonly id: string
  resolve(): Promise<void>
  /** What a node does: pushes the image. @returns its digest. */
  push(image: Pushable): Promise<string>
  /** One look at what the registry's scanner says. */
  scan(digest: string): Promise<void>
  publish(digest: string): Promise<void>
  tag(digest: string): Promise<void>
  finish(): Promise<void>
}

export interface HandSubmission {
  readonly name: string
  readonly dockerfile?: string
  readonly project?: string
}

export async function beginBuild(
  library: Library,
  { dockerfile = 'FROM scratch\nCOPY a /\n', ...rest }: HandSubmission,
): Promise<HandBuild> {
  const body = { dockerfile, ...rest }
  const reply = await library.ask('POST', '/api/images/build', body)
  if (reply.status !== 202) throw new Error(JSON.stringify(reply.body))
  return leadBuild(library, (reply.body as { build_id: string }).build_id)
}

/** Leads a build that somebody else submitted. */
export function leadBuild(library: Library, id: string): HandBuild {
  const { db, own, loop } = library
  const activities = createControlActivities({
    db,
    nodes: createNodeReader(),
    own,
    scanner: loop.scanner,
    log: loop.log,
    git: { environment: {} },
    allowedHosts: [],
    sleep: async () => undefined,
    random: Math.random,
    metrics: createWorkerMetrics(new Registry()),
    signalPlaced: async () => undefined,
  })
  const repositoryOf = async () => {
    const build = db.selectFrom('builds').select('repository').where('id', '=', id)
    return (await build.executeTakeFirstOrThrow()).repository
  }
  return {
    id,
    resolve: async () => activities.resolveBases(id),
    push: async (image) => {
      await db.updateTable('builds').set({ attempt: 1 }).where('id', '=', id).execute()
      await db
        .insertInto('attempts')
        .values({
          build_id: id,
          number: 1,
          node_id: 'node-1',
          incarnation: randomUUID(),
          reason: 'a test',
        })
        .execute()
      return push(own, await repositoryOf(), image)
    },
    scan: async (digest) => activities.scanImage({ buildId: id, attempt: 1 }, parseDigest(digest)),
    publish: async (text) => {
      const digest = parseDigest(text)
      const verification = {
        digest,
        verdict: 'not_gpu' as const,
        evidence: 'measured' as const,
        nonce: randomUUID(),
        durationMs: 1,
      }
      await activities.publishImage({ buildId: id, attempt: 1, digest, verification })
    },
    tag: async (digest) => activities.tagImage(id, parseDigest(digest)),
    finish: async () => activities.finishBuild({ buildId: id, status: 'succeeded' }),
  }
}

/** A build from its submission to its end. @returns the digest and the image that the name is. */
export async function publishImage(
  library: Library,
  submission: HandSubmission,
  image: Pushable,
): Promise<{ readonly digest: string; readonly buildId: string; readonly imageId: number }> {
  const build = await beginBuild(library, submission)
  await build.resolve()
  const digest = await build.push(image)
  await build.publish(digest)
  await build.tag(digest)
  await build.finish()
  const { image_id: imageId } = await library.db
    .selectFrom('versions')
    .select('image_id')
    .where('build_id', '=', build.id)
    .executeTakeFirstOrThrow()
  return { digest, buildId: build.id, imageId }
}
