import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createClient } from '../client.ts'
import { type Farm, startFarm } from '../farm.ts'

let farm: Farm
beforeAll(async () => {
  farm = await startFarm()
})
afterAll(async () => farm[Symbol.asyncDispose]())

// BuildKit retries a push once after a second and then gives up; whoever asked for it begins again.
it('13: ends a build well whose registry is killed while it takes the layers', async () => {
  const client = createClient(farm.url)
  const uploads = join(
    farm.stateDir,
    'registry/data/docker/registry/v2/repositories/kiln/killed/_uploads',
  )
  const id = await client.submit({
    name: 'killed',
    dockerfile: `FROM ${farm.baseImage}\nRUN dd if=/dev/urandom of=/much bs=1M count=96\n`,
  })
  while ((await receivedBytes(uploads)) < 1024 * 1024) await sleep(1)
  await farm.kill('registry')
  expect(await receivedBytes(uploads)).toBeLessThan(96 * 1024 * 1024)
  const done = await client.until(id, ({ status }) => status !== 'building')
  process.stdout.write(`13: ${done.status} in attempt ${done.attempt}\n`)
  expect(done).toMatchObject({ status: 'succeeded', failure: null })
  expect((await farm.manifest('killed', 'latest')).digest).toBe(done.digest)
  const tags = await farm.tags('killed')
  expect(tags.filter((tag) => tag.startsWith('latest'))).toEqual(['latest', 'latest-v1'])
  const layers = await farm.layers('killed', 'latest')
  expect(layers).toHaveLength(2)
})

/** Of uploads that have not ended. */
async function receivedBytes(folder: string): Promise<number> {
  const ids = await readdir(folder).catch(() => [])
  const sizes = ids.map(async (id) => {
    const file = await stat(join(folder, id, 'data')).catch(() => undefined)
    return file?.size ?? 0
  })
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}
