import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { exampleImages } from '../../cuda/verdict/fixtures/example-fleet.ts'
import { connect } from '../../records/connect.ts'
import { createClient } from '../client.ts'
import { passed } from '../example-report.ts'
import { type Farm, startFarm } from '../farm.ts'
import { exampleGpu } from './example-gpu.ts'
import { type FakeNode, joinNode, type Verify } from './fake-node.ts'

/** By its files it needs a driver of 580 or newer. */
const facts = exampleImages.get('torch 2.15.0 (cu132)')
const uuidOf = (n: number) => `GPU-00000000-0000-4000-8000-00000000000${n}`
const [older, newer] = ['535.104.05', '595.58.03']
const card = (n: number, driver: string) => exampleGpu(uuidOf(n), { driver })

/** Says that the image computed rightly on the GPU that it was given, whatever its files say. */
const measure: Verify = async (node, ref, digest) => {
  const answer = await node.askGpu(ref)
  if (answer.state !== 'granted') throw new Error(answer.reason)
  const { gpu } = answer
  // With packages, so that nobody reads the layers, which are empty.
  const packages = { packages: [], unread: [], truncated: false }
  const found = { digest, analysis: 1, facts, packages }
  expect((await node.about(ref, 'PUT', 'facts', found)).status).toBe(204)
  const nonce = randomUUID()
  const at = new Date().toISOString()
  const proof = {
    digest,
    nonce,
    evidence: 'measured' as const,
    passed: true,
    gpu,
    started_at: at,
    finished_at: at,
    runs: [{ driver: passed({ nonce }, { uuid: gpu.uuid }), error: '' }],
    reasons: [],
  }
  expect((await node.about(ref, 'PUT', 'evidence', proof)).status).toBe(204)
  return { digest, verdict: 'gpu', evidence: 'measured', nonce, durationMs: 1, reasons: [] }
}

interface Manifest {
  readonly manifests: readonly { readonly digest: string }[]
  readonly layers: readonly { readonly digest: string }[]
}

let farm: Farm
let [first, second]: FakeNode[] = []
beforeAll(async () => {
  farm = await startFarm({ agent: false })
  first = await joinNode(farm, { name: 'node-1', gpus: [card(1, older)], verify: measure })
})
afterAll(async () => {
  await first?.[Symbol.asyncDispose]()
  await second?.[Symbol.asyncDispose]()
  await farm[Symbol.asyncDispose]()
})

const read = async (path: string) => (await createClient(farm.url).request(path)).json()
const publish = async (name: string) => {
  const dockerfile = `FROM ${farm.baseImage}\n`
  expect(await createClient(farm.url).build({ name, dockerfile })).toMatchObject({
    status: 'succeeded',
  })
  const images = await createClient(farm.url).images()
  return images.find((image) => image.name === name)!.id
}

it('believes what was measured on a class, and on every other the files', async () => {
  const id = await publish('matrix/one:1')
  second = await joinNode(farm, {
    name: 'node-2',
    gpus: [card(2, newer)],
    slots: 8,
    verify: measure,
  })
  const { classes } = (await read(`/api/images/${id}/compatibility`)) as { classes: unknown[] }
  expect(classes).toMatchObject([
    {
      driver: older,
      verdict: 'runs',
      evidence: 'measured',
      measured: {
        at: expect.stringMatching(/Z$/),
        node_id: first!.id,
        node: 'node-1',
        gpu: uuidOf(1),
        driver: older,
        nonce: expect.stringMatching(/./),
      },
    },
    { driver: newer, verdict: 'runs', evidence: 'computed', measured: null },
  ])
  await publish('matrix/two:1')
})

it('hangs the evidence on the image in the registry, where anybody can read it', async () => {
  const { url, username, password } = farm.registry
  const headers = {
    authorization: `Basic ${btoa(`${username}:${password}`)}`,
    accept: 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json',
  }
  const fetchJson = async (path: string) => {
    const reply = await fetch(new URL(`/v2/kiln/matrix/one/${path}`, url), { headers })
    return reply.ok ? ((await reply.json()) as Manifest) : undefined
  }
  const images = await createClient(farm.url).images()
  const { id } = images.find(({ name }) => name === 'matrix/one:1')!
  const { digest, verification } = (await read(`/api/images/${id}`)) as {
    digest: string
    verification: { nonce: string }
  }
  const tag = digest.replace(':', '-')
  await expect.poll(() => fetchJson(`manifests/${tag}`), { timeout: 30_000 }).toBeDefined()
  const [entry] = (await fetchJson(`manifests/${tag}`))?.manifests ?? []
  const type = 'application/vnd.kiln.verification.v1+json'
  expect(entry).toMatchObject({ artifactType: type })
  const manifest = await fetchJson(`manifests/${entry!.digest}`)
  expect(manifest).toMatchObject({ artifactType: type, subject: { digest } })
  expect(await fetchJson(`blobs/${manifest!.layers[0]!.digest}`)).toMatchObject({
    digest,
    nonce: verification.nonce,
    evidence: 'measured',
    node_id: first!.id,
    gpu: { uuid: uuidOf(1), driver: older },
    runs: [{ driver: { ok: true } }],
  })
  const attachment = { state: 'attached', manifest: entry!.digest }
  await expect
    .poll(async () => read(`/api/images/${id}/versions`), { timeout: 30_000 })
    .toMatchObject({ versions: [{ attachment }] })
  expect(await read(`/api/images/${id}`)).toMatchObject({ verification: { attachment } })
})

it('has a matrix for each version of an image, also for one that its name has left', async () => {
  const images = await createClient(farm.url).images()
  const { id } = images.find(({ name }) => name === 'matrix/two:1')!
  await publish('matrix/two:1')
  const path = `/api/images/${id}/compatibility`
  const [current, one, two] = await Promise.all([
    read(path),
    read(`${path}?version=1`),
    read(`${path}?version=2&lang=zh`),
  ])
  expect([current, one, two]).toMatchObject([{ version: 2 }, { version: 1 }, { version: 2 }])
  expect((current as { digest: string }).digest).toBe((two as { digest: string }).digest)
  expect((one as { digest: string }).digest).not.toBe((two as { digest: string }).digest)
  const { request } = createClient(farm.url)
  expect((await request(`${path}?version=3`)).status).toBe(404)
  expect((await request(`${path}?version=x`)).status).toBe(400)
})

it('lists what runs on a node, page by page, and why not', async () => {
  const path = `/api/nodes/${first!.id}/images?limit=1`
  const seen: unknown[] = []
  for (let cursor: string | undefined; ;) {
    const page = (await read(cursor === undefined ? path : `${path}&cursor=${cursor}&lang=zh`)) as {
      images: unknown[]
      next_cursor?: string
    }
    seen.push(...page.images)
    cursor = page.next_cursor
    if (cursor === undefined) break
  }
  expect(seen).toMatchObject([
    { name: 'matrix/one:1', verdict: 'runs', evidence: 'measured', gpu: card(1, older).name },
    {
      name: 'matrix/two:1',
      verdict: 'will_not_run',
      evidence: 'computed',
      reasons: [{ code: 'DRIVER_TOO_OLD', message: expect.stringContaining('驱动') }],
      suggestion: { code: 'NEWER_DRIVER' },
    },
  ])
  expect((await createClient(farm.url).request('/api/nodes/node-none/images')).status).toBe(404)
})

it('says what another driver would mean for the library', async () => {
  const path = `/api/nodes/${first!.id}/upgrade`
  expect(await read(`${path}?driver=${newer}`)).toMatchObject({
    from: older,
    to: newer,
    summary: {
      begin: 1,
      stop: 0,
      text: `Upgrading node-1 from driver ${older} to ${newer} lets 1 more image run and stops 0.`,
    },
    images: [
      {
        name: 'matrix/two:1',
        change: 'begins',
        before: { verdict: 'will_not_run' },
        // As it was measured on the node that has this driver.
        after: { verdict: 'runs', evidence: 'measured', measured: { node_id: second!.id } },
      },
    ],
  })
  const refused = async (driver: string) => {
    const reply = await createClient(farm.url).request(`${path}?driver=${driver}`)
    return [reply.status, await reply.json()]
  }
  for (const driver of ['', '580', '300.10', 'x']) {
    expect(await refused(driver)).toMatchObject([400, { errors: [{ field: 'driver' }] }])
  }
})

const changes = async (count: number) => {
  const path = `/api/nodes/${first!.id}`
  await expect
    .poll(
      async () => {
        const node = (await read(path)) as { changes: { text: string | null }[] }
        return node.changes.filter(({ text }) => text !== null).length
      },
      { timeout: 30_000 },
    )
    .toBe(count)
  return ((await read(path)) as { changes: { text: string }[] }).changes
}

it('says what another driver means for the library, and that nothing is measured any more', async () => {
  await first!.register([card(1, newer)])
  const [change] = await changes(2)
  expect(change).toMatchObject({
    state: 'told',
    text: `Upgrading node-1 from driver ${older} to ${newer} lets 1 more image run and stops 0.`,
    before: [{ driver: older }],
    after: [{ driver: newer }],
    findings: [{ code: 'DRIVER_CHANGED', params: { gained: 1, lost: 0 } }],
  })
  const { images } = (await read(`/api/nodes/${first!.id}/images`)) as { images: unknown[] }
  expect(images).toMatchObject([
    { verdict: 'runs', evidence: 'computed' },
    { verdict: 'runs', evidence: 'measured', measured: { node_id: second!.id } },
  ])
})

it('says that a GPU is gone, and keeps what was said before', async () => {
  await first!.register([])
  const said = await changes(3)
  expect(said[0]).toMatchObject({
    text: 'GPUs in good health: 1 before, 0 now. Without node-1, 0 images that ran on it will run nowhere.',
    findings: [{ code: 'GPU_COUNT_CHANGED', severity: 'error', params: { was: 1, now: 0 } }],
  })
  const { request } = createClient(farm.url)
  const upgrade = await request(`/api/nodes/${first!.id}/upgrade?driver=${newer}`)
  expect([upgrade.status, await upgrade.json()]).toMatchObject([409, { code: 'node_without_gpu' }])
  const page = (await read(`/api/nodes/${first!.id}/changes?limit=2`)) as { next_cursor: string }
  expect(await read(`/api/nodes/${first!.id}/changes?cursor=${page.next_cursor}`)).toMatchObject({
    changes: [{ text: said[2]!.text }],
  })
  const db = connect(farm.databaseUrl)
  const rows = await db
    .selectFrom('audit')
    .select('detail')
    .where('action', '=', 'node.change')
    .where('object', '=', first!.id)
    .orderBy('seq')
    .execute()
  await db.destroy()
  expect(rows.map(({ detail }) => (detail as { text: string }).text)).toEqual(
    said.map(({ text }) => text).toReversed(),
  )
})
