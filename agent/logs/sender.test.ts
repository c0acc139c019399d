import { describe, expect, it } from 'vitest'
import { countLines, type LineOrigin, readBlock } from '#contract/log-block.ts'
import { createLogSender, type LogSender, type SenderDeps } from './sender.ts'

const origin: LineOrigin = { at: 1_767_225_600_000, stage: 'building', step: 1, stream: 'stdout' }
const options = { stage: 'building', firstLine: 0 } as const
const texts = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => `line ${from + index}`)
const writeAll = (sender: LogSender, lines: readonly string[]) => {
  for (const text of lines) sender.write(origin, Buffer.from(text), false)
}

type Fault = 'fail' | 'lose the answer' | 'refuse' | 'stale'

/** A receiver that goes wrong as it is told to: before it stores, or only in answering. */
function createReceiver(faults: Fault[] = []) {
  const stored: string[] = []
  const sizes: number[] = []
  const send: SenderDeps['send'] = async (start, block) => {
    const fault = faults.shift()
    if (fault !== undefined && fault !== 'lose the answer') throw new Error(fault)
    sizes.push(block.length)
    if (start === stored.length) {
      for (const { from, to } of readBlock(block))
        stored.push(Buffer.from(block.subarray(from, to)).toString())
    }
    if (fault !== undefined) throw new Error(fault)
    return stored.length
  }
  const judge: SenderDeps['judge'] = (error) => {
    const { message } = error instanceof Error ? error : { message: '' }
    return message === 'stale' ? 'stop' : message === 'refuse' ? 'skip' : 'retry'
  }
  return {
    stored,
    sizes,
    faults,
    deps: { send, judge, random: () => 0, now: Date.now, clock: Date.now },
  }
}

describe('lines', () => {
  it.each<[string, Fault[]]>([
    ['without faults', []],
    ['when the receiver is away at first', ['fail', 'fail']],
    ['when an answer is lost', ['lose the answer']],
  ])('arrive once, in order, %s', async (_, faults) => {
    const { stored, deps } = createReceiver(faults)
    const sender = createLogSender(deps, options)
    const lines = texts(0, 12_000)
    writeAll(sender, lines.slice(0, 7_000))
    expect(await sender.end(5_000)).toBe(0)
    writeAll(sender, lines.slice(7_000))
    expect(await sender.end(5_000)).toBe(0)
    expect(stored).toEqual(lines)
  })

  it('that are the last do not wait for more', async () => {
    const { stored, deps } = createReceiver()
    let hour = 10
    // A clock that is put back: to gather for 20 ms would take an hour.
    const sender = createLogSender({ ...deps, clock: () => (hour -= 1) * 3_600_000 }, options)
    writeAll(sender, texts(0, 1))
    await expect.poll(() => stored.length).toBe(1)
    writeAll(sender, texts(1, 1))
    expect(await sender.end(5_000)).toBe(0)
    expect(stored).toEqual(texts(0, 2))
  })

  it('that come together go together, and one that comes alone goes at once', async () => {
    const { stored, sizes, deps } = createReceiver()
    const sender = createLogSender(deps, options)
    writeAll(sender, texts(0, 100))
    await expect.poll(() => stored.length).toBe(100)
    expect(sizes).toHaveLength(1)
  })

  it('go on with the number that a receiver expects which has lost some', async () => {
    const { stored, deps } = createReceiver()
    const sender = createLogSender(deps, { ...options, firstLine: 40 })
    writeAll(sender, texts(0, 3))
    expect(await sender.end(5_000)).toBe(0)
    expect(stored).toEqual(texts(0, 3))
  })

  it('are given up once a newer attempt exists', async () => {
    const { stored, faults, deps } = createReceiver(['stale'])
    const sender = createLogSender(deps, options)
    writeAll(sender, texts(0, 3))
    expect(await sender.end(5_000)).toBe(0)
    writeAll(sender, texts(3, 3))
    expect(await sender.end(5_000)).toBe(0)
    expect({ stored, faults }).toEqual({ stored: [], faults: [] })
  })

  it('that are refused are left out, and the log says so', async () => {
    const { stored, deps } = createReceiver(['refuse'])
    const sender = createLogSender(deps, options)
    writeAll(sender, texts(0, 3))
    expect(await sender.end(5_000)).toBe(0)
    expect(stored).toEqual(['[3 lines are missing here: the server refused them]'])
  })
})

describe('a receiver that does not answer', () => {
  const limits = { bytes: 1_000, holdMs: 150 }
  const signal = new AbortController().signal

  it('makes the writer wait, and lets it go on when it answers again', async () => {
    const { stored, deps, faults } = createReceiver(['fail'])
    const sender = createLogSender(deps, { ...options, limits: { ...limits, holdMs: 60_000 } })
    expect(sender.room(signal)).toBeUndefined()
    writeAll(sender, texts(0, 200))
    const room = sender.room(signal)
    expect(room).toBeInstanceOf(Promise)
    await room
    expect(faults).toEqual([])
    expect(stored).toEqual(texts(0, 200))
    expect(sender.room(signal)).toBeUndefined()
  })

  it('costs lines when it is away for too long, and the log says how many', async () => {
    const { stored, deps, faults } = createReceiver(Array.from({ length: 4 }, () => 'fail'))
    const sender = createLogSender(deps, { ...options, limits })
    writeAll(sender, texts(0, 200))
    await sender.room(signal)
    expect(faults.length).toBeGreaterThan(0)
    writeAll(sender, texts(200, 55))
    await sender.end(10_000)
    writeAll(sender, ['after'])
    await sender.end(5_000)
    const missing = '[55 lines are missing here: the server did not answer]'
    expect(stored).toEqual([...texts(0, 200), missing, 'after'])
  })

  it('is given up at the end, with what it lacks', async () => {
    const { deps } = createReceiver(Array.from({ length: 100 }, () => 'fail'))
    const sender = createLogSender(deps, options)
    writeAll(sender, texts(0, 20))
    expect(await sender.end(50)).toBe(20)
  })

  it('holds up nobody whose signal aborts', async () => {
    const { deps } = createReceiver(Array.from({ length: 100 }, () => 'fail'))
    const sender = createLogSender(deps, { ...options, limits: { ...limits, holdMs: 60_000 } })
    writeAll(sender, texts(0, 200))
    const reader = new AbortController()
    const room = sender.room(reader.signal)
    reader.abort()
    await room
    expect(await sender.end(0)).toBe(200)
  })
})

it('sends blocks of bounded length that the receiver can read', async () => {
  const lengths: number[] = []
  const send: SenderDeps['send'] = async (start, block) => {
    lengths.push(block.length)
    return start + countLines(block)
  }
  const { deps } = createReceiver()
  const sender = createLogSender({ ...deps, send }, options)
  for (let index = 0; index < 100; index += 1) sender.write(origin, Buffer.alloc(60_000), false)
  await sender.end(5_000)
  expect(Math.max(...lengths)).toBeLessThanOrEqual(256 * 1024)
  expect(lengths.reduce((sum, length) => sum + length)).toBeGreaterThan(6_000_000)
})
