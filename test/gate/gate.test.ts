import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { ApplicationFailure } from '@temporalio/common'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AttemptRef, BuildPlan, Evidence, Verification } from '#contract/build.ts'
import { asApplicationFailure, type FailureCode, failures } from '#contract/failure.ts'
import type { LeasedGpu } from '#contract/gpu-lease.ts'
import type { Digest } from '#contract/image.ts'
import type { EvidenceUpload } from '#contract/verification.ts'
import { exampleImages } from '../../cuda/verdict/fixtures/example-fleet.ts'
import { createClient } from '../client.ts'
import { passed } from '../example-report.ts'
import { type Farm, startFarm } from '../farm.ts'
import { exampleGpu } from './example-gpu.ts'
import { type FakeNode, joinNode, type Verify } from './fake-node.ts'

const facts = exampleImages.get('torch 2.9.1 (cu128)')
const uuidOf = (n: number) => `GPU-00000000-0000-4000-8000-00000000000${n}`
const simulated = (n: number) => exampleGpu(uuidOf(n), { simulated: true })
const old = (n: number) =>
  exampleGpu(uuidOf(n), { name: 'Tesla V100-SXM2-16GB', driver: '470.82.01', capability: '7.0' })

/** What the nodes of a test do in the stage `verifying`, by the build's name. */
const scripts = new Map<string, Verify>()
let farm: Farm
const nodes: FakeNode[] = []
const verify: Verify = async (node, ref, digest, plan) => {
  const { name } = (await read(`/api/builds/${ref.buildId}`)) as { name: string }
  return scripts.get(name)!(node, ref, digest, plan)
}

beforeAll(async () => {
  farm = await startFarm({ agent: false, environment: { KILN_ALLOW_UNVERIFIED: 'true' } })
  for (const name of ['node-1', 'node-2']) {
    nodes.push(await joinNode(farm, { name, gpus: [], verify }))
  }
})
afterAll(async () => {
  for (const node of nodes) await node[Symbol.asyncDispose]()
  await farm[Symbol.asyncDispose]()
})

const client = () => createClient(farm.url)
const read = async (path: string) => (await client().request(path)).json()
const setPolicy = async (policy: object | null, project = 'default') =>
  client().request(`/api/projects/${project}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ gpu_policy: policy }),
  })
/** Gives the nodes these GPUs. One that is left out takes no builds. */
const equip = async (...gpus: readonly (readonly ReturnType<typeof exampleGpu>[])[]) => {
  for (const [index, node] of nodes.entries()) {
    await node.register(gpus[index] ?? [])
    await node.takeBuilds(gpus.length === 0 || gpus[index] !== undefined)
  }
}

let count = 0
/** Builds with this script for the verification, to the end. */
async function build(script: Verify, options: object = {}) {
  count += 1
  const name = `gate/${count}:1`
  scripts.set(name, script)
  return client().build({ name, dockerfile: `FROM ${farm.baseImage}\n`, options: { ...options } })
}

const fail = (code: FailureCode) =>
  ApplicationFailure.create(asApplicationFailure({ code, message: failures[code].message }))

async function sendFacts(node: FakeNode, ref: AttemptRef, digest: Digest) {
  // With packages, so that nobody reads the layers, which are empty.
  const packages = { packages: [], unread: [], truncated: false }
  const found = { digest, analysis: 1, facts, packages }
  const reply = await node.about(ref, 'PUT', 'facts', found)
  expect(reply.status).toBe(204)
}

interface Claim {
  readonly evidence: Evidence
  readonly passed?: boolean
  readonly gpu?: LeasedGpu
  readonly nonce?: string
}

const proofOf = (digest: Digest, claim: Claim): EvidenceUpload => {
  const { evidence, gpu, nonce = randomUUID() } = claim
  const at = new Date().toISOString()
  const isStandIn = evidence === 'simulated'
  const driver = gpu && passed({ nonce, simulated: isStandIn }, { uuid: gpu.uuid })
  return {
    digest,
    nonce,
    evidence,
    passed: claim.passed ?? true,
    ...(gpu && { gpu }),
    started_at: at,
    finished_at: at,
    runs: driver === undefined ? [] : [{ driver, error: '' }],
    reasons: [{ code: 'LOADER_STEERED', severity: 'note', params: { name: 'LD_PRELOAD' } }],
  }
}

const verdictOf = ({ digest, nonce, evidence }: EvidenceUpload): Verification => ({
  digest: digest as Digest,
  verdict: 'gpu',
  evidence,
  nonce,
  durationMs: 1,
  reasons: ['LOADER_STEERED'],
})

/** Sends evidence that the server takes. @returns the verdict that fits it. */
async function prove(node: FakeNode, ref: AttemptRef, digest: Digest, claim: Claim) {
  const proof = proofOf(digest, claim)
  const reply = await node.about(ref, 'PUT', 'evidence', proof)
  expect([reply.status, await reply.text()]).toEqual([204, ''])
  return verdictOf(proof)
}

/** As an agent does: asks for a GPU and probes, or ends as the policy of the plan says. */
const gate = async (node: FakeNode, ref: AttemptRef, digest: Digest, plan: BuildPlan) => {
  await sendFacts(node, ref, digest)
  const answer = await node.askGpu(ref, {}, digest)
  if (answer.state === 'granted') {
    const verdict = await prove(node, ref, digest, { evidence: 'simulated', gpu: answer.gpu })
    await node.about(ref, 'DELETE', 'gpu', {})
    return verdict
  }
  if (answer.state === 'none' && answer.elsewhere) throw fail('gpu_elsewhere')
  const { gpu_policy: policy } = plan
  if (policy.mode === 'require_gpu') throw fail('gpu_unavailable')
  if (policy.mode === 'allow_unverified') return prove(node, ref, digest, { evidence: 'none' })
  const computed = await node.about(ref, 'GET', `computed?digest=${digest}`)
  const { verdict } = (await computed.json()) as { verdict: string }
  if (verdict === 'will_not_run') throw fail('verification_failed')
  return prove(node, ref, digest, { evidence: 'computed' })
}

describe('an image that needs a GPU', () => {
  it('is published with its evidence, shown with GPU, node, time and reasons', async () => {
    await equip([simulated(1)])
    const done = await build(gate)
    expect(done).toMatchObject({ status: 'succeeded', verification: { verdict: 'gpu' } })
    const shown = (await read(`/api/builds/${done.id}?lang=zh`)) as { verification: object }
    expect(shown.verification).toMatchObject({
      passed: true,
      evidence: 'simulated',
      digest: done.digest,
      node: 'node-1',
      gpu: { uuid: uuidOf(1), driver: '580.65.06', simulated: true },
      at: expect.stringMatching(/^\d{4}-/),
      reasons: [
        { code: 'LOADER_STEERED', owner: 'image', message: expect.stringContaining('镜像') },
      ],
    })
    const { images } = (await read('/api/images')) as { images: { id: number; name: string }[] }
    const image = images.find(({ name }) => name === `gate/${count}:1`)
    expect(image).not.toHaveProperty('unverified')
    expect(await read(`/api/images/${image!.id}`)).toMatchObject({
      verification: { evidence: 'simulated', gpu: { uuid: uuidOf(1) } },
    })
  })

  it('is not published without a GPU where the policy requires one', async () => {
    await equip()
    await setPolicy({ mode: 'require_gpu', wait_seconds: 0 })
    expect(await build(gate)).toMatchObject({
      status: 'failed',
      failure: { code: 'gpu_unavailable', actor: 'farm' },
      digest: null,
    })
  })

  it('is judged by its files where the policy lets it, and refused where it runs nowhere', async () => {
    await equip([exampleGpu(uuidOf(1), { free_bytes: 0 })])
    await setPolicy({ mode: 'wait_then_computed', wait_seconds: 0 })
    const busy: Verify = async (node, ref, digest, plan) => {
      await sendFacts(node, ref, digest)
      const answer = await node.askGpu(ref, { free_bytes: 1 }, digest)
      expect(answer.state).toBe('busy')
      expect(plan.gpu_policy).toEqual({ mode: 'wait_then_computed', wait_seconds: 0 })
      return prove(node, ref, digest, { evidence: 'computed' })
    }
    expect(await build(busy)).toMatchObject({
      status: 'succeeded',
      verification: { evidence: 'computed', gpu: null },
    })
    await equip([old(1)])
    expect(await build(gate)).toMatchObject({ failure: { code: 'verification_failed' } })
  })

  it('is computed at once on a farm without GPUs whose project has set nothing', async () => {
    await equip()
    await setPolicy(null)
    let told: unknown
    const script: Verify = async (node, ref, digest, plan) => {
      told = plan.gpu_policy
      return gate(node, ref, digest, plan)
    }
    expect(await build(script)).toMatchObject({ verification: { evidence: 'computed' } })
    expect(told).toEqual({ mode: 'wait_then_computed', wait_seconds: 0 })
  })

  it('is marked wherever it is shown when it was published unverified', async () => {
    await equip()
    expect((await setPolicy({ mode: 'allow_unverified' })).status).toBe(200)
    const done = await build(gate)
    expect(done.verification).toMatchObject({ evidence: 'none', unverified: true })
    const { images } = (await read('/api/images')) as { images: { id: number; name: string }[] }
    const image = images.find(({ name }) => name === `gate/${count}:1`)
    expect(image).toMatchObject({ unverified: true })
    expect(await read(`/api/images/${image!.id}`)).toMatchObject({
      verification: { unverified: true },
    })
    await setPolicy(null)
  })

  it('waits for a GPU beyond the limit of the stage, as long as the policy lets it', async () => {
    await equip([simulated(1)])
    await setPolicy({ mode: 'require_gpu', wait_seconds: 30 })
    const slow: Verify = async (node, ref, digest, plan) => {
      await sleep(3_000)
      return gate(node, ref, digest, plan)
    }
    const done = await build(slow, { timeouts: { verify: 1 } })
    expect(done.status).toBe('succeeded')
    await setPolicy(null)
  })
})

describe('another attempt', () => {
  it('never gets the GPU that failed the build, and gets the next one of the node', async () => {
    await equip([simulated(1), simulated(2)])
    const given: string[] = []
    const script: Verify = async (node, ref, digest) => {
      await sendFacts(node, ref, digest)
      const answer = await node.askGpu(ref, {}, digest)
      if (answer.state !== 'granted') throw fail('internal')
      given.push(answer.gpu.uuid)
      if (given.length === 1) throw fail('gpu_failed')
      return prove(node, ref, digest, { evidence: 'simulated', gpu: answer.gpu })
    }
    const done = await build(script)
    expect(done.status).toBe('succeeded')
    expect(given).toEqual([uuidOf(1), uuidOf(2)])
    expect(done.attempts).toMatchObject([
      { failure: { code: 'gpu_failed' } },
      { reason: expect.stringContaining('that have a GPU for it'), failure: null },
    ])
  })

  it('goes where there is a GPU for it, and none of that counts as a try', async () => {
    await equip([old(1)], [old(2)])
    await using third = await joinNode(farm, {
      name: 'node-3',
      gpus: [simulated(3)],
      slots: 1,
      verify,
    })
    let tries = 0
    const script: Verify = async (node, ref, digest, plan) => {
      if (node.id === third.id && ++tries < 3) throw fail('agent_lost')
      return gate(node, ref, digest, plan)
    }
    const done = await build(script)
    expect(done.status).toBe('succeeded')
    const codes = done.attempts.map(({ failure }) => failure?.code)
    expect(codes.filter((code) => code === 'gpu_elsewhere')).toHaveLength(1)
    expect(codes.slice(-3)).toEqual(['agent_lost', 'agent_lost', undefined])
    expect(done.node_id).toBe(third.id)
    const again = await client().build({
      name: `gate/${count}:1`,
      dockerfile: `FROM ${farm.baseImage}\n`,
    })
    expect(again.attempts).toMatchObject([
      { node_id: third.id, reason: expect.stringContaining('have a GPU for it') },
    ])
  })

  it('does not go to a GPU of a node that builds for another platform', async () => {
    await equip([], [])
    const gpus = [simulated(3)]
    await using _ = await joinNode(farm, { name: 'arm', gpus, platforms: ['linux/arm64'] })
    const script: Verify = async (node, ref, digest, plan) => {
      expect(await node.askGpu(ref, {}, digest)).toMatchObject({ elsewhere: false })
      return gate(node, ref, digest, plan)
    }
    const done = await build(script, { platform: 'linux/amd64' })
    expect(done).toMatchObject({ status: 'succeeded', verification: { evidence: 'computed' } })
    expect(done.attempts).toHaveLength(1)
  })

  it('leaves no node twice for a GPU of another one', async () => {
    await equip([], [])
    let tries = 0
    const script: Verify = async (node, ref, digest, plan) => {
      if (++tries < 3) throw fail('gpu_elsewhere')
      await using _ = await joinNode(farm, { name: 'late', gpus: [simulated(3)] })
      expect(await node.askGpu(ref, {}, digest)).toMatchObject({ elsewhere: false })
      return gate(node, ref, digest, plan)
    }
    const done = await build(script)
    expect(done).toMatchObject({ status: 'succeeded', verification: { evidence: 'computed' } })
    expect(done.attempts).toHaveLength(3)
  })

  it('waits for room on a node with a GPU for as long as the policy says', async () => {
    await equip([], [])
    const gpus = [simulated(3)]
    await using third = await joinNode(farm, { name: 'full', gpus, slots: 1, verify })
    const { promise: held, resolve: free } = Promise.withResolvers<void>()
    const { promise: taken, resolve: take } = Promise.withResolvers<void>()
    const hold: Verify = async (node, ref, digest, plan) => {
      if (node.id === third.id) {
        take()
        await held
      }
      return gate(node, ref, digest, plan)
    }
    const holding = build(hold)
    await taken
    await setPolicy({ mode: 'wait_then_computed', wait_seconds: 3 })
    const done = await build(async (node, ref, digest, plan) => {
      if (ref.attempt > 1) expect(plan.gpu_policy).toMatchObject({ wait_seconds: 0 })
      return gate(node, ref, digest, plan)
    })
    await setPolicy(null)
    free()
    expect(done).toMatchObject({ status: 'succeeded', verification: { evidence: 'computed' } })
    expect(done.attempts).toMatchObject([
      { failure: { code: 'gpu_elsewhere' } },
      { reason: expect.stringContaining('had room in time, so its policy decides') },
    ])
    expect(await holding).toMatchObject({ status: 'succeeded' })
  })

  it('is decided by the policy when every GPU has failed the build', async () => {
    await equip([simulated(1)])
    const script: Verify = async (node, ref, digest, plan) => {
      await sendFacts(node, ref, digest)
      const answer = await node.askGpu(ref, {}, digest)
      if (answer.state === 'granted') throw fail('gpu_failed')
      expect(answer).toMatchObject({ state: 'none', elsewhere: false })
      return gate(node, ref, digest, plan)
    }
    const done = await build(script)
    expect(done).toMatchObject({ status: 'succeeded', verification: { evidence: 'computed' } })
    expect(done.attempts[1]).toMatchObject({
      reason: expect.stringContaining('no ready node has a GPU for it, so its policy decides'),
    })
  })
})

describe('a claim that does not fit what the server knows', () => {
  const refusedClaim = async (node: FakeNode, ref: AttemptRef, proof: EvidenceUpload) => {
    const reply = await node.about(ref, 'PUT', 'evidence', proof)
    expect(reply.status).toBe(422)
    return ((await reply.json()) as { detail: string }).detail
  }

  it('is not taken as evidence', async () => {
    await equip([simulated(1)])
    const problems: string[] = []
    const script: Verify = async (node, ref, digest, plan) => {
      await sendFacts(node, ref, digest)
      const gpu = { ...simulated(1) }
      const early = proofOf(digest, { evidence: 'measured', gpu })
      problems.push(await refusedClaim(node, ref, early))
      problems.push(await refusedClaim(node, ref, proofOf(digest, { evidence: 'none' })))
      await node.askGpu(ref, {}, digest)
      problems.push(await refusedClaim(node, ref, early))
      const other = proofOf(digest, { evidence: 'simulated', gpu: { ...gpu, uuid: uuidOf(9) } })
      problems.push(await refusedClaim(node, ref, other))
      return gate(node, ref, digest, plan)
    }
    expect((await build(script)).status).toBe('succeeded')
    expect(problems).toEqual([
      'the attempt was granted no GPU',
      'the project may not publish what is unverified',
      'a simulated GPU measures nothing',
      `the attempt was granted ${uuidOf(1)}`,
    ])
  })

  it.each<[string, (verdict: Verification) => Verification]>([
    ['another run', (verdict) => ({ ...verdict, nonce: randomUUID() })],
    ['other evidence', (verdict) => ({ ...verdict, evidence: 'measured' })],
    ['no GPU image', (verdict) => ({ ...verdict, verdict: 'not_gpu' })],
  ])('is not published when it speaks of %s', async (_what, forge) => {
    await equip([simulated(1)])
    const script: Verify = async (...args) => forge(await gate(...args))
    expect(await build(script)).toMatchObject({
      status: 'failed',
      failure: { code: 'evidence_mismatch' },
      digest: null,
    })
  })

  it('is not published as no GPU image by a node that says nothing of its files', async () => {
    await equip([])
    await setPolicy({ mode: 'require_gpu', wait_seconds: 0 })
    const silent: Verify = async (_node, _ref, digest) => ({
      digest,
      verdict: 'not_gpu',
      evidence: 'measured',
      nonce: randomUUID(),
      durationMs: 1,
    })
    expect(await build(silent)).toMatchObject({ failure: { code: 'evidence_mismatch' } })
    await setPolicy(null)
    expect(await build(silent)).toMatchObject({ status: 'succeeded' })
  })

  it('is not published without evidence, and not with that of an earlier attempt', async () => {
    await equip([simulated(1), simulated(2)])
    const forged: Verify = async (node, ref, digest) => {
      await sendFacts(node, ref, digest)
      return verdictOf(proofOf(digest, { evidence: 'simulated' }))
    }
    expect(await build(forged)).toMatchObject({ failure: { code: 'evidence_mismatch' } })
    let stale: Verification | undefined
    const replayed: Verify = async (...args) => {
      if (stale !== undefined) return { ...stale, digest: args[2] }
      stale = await gate(...args)
      throw fail('agent_lost')
    }
    expect(await build(replayed)).toMatchObject({
      attempt: 2,
      failure: { code: 'evidence_mismatch' },
    })
  })
})
