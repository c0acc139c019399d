import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createBuildctl } from '../test/conformance/buildctl.ts'
import { startFarm } from '../test/farm.ts'
import { timeKilnBuild } from './harness/kiln-build.ts'
import { collectMixedTree } from './harness/mixed-tree.ts'
import { runBench } from './harness/report.ts'
import { createStageTimes } from './harness/stage-times.ts'

/**
 * A layer of 800 MB through Kiln as it comes (zstd) and through `buildctl build` as it comes (gzip), with the push. The
 * files lie in an image that the daemon has unpacked, so neither side sends them as a context, and each build copies them
 * to a new place, so neither finds the layer in the cache.
 */
const treeBytes = 800 * 1024 ** 2

await using farm = await startFarm()
await using buildctl = await createBuildctl(farm.buildkitAddress, farm.registry)
await using stack = new AsyncDisposableStack()
const folder = await mkdtemp(join(tmpdir(), 'kiln-bench-'))
stack.defer(async () => rm(folder, { recursive: true }))
const { host } = new URL(farm.registry.url)
const stages = createStageTimes(farm.url)

const tree = join(folder, 'tree')
const empty = join(folder, 'empty')
await mkdir(empty)
const { bytes, files, incompressible } = await collectMixedTree(tree, treeBytes)
const mib = (value: number) => `${(value / 1024 ** 2).toFixed(0)} MiB`
process.stdout.write(
  `${files} files, ${mib(bytes)}, of which ${mib(incompressible)} are compressed already\n`,
)

// The daemon runs from the first build on.
await timeKilnBuild(farm.url, { name: 'bench/first:1', dockerfile: `FROM ${farm.baseImage}\n` })
const image = `${host}/bench/tree:1`
const made = await buildctl.build({
  dockerfile: 'FROM scratch\nCOPY . /tree\n',
  context: tree,
  image,
  flags: [],
  exporter: { compression: 'uncompressed' },
})
if ('error' in made) throw new Error(made.error)

const recipe = () =>
  `FROM ${image} AS files\nFROM ${farm.baseImage}\nCOPY --from=files /tree /${randomUUID()}\n`

await runBench([
  {
    name: '800 MB layer, defaults',
    pairs: 5,
    target: { ratio: 0.35 },
    ours: {
      name: 'kiln',
      run: async () => {
        const body = { name: 'bench/compression:1', dockerfile: recipe() }
        const { ms, id } = await timeKilnBuild(farm.url, body)
        stages.add('800 MB layer', id)
        return ms
      },
    },
    theirs: {
      name: 'buildctl',
      run: async () => {
        const start = performance.now()
        const ended = await buildctl.build({
          dockerfile: recipe(),
          context: empty,
          image: `${host}/by-buildctl/compression`,
          flags: ['--proxy-network'],
        })
        if ('error' in ended) throw new Error(ended.error)
        return performance.now() - start
      },
    },
  },
])
await stages.print()
