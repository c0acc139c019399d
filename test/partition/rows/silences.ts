import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createClient } from '../../client.ts'
import { afterBeat, type Field, isGone, isReady } from '../kit/field.ts'

/** What gets through no more, and what becomes of builds meanwhile. */
export function testSilences(field: () => Field): void {
  const client = () => createClient(field().farm.url)

  it('19: goes on through a silence of five eighths of the lease, without another attempt and with its whole log', async () => {
    const { first, leaseMs, begin, expectOneDigest } = field()
    const script = `for i in $(seq 40); do echo line $i; sleep 0.1; done; `
    const [{ id } = { id: '' }] = await begin(['short'], '0.01', { script, waits: 'sleep 0.1' })
    await afterBeat(first)
    await first.wire.cut('everything')
    await sleep((leaseMs * 5) / 8)
    await first.wire.heal()
    await expectOneDigest(id, 1)
    const log = await client().follow(id)
    const texts = log.map(({ line }) => line.text).filter((text) => /^line \d+$/.test(text))
    expect(texts).toEqual(Array.from({ length: 40 }, (_, index) => `line ${index + 1}`))
  })

  it.each([
    ['20', 'everything'],
    ['21', 'answers'],
  ] as const)(
    '%s: goes on elsewhere when %s is cut off for long, and the first node has stopped by itself, which then counts for nothing',
    async (row, what) => {
      const { first, second, begin, expectOneDigest } = field()
      const [begun] = await begin([`silence-${row}`], `4.${row}`)
      if (begun === undefined) throw new Error('none')
      const saidBefore = (await first.log()).split(fenced).length
      await first.wire.cut(what)
      const moved = await client().until(begun.id, ({ attempt }) => attempt === 2)
      expect(await isGone(begun)).toBe(true)
      expect(moved).toMatchObject({
        node_id: (await second.view())?.id,
        attempts: [{ failure: { code: 'agent_lost' } }, {}],
      })
      // It is back, with all that it has to say, while the other is at it.
      await first.wire.heal()
      await isReady(first)
      // It says so once its stages have ended, for which their last lines may be waited for.
      const said = async () => (await first.log()).split(fenced).length
      await expect.poll(said, { timeout: 20_000 }).toBe(saidBefore + 1)
      await expectOneDigest(begun.id, 2)
    },
  )

  it('22: waits for a registry that only it cannot reach, and goes nowhere else', async () => {
    const { first, leaseMs, begin, expectOneDigest } = field()
    const [{ id } = { id: '' }] = await begin(['no-registry'], '1.04')
    await first.wire.cut('registry', first.registryPort)
    await client().until(id, ({ stage }) => stage === 'pushing')
    await sleep(leaseMs)
    expect(await client().read(id)).toMatchObject({ stage: 'pushing', attempt: 1 })
    await first.wire.heal()
    await expectOneDigest(id, 1)
  })
}

/** The same where the build, or all of them, is to go on or end without the node. */
export function testReach(field: () => Field): void {
  const client = () => createClient(field().farm.url)

  it('40: cancels a build of a node that is out of reach, which has stopped it', async () => {
    const { first, begin, ended } = field()
    const [begun] = await begin(['cancelled'], '60.05')
    if (begun === undefined) throw new Error('none')
    await first.wire.cut('everything')
    await client().cancel(begun.id)
    expect(await ended(begun.id)).toMatchObject({ status: 'cancelled', attempt: 1, digest: null })
    await expect.poll(async () => isGone(begun), { timeout: 30_000, interval: 50 }).toBe(true)
    await first.wire.heal()
    await isReady(first)
    expect(await client().read(begun.id)).toMatchObject({ status: 'cancelled', digest: null })
  })

  it('23: starts nothing twice while its worker and Temporal do not hear each other', async () => {
    const { farm, worker, begin, expectOneDigest } = field()
    const [running] = await begin(['cut-running'], '2.06')
    worker.cut()
    const names = ['cut-waiting-1', 'cut-waiting-2', 'cut-waiting-3']
    const later = names.map(async (name) =>
      client().submit({ name, dockerfile: `FROM ${farm.baseImage}\nLABEL of=${name}\n` }),
    )
    const ids = [running?.id ?? '', ...(await Promise.all(later))]
    // Longer than the step, and than what was placed waits for before it is told again.
    await sleep(6_000)
    expect(await client().read(running?.id ?? '')).toMatchObject({ status: 'building', attempt: 1 })
    worker.heal()
    for (const id of ids) await expectOneDigest(id, 1)
    for (const id of ids) {
      const { attempts, stages } = await client().read(id)
      expect(attempts).toHaveLength(1)
      const passed = stages.map(({ stage }) => stage)
      expect(passed).toEqual([...new Set(passed)])
    }
  })
}

const fenced = 'no answer of the farm: stages are stopped'
