import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createBuildctl } from '../test/conformance/buildctl.ts'
import { startFarm } from '../test/farm.ts'
import type { Comparison, Side, Target } from './harness/compare.ts'
import { runBench } from './harness/report.ts'
import { timeKilnBuild } from './harness/kiln-build.ts'
import { createStageTimes } from './harness/stage-times.ts'

/**
 * A build through Kiln, from the request to the event that it succeeded, against `buildctl build` with a push to the
 * same registry, on the same daemon with the same options. In Kiln's time and not in buildctl's: validation, the pins of
 * the base, placement, a run of the built image, the read-back of what was pushed, its publication and tags.
 */
await using farm = await startFarm()
await using buildctl = await createBuildctl(farm.buildkitAddress, farm.registry)
const context = await mkdtemp(join(tmpdir(), 'kiln-bench-'))
const stages = createStageTimes(farm.url)
const { host } = new URL(farm.registry.url)

/** As Kiln exports, so that only the way differs. */
const exporter = { 'oci-mediatypes': 'true', compression: 'zstd', 'push-by-digest': 'true' }

/** A Dockerfile of `steps`; the nonce makes them new to the daemon. */
const recipe = (steps: readonly string[], nonce: string) =>
  [`FROM ${farm.baseImage}`, ...steps.map((step) => `RUN ${step} # ${nonce}`), ''].join('\n')

function compareBuilds(
  name: string,
  steps: readonly string[],
  { pairs, target, cached = false }: { pairs: number; target: Target; cached?: boolean },
): Comparison {
  const dockerfile = () => recipe(steps, cached ? name : randomUUID())
  const ours: Side = {
    name: 'kiln',
    run: async () => {
      const body = { name: `bench/${name}:1`, dockerfile: dockerfile() }
      const { ms, id } = await timeKilnBuild(farm.url, body)
      stages.add(name, id)
      return ms
    },
  }
  const theirs: Side = {
    name: 'buildctl',
    run: async () => {
      const start = performance.now()
      const ended = await buildctl.build({
        dockerfile: dockerfile(),
        context,
        image: `${host}/by-buildctl/${name}`,
        flags: ['--proxy-network'],
        exporter,
      })
      if ('error' in ended) throw new Error(ended.error)
      return performance.now() - start
    },
  }
  return { name, ours, theirs, pairs, target }
}

const runs = (count: number) => Array.from({ length: count }, (_, at) => `echo ${at} > /${at}`)
const comparisons = [
  compareBuilds('cached', runs(1), { pairs: 15, target: { addedMs: 60 }, cached: true }),
  compareBuilds('one-run', runs(1), { pairs: 15, target: { addedMs: 60 } }),
  compareBuilds('ten-runs', runs(10), { pairs: 9, target: { addedMs: 60 } }),
  compareBuilds('30-seconds', ['sleep 30'], { pairs: 3, target: { ratio: 1.005 } }),
]
const wanted = process.argv.slice(2)
const chosen = comparisons.filter(({ name }) => wanted.length === 0 || wanted.includes(name))
// Fills the caches that both find filled from then on, and lets each process load what it loads late.
for (const side of ['ours', 'theirs', 'ours', 'theirs'] as const) {
  for (const comparison of comparisons.slice(0, 2)) await comparison[side].run(-1)
}
try {
  await runBench(chosen)
  await stages.print()
} finally {
  await rm(context, { recursive: true })
}
