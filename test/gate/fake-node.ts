import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { NativeConnection, Worker } from '@temporalio/worker'
import type { NodeActivities } from '#contract/activities.ts'
import type { AttemptRef, BuildPlan, Verification } from '#contract/build.ts'
import type { GpuAnswer } from '#contract/gpu-lease.ts'
import { createNewId } from '#contract/id.ts'
import { type Digest, parseDigest } from '#contract/image.ts'
import type { Gpu } from '#contract/node.ts'
import { nodeQueue } from '#contract/queues.ts'
import { agentProtocol } from '#contract/wire/node.ts'
import { identityOf } from '../../agent/control-plane.ts'
import { pushImage } from '../../embedded/base-image/push-image.ts'
import type { Farm } from '../farm.ts'
import { admitNode } from '../node-credential.ts'

/** A node that speaks to the real server and the real Temporal as an agent does, and builds nothing. */
export interface FakeNode extends AsyncDisposable {
  readonly id: string
  readonly name: string
  /** What it proves itself with. */
  readonly credential: string
  /** A call of the agent API. */
  call(method: string, path: string, body?: object): Promise<Response>
  /** A call about an attempt. */
  about(ref: AttemptRef, method: string, path: string, body?: object): Promise<Response>
  askGpu(ref: AttemptRef, needs?: object, digest?: string): Promise<GpuAnswer>
  /** Tells the server what the node has now; a new incarnation when asked for. */
  register(gpus: readonly Gpu[], options?: { readonly restart?: boolean }): Promise<unknown>
  /** Whether it takes builds, as an operator says. Which of several takes one is decided by where its image is cached. */
  takeBuilds(isWanted: boolean): Promise<void>
}

export type Verify = (
  node: FakeNode,
  ref: AttemptRef,
  digest: Digest,
  plan: BuildPlan,
) => Promise<Verification>

export interface FakeNodeOptions {
  readonly name: string
  readonly gpus: readonly Gpu[]
  readonly slots?: number
  /** The start of its agent; a random one when absent. */
  readonly incarnation?: string
  readonly platforms?: readonly string[]
  /** What it does in the stage `verifying`. */
  readonly verify?: Verify
  /** What it does in the stage `building` instead of pushing an image. Without either nobody works on its queue. */
  readonly build?: NodeActivities['buildImage']
  /** What it does around its stages. */
  readonly wrap?: (own: NodeActivities) => NodeActivities
}

const newId = createNewId(Date.now, (bytes) => crypto.getRandomValues(bytes))

export async function joinNode(farm: Farm, options: FakeNodeOptions): Promise<FakeNode> {
  await using stack = new AsyncDisposableStack()
  const { name, slots = 4, platforms = ['linux/amd64'] } = options
  const id = newId('node')
  const credential = await admitNode(farm, { node_id: id, name })
  let { incarnation = randomUUID() } = options
  const call: FakeNode['call'] = async (method, path, body) =>
    fetch(new URL(`/agent${path}`, farm.url), {
      method,
      headers: { ...identityOf(credential, incarnation), 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
  const about: FakeNode['about'] = async (ref, method, path, body) =>
    call(method, `/builds/${ref.buildId}/attempts/${ref.attempt}/${path}`, body)
  const register: FakeNode['register'] = async (gpus, { restart = false } = {}) => {
    if (restart) incarnation = randomUUID()
    const inventory = inventoryOf(name, gpus, platforms)
    const node = { protocol: agentProtocol, node_id: id, name, incarnation, slots, inventory }
    const reply = await call('POST', '/nodes', node)
    if (!reply.ok) throw new Error(await reply.text())
    return reply.json()
  }
  const node: FakeNode = {
    id,
    name,
    credential,
    call,
    about,
    register,
    askGpu: async (ref, needs = {}, digest = `sha256:${'0'.repeat(64)}`) => {
      const reply = await about(ref, 'POST', 'gpu', { digest, needs })
      return (await reply.json()) as GpuAnswer
    },
    takeBuilds: async (isWanted) => {
      const path = `/api/nodes/${id}/${isWanted ? 'resume' : 'drain'}`
      const headers = { 'content-type': 'application/json' }
      const reply = await fetch(new URL(path, farm.url), { method: 'POST', headers, body: '{}' })
      if (!reply.ok) throw new Error(await reply.text())
    },
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  }
  await register(options.gpus)
  const beat = setInterval(() => void call('POST', `/nodes/${id}/heartbeat`), 1_000)
  stack.defer(async () => {
    clearInterval(beat)
    await call('POST', `/nodes/${id}/leave`)
  })
  const { verify = async () => Promise.reject(new Error('not verified here')), build } = options
  if (options.verify !== undefined || build !== undefined) {
    const activities = {
      ...createActivities(farm, node, verify),
      ...(build && { buildImage: build }),
    }
    stack.use(await work(farm, id, options.wrap?.(activities) ?? activities))
  }
  const owned = stack.move()
  return node
}

function createActivities(farm: Farm, node: FakeNode, verify: Verify): NodeActivities {
  const begin = async (ref: AttemptRef, stage: string) => {
    const reply = await node.about(ref, 'POST', `stages/${stage}`)
    if (!reply.ok) throw new Error(await reply.text())
    return (await reply.json()) as BuildPlan
  }
  return {
    buildImage: async (ref) => {
      const { registry } = await begin(ref, 'building')
      const digest = await pushImage(farm.registry, {
        repository: registry.repository.slice(registry.host.length + 1),
        tag: 'raw',
        ...oneLayer(),
      })
      return { digest: parseDigest(digest), cachedSteps: 0, totalSteps: 1 }
    },
    verifyImage: async (ref, digest) => verify(node, ref, digest, await begin(ref, 'verifying')),
    pushImage: async (ref, digest) => {
      await begin(ref, 'pushing')
      return { digest }
    },
    cleanUp: async () => undefined,
  }
}

function oneLayer() {
  // An archive without entries, and a name in its gzip header that makes each a new one.
  const tar = Buffer.alloc(1024)
  const layer = gzipSync(tar)
  const digest = createHash('sha256').update(tar).digest('hex')
  const config = {
    architecture: 'amd64',
    os: 'linux',
    config: { Labels: { run: randomBytes(8).toString('hex') } },
    rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
  }
  return { layer, config }
}

async function work(farm: Farm, nodeId: string, activities: NodeActivities) {
  const { address, namespace } = farm.temporal
  const connection = await NativeConnection.connect({ address })
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: nodeQueue(nodeId),
    activities,
  })
  const { promise, resolve } = Promise.withResolvers<void>()
  const ended = worker.runUntil(promise)
  return {
    [Symbol.asyncDispose]: async () => {
      resolve()
      await ended
      await connection.close()
    },
  }
}

function inventoryOf(name: string, gpus: readonly Gpu[], platforms: readonly string[]) {
  return {
    host: { hostname: name, os: 'x', kernel: 'x', arch: 'x64' },
    cpu: { model: 'x', cores: 1 },
    memory_bytes: 1,
    disk: { total_bytes: 1, free_bytes: 1 },
    buildkit: { version: 'x', platforms, devices: [] },
    gpus,
  }
}
