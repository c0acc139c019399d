import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { packTar } from 'modern-tar'
import { expect, it } from 'vitest'
import { until } from '../../../process/until.ts'
import { createClient } from '../../client.ts'
import { findRunning } from '../../processes.ts'
import { decadeMs, type Field, isGone } from '../kit/field.ts'

const hourMs = 3_600_000
/** More than comes over the wire between two looks. */
const contextBytes = 96 * 1024 * 1024

/** Agents that end, and start again with a clock that is off in another way. */
export function testDeaths(field: () => Field): void {
  const client = () => createClient(field().farm.url)

  it('15: hands its builds over when it is drained and told to stop', async () => {
    const { first, begin, operate, expectOneDigest } = field()
    const names = ['stopped', 'stopped-2', 'stopped-between-stages']
    const begun = await begin(names, '5.06', { after: ' || true' })
    await operate(first, 'drain')
    first.signal('SIGTERM')
    // Within what it gives its stages to end: the next one then begins nowhere.
    for (const pid of await findRunning(begun.at(-1)?.command ?? '')) process.kill(Number(pid))
    expect(await first.ended()).toBe(0)
    for (const { id } of begun) {
      await expectOneDigest(id, 2)
      const { attempts } = await client().read(id)
      expect(attempts[0]).toMatchObject({ failure: { code: 'agent_stopped' } })
    }
    await first.start(hourMs)
    await operate(first, 'resume')
  })
}

/** Agents that are killed in the midst of something. */
export function testKills(field: () => Field): void {
  const client = () => createClient(field().farm.url)

  it('1, 2: loses its builds to the other node when its agent is killed, and nothing of them runs on', async () => {
    const { farm, first, second, leaseMs, begin, expectOneDigest } = field()
    const [begun] = await begin(['killed'], '3.07')
    if (begun === undefined) throw new Error('none')
    const body = randomBytes(contextBytes)
    const tar = await packTar([{ header: { name: 'big', size: body.length }, body }])
    const uploaded = await client().upload(tar)
    const { context } = (await uploaded.json()) as { context: string }
    await field().operate(second, 'drain')
    const dockerfile = `FROM ${farm.baseImage}\nCOPY big /\n`
    const id = await client().submit({ name: 'killed-in-context', dockerfile, context })
    await until(async () => (await partsOf(first.directory)).length > 0, {
      what: 'a part of the context',
      limitMs: 60_000,
      everyMs: 2,
    })
    const killedAt = performance.now()
    first.signal('SIGKILL')
    await expect.poll(async () => isGone(begun), { timeout: 5_000, interval: 20 }).toBe(true)
    expect(await partsOf(first.directory)).toHaveLength(1)
    await field().operate(second, 'resume')
    await client().until(begun.id, ({ attempt }) => attempt === 2)
    const tookMs = performance.now() - killedAt
    process.stdout.write(`requeued ${tookMs.toFixed(0)} ms after kill -9, lease ${leaseMs} ms\n`)
    await expectOneDigest(begun.id, 2)
    await expectOneDigest(id, 2)
    await first.start(-hourMs)
  })

  it('3: publishes once what a killed agent has pushed and not told of', async () => {
    const { first, begin, expectOneDigest } = field()
    const killed = new Promise<void>((resolve) => {
      first.afterPush(() => {
        first.signal('SIGKILL')
        resolve()
      })
    })
    const [begun] = await begin(['pushed'], '1.08')
    await killed
    expect(await client().read(begun?.id ?? '')).toMatchObject({ stage: 'pushing', attempt: 1 })
    await expectOneDigest(begun?.id ?? '', 2)
    await first.start(decadeMs)
  })
}

async function partsOf(directory: string): Promise<readonly string[]> {
  const files = await readdir(join(directory, 'contexts')).catch(() => [])
  return files.filter((name) => name.endsWith('.part'))
}
