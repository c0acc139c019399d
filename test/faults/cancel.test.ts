import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { NodeActivities } from '#contract/activities.ts'
import type { AttemptRef } from '#contract/build.ts'
import { connect, type Pool } from '../../records/connect.ts'
import { createClient } from '../client.ts'
import { type FakeNode, joinNode } from '../gate/fake-node.ts'
import { type HarborFarm, startHarborFarm } from './kit/harbor-farm.ts'
import { harborProject } from './kit/ready-harbor.ts'

// Row 38: a cancel at each stage. A build ends as cancelled or as succeeded, once; after a cancel was acknowledged no name
// moves. Server, worker and Temporal are real; the node speaks to them as an agent does and waits where it is told to.
// Twenty of each take minutes: those are run by hand.
const repetitions = process.env['KILN_MANY_CANCELS'] === '1' ? 20 : 3

interface Gate {
  /** Settles when something waits at it. */
  readonly reached: PromiseWithResolvers<void>
  readonly opened: PromiseWithResolvers<void>
}

let farm: HarborFarm
let node: FakeNode
let db: Pool
const gates = new Map<string, Gate>()
beforeAll(async () => {
  farm = await startHarborFarm({ agent: false })
  db = connect(farm.databaseUrl, 2)
  const gone = await joinNode(farm, { name: 'gone', gpus: [], platforms: ['linux/arm64'] })
  await gone[Symbol.asyncDispose]()
  node = await joinNode(farm, {
    name: 'node',
    gpus: [],
    slots: 16,
    wrap,
    verify: async (_, __, digest) => ({
      digest,
      verdict: 'not_gpu',
      evidence: 'measured',
      nonce: 'cancelled',
      durationMs: 1,
    }),
  })
})
afterEach(() => farm.harbor.faults.splice(0))
afterAll(async () => {
  await node[Symbol.asyncDispose]()
  await db.destroy()
  await farm[Symbol.asyncDispose]()
})

const client = () => createClient(farm.url)

function wrap(own: NodeActivities): NodeActivities {
  return {
    ...own,
    buildImage: async (ref) => between(ref, ['context', 'export'], async () => own.buildImage(ref)),
    verifyImage: async (ref, digest) =>
      between(ref, ['verify', 'attest'], async () => own.verifyImage(ref, digest)),
    pushImage: async (ref, digest) =>
      between(ref, ['push blobs', 'push manifest'], async () => own.pushImage(ref, digest)),
  }
}

async function between<T>(
  ref: AttemptRef,
  [before, after]: readonly [string, string],
  work: () => Promise<T>,
): Promise<T> {
  const { name } = await client().read(ref.buildId)
  await pass(`${before} ${name}`)
  const done = await work()
  await pass(`${after} ${name}`)
  return done
}

async function pass(key: string): Promise<void> {
  const gate = gates.get(key)
  gate?.reached.resolve()
  await gate?.opened.promise
}

function close(key: string): Gate {
  const gate = { reached: Promise.withResolvers<void>(), opened: Promise.withResolvers<void>() }
  gates.set(key, gate)
  return gate
}

/** Lets requests to the registry wait. */
function hold(method: string, path: RegExp, key: string): Gate {
  const gate = close(key)
  const held = async () => pass(key)
  farm.harbor.faults.push({ method, path, times: Number.POSITIVE_INFINITY, hold: held })
  return gate
}

/** Stops a process until the gate is opened. */
async function freeze(process_: 'worker' | 'temporal', key: string): Promise<Gate> {
  const gate = close(key)
  const file = await readFile(join(farm.stateDir, 'run', `${process_}.pid.json`), 'utf8')
  const { pid } = JSON.parse(file) as { pid: number }
  process.kill(pid, 'SIGSTOP')
  gate.reached.resolve()
  gate.opened.promise.then(() => process.kill(pid, 'SIGCONT')).catch(() => undefined)
  return gate
}

const of = (name: string, tail: string) => new RegExp(`^/v2/${harborProject}/${name}/${tail}`)
/** Nothing waits. */
const open: Gate = {
  reached: Promise.withResolvers<void>(),
  opened: Promise.withResolvers<void>(),
}
open.reached.resolve()

interface Point {
  readonly at: (name: string) => Gate | Promise<Gate>
  /** One after the other: it stops what all builds need. */
  readonly alone?: boolean
  readonly options?: Readonly<Record<string, unknown>>
  readonly stage?: string
  readonly tooLate?: boolean
}

const points: Readonly<Record<string, Point>> = {
  accept: { at: () => open },
  outbox: { at: async (name) => freeze('temporal', name), alone: true },
  'workflow start': { at: async (name) => freeze('worker', name), alone: true },
  resolve: { at: (name) => hold('GET', /^\/v2\/base\/busybox\/manifests\//, name), alone: true },
  lease: { at: () => open, options: { platform: 'linux/arm64' }, stage: 'waiting' },
  context: { at: (name) => close(`context ${name}`) },
  solve: { at: (name) => hold('POST', of(name, 'blobs/uploads/'), name) },
  export: { at: (name) => close(`export ${name}`) },
  verify: { at: (name) => close(`verify ${name}`) },
  attest: { at: (name) => close(`attest ${name}`) },
  'push blobs': { at: (name) => close(`push blobs ${name}`) },
  'push manifest': { at: (name) => close(`push manifest ${name}`) },
  'promote name': { at: (name) => hold('GET', of(name, 'manifests/sha256:'), name) },
  notify: { at: (name) => hold('PUT', of(name, 'manifests/latest'), name), tooLate: true },
}

it.each(Object.keys(points))('38: ends a build once that is cancelled at: %s', async (stage) => {
  const point = points[stage]
  if (point === undefined) throw new Error(stage)
  const names = Array.from({ length: repetitions }, (_, n) => `${stage.replace(' ', '-')}-${n}`)
  const wanted = names.map(() => (point.tooLate === true ? 'succeeded' : 'cancelled'))
  if (point.alone !== true) {
    expect(await Promise.all(names.map(async (name) => cancelAt(point, name)))).toEqual(wanted)
    return
  }
  for (const [index, name] of names.entries()) {
    expect(await cancelAt(point, name)).toBe(wanted[index])
    farm.harbor.faults.splice(0)
  }
})

/** @returns how the build has ended. */
async function cancelAt({ at, options, stage, tooLate }: Point, name: string): Promise<string> {
  const gate = await at(name)
  // Each its own: one that is built already is waited for.
  const dockerfile = `FROM ${farm.baseImage}\nLABEL of=${name}\n`
  const id = await client().submit({ name, dockerfile, ...(options && { options }) })
  await gate.reached.promise
  if (stage !== undefined) await client().until(id, (build) => build.stage === stage)
  const reply = await client().cancel(id)
  expect(reply.status).toBe(tooLate === true ? 409 : 202)
  gate.opened.resolve()
  const ended = await client().until(id, ({ status }) => status !== 'building')
  expect(await lookAt(id, name)).toEqual(
    tooLate === true
      ? { ends: 1, publishes: 1, versions: 1, tags: ['latest', 'latest-v1'] }
      : { ends: 1, publishes: 0, versions: 0, tags: [] },
  )
  return ended.status
}

it('38: leaves it at that, whatever the nodes do afterwards', async () => {
  const rows = await db.selectFrom('builds').select(['id', 'name', 'status']).execute()
  expect(rows.length % repetitions).toBe(0)
  for (const { id, name, status } of rows) {
    const found = await lookAt(id, name)
    const count = status === 'succeeded' ? 1 : 0
    expect(found).toMatchObject({ ends: 1, publishes: count, versions: count })
  }
})

async function lookAt(id: string, name: string) {
  const count = async (action: string, object: string) => {
    const rows = await db
      .selectFrom('audit')
      .select('seq')
      .where('action', '=', action)
      .where('object', '=', object)
      .execute()
    return rows.length
  }
  const versions = await db.selectFrom('versions').select('id').where('build_id', '=', id).execute()
  const projects = [...farm.harbor.state.projects.values()]
  const held = projects.find((one) => one.name === harborProject)?.repositories.get(name)
  return {
    ends: await count('build.finish', id),
    publishes: await count('image.publish', name),
    versions: versions.length,
    // The node pushes under a tag of its own, and what hangs on an image has others.
    tags: [...(held?.tags.keys() ?? [])].filter((tag) => tag.startsWith('latest')).toSorted(),
  }
}
