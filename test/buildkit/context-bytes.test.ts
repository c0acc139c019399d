import { createHash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { packTar } from 'modern-tar'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { solve } from '../../agent/buildkit/solve.ts'
import { createContextCache } from '../../agent/contexts/context-cache.ts'
import { createStepCollector } from '../../agent/logs/collect-steps.ts'
import { createStepNumbers } from '../../agent/logs/step-numbers.ts'
import { lendPlanContexts } from '../../agent/stages/plan-contexts.ts'
import { examplePlan } from '../example-plan.ts'
import { startTestDaemon, type TestDaemon } from './daemon.ts'
import { solving } from './solving.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startTestDaemon()
})
afterAll(async () => daemon[Symbol.asyncDispose]())

const body = randomBytes(3_000_000)
const tarOf = async (name: string, bytes: Uint8Array) =>
  Buffer.from(await packTar([{ header: { name, size: bytes.length }, body: bytes }]))
const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

it('counts what the daemon was given of each context, which is nothing of one that it has', async () => {
  const tars = await Promise.all([tarOf('bulk', body), tarOf('more', Buffer.from('m'))])
  const [bulk, more] = tars.map(digestOf)
  await using cache = createContextCache({
    folder: join(daemon.folder, 'contexts'),
    maxBytes: 10 ** 9,
    now: () => new Date(),
    random: Math.random,
  })
  const readContext = async (_: object, { digest }: { readonly digest: string }) =>
    (async function* give() {
      for (const tar of tars) if (digestOf(tar) === digest) yield tar
    })()
  const load = async (path: string) => {
    const plan = examplePlan({}, { context: bulk ?? '', contexts: { other: more ?? '' } })
    const deps = { controlPlane: { readContext }, contexts: cache }
    using contexts = await lendPlanContexts(deps, daemon.contexts, plan)
    const collector = createStepCollector({
      stage: 'building',
      numbers: createStepNumbers(),
      findLine: () => undefined,
      addedLines: 0,
      mask: (text) => text,
    })
    const dockerfile = `FROM scratch\nCOPY bulk ${path}\nCOPY --from=other more /more\n`
    const options = solving(daemon.address, dockerfile)
    await solve({
      ...options,
      frontendAttrs: {
        ...options.frontendAttrs,
        dockerfilekey: 'dockerfile',
        ...contexts.frontendAttrs,
      },
      inputs: contexts.inputs,
      onProgress: (event) => {
        const moved = contexts.transferOf(event)
        if (moved !== undefined) collector.read(moved)
        collector.read(event)
      },
    })
    const steps = collector.take()?.steps ?? []
    const loading = steps.filter(({ name }) => name.startsWith('load '))
    return Object.fromEntries(loading.map((step) => [step.name, step.transferred_bytes]))
  }
  expect(await load('/one')).toEqual({
    'load build context': tars[0]?.length,
    'load context other': tars[1]?.length,
  })
  expect(Object.values(await load('/two')).filter((bytes) => bytes > 0)).toEqual([])
})
