import { expect, it } from 'vitest'
import { createClient } from '../../client.ts'
import { type Field, isGone } from '../kit/field.ts'

const hourMs = 3_600_000

/** Agents that end, and start again with a clock that is off in another way. */
export function testDeaths(field: () => Field): void {
  const client = () => createClient(field().farm.url)

  it('15: hands its builds over when it is drained and told to stop', async () => {
    const { first, begin, operate, expectOneDigest } = field()
    const begun = await begin(['stopped'], '3.06')
    await operate(first, 'drain')
    first.signal('SIGTERM')
    expect(await first.ended()).toBe(0)
    for (const { id } of begun) {
      await expectOneDigest(id, 2)
      const { attempts } = await client().read(id)
      expect(attempts[0]).toMatchObject({ failure: { code: 'agent_stopped' } })
    }
    await first.start(hourMs)
    await operate(first, 'resume')
  })

  it('2: loses its builds to the other node when its agent is killed, and nothing of them runs on', async () => {
    const { first, leaseMs, begin, expectOneDigest } = field()
    const [begun] = await begin(['killed'], '3.07')
    if (begun === undefined) throw new Error('none')
    const killedAt = performance.now()
    first.signal('SIGKILL')
    await expect.poll(async () => isGone(begun), { timeout: 20_000, interval: 20 }).toBe(true)
    await client().until(begun.id, ({ attempt }) => attempt === 2)
    const tookMs = performance.now() - killedAt
    process.stdout.write(`requeued ${tookMs.toFixed(0)} ms after kill -9, lease ${leaseMs} ms\n`)
    await expectOneDigest(begun.id, 2)
    await first.start(-hourMs)
  })
}
