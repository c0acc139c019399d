import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { agentProtocol } from '#contract/wire/node.ts'
import { connect, type Pool } from '../records/connect.ts'
import { endLease, registerNode } from '../records/nodes.ts'
import { createClient } from './client.ts'
import { type Farm, startFarm } from './farm.ts'

const gib = 1024 ** 3
const site = '/usr/lib/python3/site-packages'

/** A node that is registered and gone: it has cards and takes no builds. */
async function registerGone(db: Pool, name: string, gpu: string, driver: string) {
  const id = `node-${name.padEnd(26, '0')}`
  const node = {
    protocol: agentProtocol,
    node_id: id,
    name,
    incarnation: crypto.randomUUID(),
    slots: 1,
    inventory: {
      host: { hostname: name, os: 'x', kernel: 'x', arch: 'x64' },
      cpu: { model: 'x', cores: 1 },
      memory_bytes: gib,
      disk: { total_bytes: gib, free_bytes: gib },
      buildkit: { version: 'x', platforms: [], devices: [] },
      gpus: [{ uuid: `GPU-${name}`, name: gpu, driver, memory_bytes: 16 * gib }],
    },
  }
  await registerNode(db, node, 0)
  await endLease(db, id, false)
}

interface Matrix {
  readonly evidence: string
  readonly findings: readonly { readonly code: string }[]
  readonly classes: readonly {
    readonly gpu: string
    readonly verdict: string
    readonly nodes: { readonly count: number; readonly names: readonly string[] }
    readonly reasons: readonly { readonly code: string; readonly message: string }[]
    readonly suggestion: { readonly text: string } | null
  }[]
}

describe('the compatibility of an image with the nodes of the farm', () => {
  let farm: Farm
  let db: Pool
  beforeAll(async () => {
    farm = await startFarm()
    db = connect(farm.databaseUrl)
  })
  afterAll(async () => {
    await db.destroy()
    await farm[Symbol.asyncDispose]()
  })

  const idOf = async (name: string) => {
    const images = await createClient(farm.url).images()
    return images.find((image) => image.name === name)?.id
  }
  const matrixOf = async (id: number | undefined, lang = 'en') => {
    const reply = await createClient(farm.url).request(
      `/api/images/${id ?? 0}/compatibility?lang=${lang}`,
    )
    expect(reply.status).toBe(200)
    return (await reply.json()) as Matrix
  }
  const analysed = async (name: string) => {
    const id = await idOf(name)
    for (let i = 0; i < 300; i += 1) {
      const matrix = await matrixOf(id)
      if (matrix.evidence !== 'unknown') return { id, matrix }
      await sleep(100)
    }
    throw new Error('the image was never analysed')
  }

  it('is computed from its layers once it is published', async () => {
    await registerGone(db, 'alpha', 'Tesla T4', '525.85.12')
    await registerGone(db, 'beta', 'Tesla T4', '525.85.12')
    await registerGone(db, 'gamma', 'NVIDIA H100 PCIe', '580.95.05')
    await registerGone(db, 'delta', 'NVIDIA Unheard 1', '580.95.05')
    // None of them will come back, so no image is to wait for their GPUs.
    const policy = { mode: 'wait_then_computed', wait_seconds: 0 }
    await db
      .updateTable('projects')
      .set({ gpu_policy: JSON.stringify(policy) })
      .execute()
    const torch = (version: string, cuda: string) =>
      `printf '__version__ = "${version}"\\ncuda = "${cuda}"\\n' > ${site}/torch/version.py`
    const dockerfile = [
      `FROM ${farm.baseImage}`,
      `RUN mkdir -p ${site}/torch/lib && ${torch('1.0.0', '10.0')}`,
      `RUN ${torch('2.0.1', '11.7')} && printf 'x\\000sm_75 sm_86\\000x' > ${site}/torch/lib/libtorch_python.so`,
      `RUN printf x > /usr/lib/libcuda.so.580.65.06 && mkdir -p /usr/lib/stubs`,
      'ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_API_KEY=nvapi-secret',
    ].join('\n')
    const done = await createClient(farm.url).build({ name: 'team/torch:1', dockerfile })
    expect(done).toMatchObject({
      status: 'succeeded',
      verification: { verdict: 'gpu', evidence: 'computed' },
    })
    const { id, matrix } = await analysed('team/torch:1')
    expect(matrix).toMatchObject({
      evidence: 'computed',
      findings: [{ code: 'IMAGE_HAS_DRIVER_FILES' }, { code: 'NVIDIA_ENV_MISSING' }],
    })
    expect(
      matrix.classes.map(({ gpu, verdict, nodes, reasons, suggestion }) => [
        gpu,
        verdict,
        nodes.count,
        reasons.map(({ code }) => code),
        suggestion?.text,
      ]),
    ).toEqual([
      [
        'NVIDIA H100 PCIe',
        'will_not_run',
        1,
        ['ARCH_NOT_IN_FRAMEWORK', 'ARCH_NEWER_THAN_TOOLKIT'],
        'torch 2.0.1 built for cu118',
      ],
      ['NVIDIA Unheard 1', 'unknown', 1, ['GPU_UNKNOWN_CC'], undefined],
      ['Tesla T4', 'runs', 2, [], undefined],
    ])
    expect(matrix.classes[2]?.nodes.names).toEqual(['alpha', 'beta'])
    expect(JSON.stringify(matrix)).not.toContain('nvapi-secret')
    expect((await matrixOf(id, 'zh')).classes[0]?.reasons[0]?.message).toContain('没有此 GPU')
  })

  it('says of an image without CUDA that it is none, and of one that is not built that nobody knows', async () => {
    const dockerfile = `FROM ${farm.baseImage}\nRUN echo plain > /plain\n`
    await createClient(farm.url).build({ name: 'team/plain:1', dockerfile })
    const { matrix } = await analysed('team/plain:1')
    expect(new Set(matrix.classes.map(({ verdict }) => verdict))).toEqual(
      new Set(['not_gpu', 'unknown']),
    )
    const preset = await matrixOf(1)
    expect(preset.evidence).toBe('unknown')
    expect(preset.classes.map(({ reasons }) => reasons[0]?.code)).toContain('IMAGE_NOT_ANALYSED')
  })

  it('refuses another language, and an image that there is not', async () => {
    const { request } = createClient(farm.url)
    expect((await request('/api/images/1/compatibility?lang=xx')).status).toBe(400)
    expect((await request('/api/images/999999/compatibility')).status).toBe(404)
  })
})
