import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { zstdDecompressSync } from 'node:zlib'
import { unpackTar } from 'modern-tar'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { takeFileLock } from '../../process/file-lock.ts'
import { connect, type Pool } from '../../records/connect.ts'
import { type BuildView, createClient } from '../client.ts'
import { type FaultCase, faultCases } from './faults.ts'
import { file } from './kit/glibc-root.ts'
import { type GpuImage, gpuImage } from './kit/gpu-image.ts'
import { hostileFiles, hostileLines } from './kit/hostile-root.ts'
import { nodeClasses } from './kit/node-classes.ts'
import { setGpuPolicy } from './kit/set-gpu-policy.ts'
import { type SimulatedFarm, startSimulatedFarm } from './kit/simulated-farm.ts'

const { a100 } = nodeClasses
const [{ uuid }] = a100.gpus

/** Through the whole farm; the rest of them where only the solve is. */
const throughFarm = faultCases.filter(
  ({ code, title }) =>
    [
      'LIBCUDA_STUB',
      'LIBCUDA_BROKEN_FILE',
      'COMPAT_NOT_SUPPORTED_ON_DEVICE',
      'LIBCUDA_MISSING',
      'LIBCUDA_INCOMPLETE',
      'GPU_BUSY_EXCLUSIVE',
      'KERNEL_LAUNCH_FAILED',
      'GPU_MEMORY_LOW',
    ].includes(code) || title.includes('CUDA_VISIBLE_DEVICES'),
)

/** One that does not take the GPU out of its node. */
const brokenDriver = faultCases.find(({ code }) => code === 'KERNEL_ILLEGAL_ADDRESS')!

interface NodeView {
  readonly inventory: {
    readonly gpus: readonly { readonly uuid: string; readonly free_bytes: number }[]
  }
  readonly gpu_slots: readonly { readonly uuid: string; readonly leftover: boolean }[]
}

describe('a farm with a simulated A100', () => {
  let farm: SimulatedFarm
  let db: Pool
  let count = 0
  beforeAll(async () => {
    farm = await startSimulatedFarm(a100, { KILN_GPU_LOOK_SECONDS: '5' })
    db = connect(farm.databaseUrl)
    await setPolicy({ mode: 'require_gpu', wait_seconds: 0 })
  })
  afterAll(async () => {
    await db.destroy()
    await farm[Symbol.asyncDispose]()
  })
  afterEach(async () => {
    await farm.gpuAgent.node.configure(a100)
    await farm.gpuAgent.publish(farm.gpuAgent.node.spec)
    // What a test had found out of the GPU is found to be over when the node looks next.
    await untilNode(({ inventory }) =>
      inventory.gpus.some(({ free_bytes: free }) => free > 1024 ** 3),
    )
  })

  const setPolicy = async (policy: object) => setGpuPolicy(farm.url, policy)
  const submit = async (image: GpuImage = {}) => {
    count += 1
    const name = `team/gpu-${count}:1`
    return createClient(farm.url).submit({ name, ...(await gpuImage(farm, image)) })
  }
  const ended = async (id: string) =>
    createClient(farm.url).until(id, ({ status }) => status !== 'building')
  const build = async (image: GpuImage = {}) => ended(await submit(image))
  const linesOf = async ({ id }: Pick<BuildView, 'id'>) =>
    (await createClient(farm.url).follow(id)).map(({ line }) => line.text)
  const codesOf = ({ attempts }: BuildView) => attempts.map(({ failure }) => failure?.code)
  const heldGpus = async () =>
    db.selectFrom('gpu_leases').select('uuid').where('released_at', 'is', null).execute()
  const evidenceOf = async ({ id }: BuildView) =>
    db.selectFrom('evidence').selectAll().where('build_id', '=', id).execute()
  /** Holds the GPU as another process of the machine would. */
  const holdGpu = async () =>
    takeFileLock(join('/run/kiln-gpus', uuid), {
      limitMs: 10_000,
      signal: new AbortController().signal,
      onWait: () => undefined,
    })
  const nodeNow = async () => {
    const reply = await createClient(farm.url).request('/api/nodes')
    const { nodes } = (await reply.json()) as { nodes: readonly NodeView[] }
    return nodes[0]
  }
  const untilNode = async (isSo: (node: NodeView) => boolean) => {
    for (let i = 0; i < 400; i += 1) {
      const node = await nodeNow()
      if (node !== undefined && isSo(node)) return
      await sleep(250)
    }
    throw new Error(`not in time: ${JSON.stringify(await nodeNow())}`)
  }
  const untilLeased = async () => {
    for (let i = 0; i < 600 && (await heldGpus()).length === 0; i += 1) await sleep(50)
  }

  it('passes an image, calls that simulated, and keeps what it rests on', async () => {
    const done = await build()
    expect(done).toMatchObject({
      status: 'succeeded',
      verification: { verdict: 'gpu', evidence: 'simulated', digest: done.digest },
    })
    const [stored] = await evidenceOf(done)
    expect(stored).toMatchObject({
      digest: done.digest,
      passed: true,
      evidence: 'simulated',
      gpu: { uuid, driver: a100.driver, simulated: true },
      report: {
        runs: [{ driver: { ok: true, nonce: stored?.nonce }, frameworks: { ok: true }, error: '' }],
      },
    })
    expect(await heldGpus()).toEqual([])
  })

  it('ships no file of the driver and none of the check', async () => {
    const { digest } = await build()
    const repository = `team/gpu-${count}`
    const manifest = await farm.manifest(repository, digest ?? '')
    const { layers } = JSON.parse(Buffer.from(manifest.bytes).toString()) as {
      layers: { digest: string }[]
    }
    const names: string[] = []
    for (const layer of layers) {
      const [algorithm = '', hex = ''] = layer.digest.split(':')
      const folder = join(farm.agentDir, 'daemons/default/root')
      const blob = await readFile(
        join(folder, 'runc-overlayfs/content/blobs', algorithm, hex),
      ).catch(async () => readFile(join(folder, 'runc-native/content/blobs', algorithm, hex)))
      const entries = await unpackTar(new Uint8Array(zstdDecompressSync(blob)))
      names.push(...entries.map(({ header }) => header.name))
    }
    expect(names.some((name) => name.endsWith('/libc.so.6'))).toBe(true)
    expect(names.filter((name) => /nvidia|libcuda\b|kiln|ld\.so/.test(name))).toEqual([])
  })

  it.each(throughFarm)('blames the $owner, and nobody else, for $title', async (fault) => {
    const done = await buildDespite(fault)
    expect(done.status).toBe('failed')
    expect((await evidenceOf(done)).map(({ passed }) => passed)).not.toContain(true)
    expect(await linesOf(done)).toContainEqual(expect.stringContaining(`${fault.code}: `))
    expect(await heldGpus()).toEqual([])
    if (fault.owner === 'image') {
      expect(done.failure).toMatchObject({
        code: 'verification_failed',
        actor: 'user',
        reasons: expect.arrayContaining([fault.code]),
      })
      expect(codesOf(done)).toEqual(['verification_failed'])
    } else {
      // The second attempt is not given the same GPU, and there is no other.
      expect(codesOf(done)).toEqual(['gpu_failed', 'gpu_unavailable'])
      expect(done.failure).toMatchObject({ code: 'gpu_unavailable', actor: 'farm' })
    }
  })

  /** A fault of the node comes once the build has its GPU: no build would be given one of which the node knew already. */
  const buildDespite = async (fault: FaultCase) => {
    const image = await imageOf(fault)
    if (fault.owner === 'image') {
      await provoke(fault)
      return build(image)
    }
    let id = ''
    {
      await using _ = await holdGpu()
      id = await submit(image)
      await untilLeased()
      await provoke(fault)
    }
    return ended(id)
  }
  const provoke = async ({ config, spec }: FaultCase) => {
    const { gpuAgent, tools } = farm
    await gpuAgent.node.configure({ ...a100, ...config })
    if (spec !== undefined) await gpuAgent.publish(spec(gpuAgent.node.spec, tools.driver))
  }
  const imageOf = async ({ files = {}, lines }: FaultCase): Promise<GpuImage> => ({
    lines: lines ?? [],
    entries: await Promise.all(
      Object.entries(files).map(async ([path, source]) =>
        file(
          path,
          0o755,
          source === 'nothing' ? Buffer.alloc(0) : await readFile(join(farm.tools.driver, source)),
        ),
      ),
    ),
  })

  it('probes again what comes from the cache', async () => {
    const lines = ['LABEL run=again']
    expect(await build({ lines })).toMatchObject({ status: 'succeeded' })
    await provoke(brokenDriver)
    const again = await build({ lines })
    expect(again.steps).toMatchObject({ cached: again.steps.total })
    expect(codesOf(again)[0]).toBe('gpu_failed')
    expect(again.status).toBe('failed')
  })

  describe('given an image that forges the answer wherever it can', () => {
    const hostile = async () => ({ entries: await hostileFiles(uuid), lines: hostileLines })

    it('does not believe it when the GPU is broken', async () => {
      await provoke(brokenDriver)
      const done = await build(await hostile())
      expect(codesOf(done)[0]).toBe('gpu_failed')
      expect(done.status).toBe('failed')
      const lines = await linesOf(done)
      expect(lines).toContainEqual(expect.stringContaining(`${brokenDriver.code}: `))
    })

    it('does not believe it on a GPU that is well, and gives it no network', async () => {
      const done = await build(await hostile())
      expect(done.failure).toMatchObject({ code: 'verification_failed' })
      const lines = await linesOf(done)
      expect(lines).toContain('CUDA OK')
      expect(lines).toContain('0 networks')
      expect(lines).toContainEqual(expect.stringContaining('REPORT_MISSING: '))
      expect((await evidenceOf(done)).map(({ passed }) => passed)).toEqual([false])
    })
  })

  describe('whose GPU is taken', () => {
    it('lets the next build wait, says why, and passes both', async () => {
      await setPolicy({ mode: 'require_gpu', wait_seconds: 60 })
      let ids: readonly string[] = []
      {
        await using _ = await holdGpu()
        ids = [await submit(), await submit()]
        await untilLeased()
        await sleep(5_000)
      }
      const builds = await Promise.all(ids.map(ended))
      expect(builds).toMatchObject([{ status: 'succeeded' }, { status: 'succeeded' }])
      const lines = (await Promise.all(builds.map(linesOf))).flat()
      expect(lines).toContainEqual(expect.stringMatching(/^waiting for a GPU: .* is taken by /))
      await setPolicy({ mode: 'require_gpu', wait_seconds: 0 })
    })

    it('gives it back when the build is cancelled', async () => {
      await using _ = await holdGpu()
      const id = await submit()
      await untilLeased()
      await createClient(farm.url).cancel(id)
      expect(await ended(id)).toMatchObject({ status: 'cancelled' })
      expect(await heldGpus()).toEqual([])
    })

    it('gives it back when the agent is killed, and the next attempt passes', async () => {
      let id = ''
      {
        await using _ = await holdGpu()
        id = await submit()
        await untilLeased()
        await farm.kill('agent')
        await createClient(farm.url).until(id, ({ attempts }) => attempts.length > 1)
      }
      expect(await ended(id)).toMatchObject({
        status: 'succeeded',
        verification: { evidence: 'simulated' },
      })
      expect(await heldGpus()).toEqual([])
    })
  })

  it('gives away no GPU on which something was left, until it is clean', async () => {
    const pid = 4_194_300
    const group = join(farm.gpuAgent.node.root, 'proc', String(pid), 'cgroup')
    await mkdir(dirname(group), { recursive: true })
    await writeFile(group, '0::/kiln-x/step\n')
    const left = { gpu: 0, pid, memoryMib: 100, name: 'cuda-probe' }
    await farm.gpuAgent.node.configure({ ...a100, processes: [left] })
    const done = await build()
    expect(codesOf(done)).toEqual(['gpu_failed', 'gpu_unavailable'])
    expect(await linesOf(done)).toContainEqual(expect.stringContaining('GPU_LEFTOVER: '))
    expect((await nodeNow())?.gpu_slots).toMatchObject([{ uuid, leftover: true }])
    const waiting = await build()
    expect(codesOf(waiting)).toEqual(['gpu_unavailable'])
    expect(waiting.failure?.message).toContain('is held: something still runs on it')
    await farm.gpuAgent.node.configure(a100)
    await untilNode(({ gpu_slots: slots }) => slots.every(({ leftover }) => !leftover))
    expect(await build()).toMatchObject({ status: 'succeeded' })
  }, 400_000)

  it('says by its files why an image runs on none of its GPUs', async () => {
    const site = '/usr/lib/python3/site-packages/torch'
    const version = Buffer.from('__version__ = "2.0.1"\ncuda = "11.8"\n')
    const done = await build({
      entries: [
        file(`${site}/version.py`, 0o644, version),
        file(`${site}/lib/libtorch_python.so`, 0o755, Buffer.from('\0sm_90 sm_90a\0')),
      ],
    })
    expect(done.failure).toMatchObject({
      code: 'verification_failed',
      reasons: expect.arrayContaining(['ARCH_NOT_IN_FRAMEWORK']),
    })
    expect(codesOf(done)).toEqual(['verification_failed'])
  })
})

describe('a farm that was not told to take simulated GPUs', () => {
  let farm: SimulatedFarm
  beforeAll(async () => {
    farm = await startSimulatedFarm(a100, {
      KILN_ALLOW_SIMULATED_GPU: 'false',
      KILN_ALLOW_UNVERIFIED: 'true',
    })
  })
  afterAll(async () => farm[Symbol.asyncDispose]())

  it('gives none of them to an image, and says so of the node', async () => {
    const { nodes } = (await (await createClient(farm.url).request('/api/nodes')).json()) as {
      nodes: { inventory: { gpus: object[]; faulty_gpus: object[]; findings: object[] } }[]
    }
    expect(nodes[0]?.inventory).toMatchObject({
      gpus: [],
      faulty_gpus: [{ uuid, simulated: true }],
      findings: expect.arrayContaining([
        expect.objectContaining({ code: 'SIMULATED_REFUSED', gpu: uuid }),
      ]),
    })
  })

  it.each([
    [{ mode: 'wait_then_computed', wait_seconds: 0 }, 'computed'],
    [{ mode: 'allow_unverified' }, 'none'],
    [{ mode: 'require_gpu', wait_seconds: 0 }, undefined],
  ])('follows the policy %j', async (policy, evidence) => {
    await setGpuPolicy(farm.url, policy)
    const client = createClient(farm.url)
    const done = await client.build({ name: 'team/gpu:1', ...(await gpuImage(farm)) })
    if (evidence === undefined) {
      expect(done.failure).toMatchObject({ code: 'gpu_unavailable' })
      return
    }
    expect(done).toMatchObject({ status: 'succeeded', verification: { verdict: 'gpu', evidence } })
  })
})
