import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, it } from 'vitest'
import { createNodeVolumes } from '../volumes/node-volumes.ts'
import { environmentPaths } from './environment-paths.ts'
import { writeRecord } from './environment-record.ts'
import { createEnvironments } from './environments.ts'
import { createImageStore } from './image-store.ts'
import { createRunc } from './runc.ts'

const log = pino({ enabled: false })
const say = () => undefined
const never = async (): Promise<never> => Promise.reject(new Error('nothing starts here'))

/** A node on which environments have stopped. */
const openStopped = async (...ids: readonly string[]) => {
  const folder = await mkdtemp(join(tmpdir(), 'kiln-environments-'))
  for (const id of ids) {
    const paths = environmentPaths(folder, id)
    await mkdir(paths.folder)
    await writeRecord(paths, {
      environment_id: id,
      start: 2,
      project: 'default',
      digest: `sha256:${'0'.repeat(64)}`,
      stop_signal: '',
      project_id: 1,
      writes_in: [],
      running: false,
    })
  }
  const images = createImageStore(join(folder, 'images'), { measure: never, now: Date.now })
  const environments = createEnvironments({
    folder,
    images,
    log,
    random: Math.random,
    pull: never,
    controlPlane: { beginEnvironment: never, tellEnvironment: never },
    container: {
      scope: 'kiln-test',
      network: { subnet: '10.213.0.0/16', allow: [], deny: [], resolvers: [] },
      runc: createRunc({ runc: '/bin/false', root: folder }),
      cdiDirs: [],
      volumes: createNodeVolumes([], say),
      say,
    },
    aheadFor: () => {
      throw new Error('no image is wanted here')
    },
  })
  await environments.adopt()
  return {
    environments,
    [Symbol.asyncDispose]: async () => {
      environments[Symbol.dispose]()
      await rm(folder, { recursive: true })
    },
  }
}

it('goes on with the others while one that rests is saved', async () => {
  await using opened = await openStopped('saved', 'other')
  const { environments } = opened
  const { promise: over, resolve: end } = Promise.withResolvers<void>()
  const ref = { environmentId: 'saved', start: 2 }
  let isStopped = false
  const saved = environments.use(ref, async ({ signal }) => {
    await over
    isStopped = signal.aborted
  })
  const keep = { id: 'saved', start: 2, wanted: 'keep' } as const
  const earlier = { id: 'saved', start: 1, wanted: 'remove' } as const
  await environments.apply({ environments: [keep, earlier] })
  end()
  await saved
  expect(isStopped).toBe(false)
  expect(environments.list().environments).toHaveLength(2)
})
