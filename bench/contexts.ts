import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { prune } from '../agent/buildkit/prune.ts'
import { createBuildctl } from '../test/conformance/buildctl.ts'
import { startFarm } from '../test/farm.ts'
import type { Comparison } from './harness/compare.ts'
import { timeKilnBuild } from './harness/kiln-build.ts'
import { makeRandomTree, type RandomTree } from './harness/random-tree.ts'
import { runBench } from './harness/report.ts'
import { recogniseContext, sendContext } from './harness/send-context.ts'
import { createStageTimes } from './harness/stage-times.ts'

/**
 * Files from a folder of the client into a build: through Kiln, packing and upload included, and through
 * `buildctl build --local` on the same daemon. The Dockerfile copies all of them into a stage, of which one file ships, so
 * that neither side is measured by what it pushes. Cold: bytes that nobody has seen, and an empty daemon.
 */
await using stack = new AsyncDisposableStack()
const farm = stack.use(
  await startFarm({
    environment: { KILN_CONTEXT_CACHE_BYTES: '2GiB', KILN_DAEMON_IDLE_SECONDS: '3600' },
  }),
)
const buildctl = stack.use(await createBuildctl(farm.buildkitAddress, farm.registry))
const folder = await mkdtemp(join(tmpdir(), 'kiln-bench-'))
stack.defer(async () => rm(folder, { recursive: true }))
const tree = join(folder, 'tree')
const { host } = new URL(farm.registry.url)
const { signal } = new AbortController()
const stages = createStageTimes(farm.url)

const dockerfile = [
  `FROM ${farm.baseImage} AS files`,
  'COPY . /files',
  `FROM ${farm.baseImage}`,
  'COPY --from=files /files/0/0 /one',
  '',
].join('\n')

async function viaKiln(
  name: string,
  context: (url: string, path: string) => Promise<string>,
): Promise<number> {
  const start = performance.now()
  const sent = await context(farm.url, tree)
  const before = performance.now() - start
  const { ms, id } = await timeKilnBuild(farm.url, {
    name: 'bench/contexts:1',
    dockerfile,
    context: sent,
  })
  stages.add(name, id)
  return before + ms
}

async function viaBuildctl(): Promise<number> {
  const start = performance.now()
  const image = `${host}/by-buildctl/contexts`
  const ended = await buildctl.build({ dockerfile, context: tree, image, flags: [] })
  if ('error' in ended) throw new Error(ended.error)
  return performance.now() - start
}

const mib = 1024 ** 2
/** 1 GiB, and beside it the file that ships. */
const oneFile: RandomTree = {
  files: 2,
  folders: 1,
  size: (file) => (file === 0 ? 1024 : 1024 * mib),
}
/** 1 GiB in files between 1 KiB and 4 MiB, half of the bytes in the largest tenth of them. */
const mixed: RandomTree = {
  files: 2_272,
  folders: 200,
  size: (file) => Math.round(1024 * 1.3 ** (file % 32)),
}
const many: RandomTree = { files: 100_000, folders: 1_000, size: (file) => 500 + (file % 8_000) }

function cold(name: string, kind: RandomTree): Comparison {
  const fresh = async (measured: () => Promise<number>) => {
    await prune(farm.buildkitAddress, { all: true }, signal)
    // The base as well: both sides find it unpacked.
    await timeKilnBuild(farm.url, { name: 'bench/first:1', dockerfile: `FROM ${farm.baseImage}\n` })
    await makeRandomTree(tree, kind)
    return measured()
  }
  return {
    name,
    pairs: 3,
    target: { ratio: 0.6 },
    ours: { name: 'kiln', run: async () => fresh(async () => viaKiln(name, sendContext)) },
    theirs: { name: 'buildctl', run: async () => fresh(viaBuildctl) },
  }
}

let known = ''
/** Sends the files and builds once on both sides, so that from then on nothing is new. */
async function makeKnown(): Promise<void> {
  if (known !== '') return
  await makeRandomTree(tree, many)
  known = await sendContext(farm.url, tree)
  await viaKiln('first', async () => known)
  await viaBuildctl()
}

function unchanged(
  name: string,
  context: (url: string, path: string) => Promise<string>,
): Comparison {
  return {
    name,
    pairs: 7,
    target: { ratio: 0.15 },
    ours: { name: 'kiln', run: async () => (await makeKnown(), viaKiln(name, context)) },
    theirs: { name: 'buildctl', run: async () => (await makeKnown(), viaBuildctl()) },
  }
}

const comparisons = [
  cold('cold-1gib', oneFile),
  cold('cold-mixed', mixed),
  unchanged('unchanged-known', async () => known),
  unchanged('unchanged-digest', recogniseContext),
  unchanged('unchanged-sent', sendContext),
]
const wanted = process.argv.slice(2)
await timeKilnBuild(farm.url, { name: 'bench/first:1', dockerfile: `FROM ${farm.baseImage}\n` })
await runBench(comparisons.filter(({ name }) => wanted.length === 0 || wanted.includes(name)))
await stages.print()
