import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from './client.ts'
import { type Farm, startFarm } from './farm.ts'
import { isRunning } from './processes.ts'

let farm: Farm
beforeAll(async () => {
  farm = await startFarm()
})
afterAll(async () => farm[Symbol.asyncDispose]())

const client = () => createClient(farm.url)

/** Starts a build whose step takes a while and returns once that step runs. */
async function startStep(name: string, seconds: string): Promise<string> {
  const dockerfile = `FROM ${farm.baseImage}\nRUN sleep ${seconds} && echo ${name} > /made\n`
  const reply = await client().post({ name, dockerfile })
  const { build_id: id } = (await reply.json()) as { build_id: string }
  await expect
    .poll(() => isRunning(`sleep ${seconds}`), { timeout: 60_000, interval: 50 })
    .toBe(true)
  return id
}

async function finish(id: string) {
  const startedAt = performance.now()
  const build = await client().until(id, ({ status }) => status !== 'building')
  process.stdout.write(
    `${build.status} in attempt ${build.attempt}, ${(performance.now() - startedAt).toFixed(0)} ms after the kill\n`,
  )
  return build
}

describe('kill -9 during a build', () => {
  it.each(['server', 'worker', 'temporal', 'postgres', 'registry'] as const)(
    'of the %s: the build ends once, with one digest',
    async (name) => {
      const id = await startStep(`killed-${name}`, `6.${name.length}`)
      await farm.kill(name)
      const build = await finish(id)
      expect(build).toMatchObject({ status: 'succeeded' })
      const tagged = await farm.manifest(`killed-${name}`, 'latest')
      expect(tagged.digest).toBe(build.digest)
      const tags = await farm.tags(`killed-${name}`)
      // What hangs on the image has tags of its own, as soon as the worker comes to it.
      expect(tags.filter((tag) => !tag.startsWith('sha256-'))).toEqual(['latest', 'latest-v1'])
    },
  )

  it('of the worker while builds are placed: each ends well all the same', async () => {
    const dockerfile = `FROM ${farm.baseImage}\n`
    const submit = async (_: unknown, index: number) => {
      const reply = await client().post({ name: `placed-${index}`, dockerfile })
      return ((await reply.json()) as { build_id: string }).build_id
    }
    const ids = await Promise.all(Array.from({ length: 8 }, submit))
    await client().until(ids[0] ?? '', ({ attempt }) => attempt === 1)
    await farm.kill('worker')
    for (const id of ids) expect(await finish(id)).toMatchObject({ status: 'succeeded' })
  })

  it('of the agent: the build is tried again and ends, and nothing of the first try runs on', async () => {
    const id = await startStep('killed-agent', '8.5')
    await farm.kill('agent')
    const build = await finish(id)
    expect(build).toMatchObject({ status: 'succeeded', attempt: 2 })
    expect(build.attempts).toMatchObject([{ number: 1 }, { number: 2 }])
    expect((await farm.manifest('killed-agent', 'latest')).digest).toBe(build.digest)
  })

  it('of the build daemon: the build is tried again and ends', async () => {
    const id = await startStep('killed-buildkitd', '7.25')
    await farm.kill('buildkitd')
    expect(await finish(id)).toMatchObject({ status: 'succeeded', attempt: 2 })
  })

  it('is not needed: an agent that is stopped hands its build back and the attempt does not count', async () => {
    const id = await startStep('stopped-agent', '5.75')
    await farm.stop('agent')
    const build = await finish(id)
    expect(build).toMatchObject({ status: 'succeeded', attempt: 2 })
    expect(build.attempts[0]).toMatchObject({ failure: { code: 'agent_stopped' } })
  })

  it('of the agent for good: the build waits for another node and can be cancelled', async () => {
    const id = await startStep('lost-agent', '600.25')
    await farm.processes.agent?.[Symbol.asyncDispose]()
    const build = await client().until(
      id,
      ({ stage, attempt }) => stage === 'waiting' && attempt === 1,
    )
    expect(build.status).toBe('building')
    await client().cancel(id)
    expect(await finish(id)).toMatchObject({ status: 'cancelled' })
    expect(await isRunning('sleep 600.25')).toBe(false)
  })
})
