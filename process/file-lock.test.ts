import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readIdentity } from './identity.ts'
import { takeFileLock } from './file-lock.ts'

describe('takeFileLock', () => {
  let folder = ''
  const waiting: number[] = []
  const options = (limitMs: number) => ({
    limitMs,
    signal: new AbortController().signal,
    onWait: (pid: number) => void waiting.push(pid),
  })

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kiln-lock-'))
    waiting.length = 0
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('is held by one at a time and free again after disposal', async () => {
    const path = join(folder, 'a')
    const first = await takeFileLock(path, options(0))
    await expect(takeFileLock(path, options(0))).rejects.toThrow(`pid ${process.pid} holds`)
    expect(waiting).toEqual([process.pid])
    await first[Symbol.asyncDispose]()
    await using second = await takeFileLock(path, options(0))
    expect(second).toBeDefined()
  })

  it('takes over from a process that is gone, also when its pid is in use again', async () => {
    const path = join(folder, 'b')
    const alive = await readIdentity(process.pid)
    await writeFile(path, JSON.stringify({ ...alive, startTicks: 1 }))
    await using lock = await takeFileLock(path, options(0))
    expect(lock).toBeDefined()
    expect(waiting).toEqual([])
  })

  it('is taken over by one of many that find its holder dead', async () => {
    const path = join(folder, 'd')
    const alive = await readIdentity(process.pid)
    for (let round = 0; round < 20; round += 1) {
      await writeFile(path, JSON.stringify({ ...alive, startTicks: 1 }))
      const ended = await Promise.allSettled(
        Array.from({ length: 20 }, async () => takeFileLock(path, options(0))),
      )
      const taken = ended.filter(({ status }) => status === 'fulfilled')
      expect(taken).toHaveLength(1)
      expect(await readdir(folder)).toEqual(['d'])
      await rm(path)
    }
  })

  it('leaves the lock of another holder alone when it is disposed of', async () => {
    const path = join(folder, 'e')
    const lock = await takeFileLock(path, options(0))
    const other = JSON.stringify({ ...(await readIdentity(process.pid)), pid: 1 })
    await writeFile(path, other)
    await lock[Symbol.asyncDispose]()
    expect(await readFile(path, 'utf8')).toBe(other)
  })

  it('takes over a file that was cut short', async () => {
    const path = join(folder, 'c')
    await writeFile(path, '{"pid":')
    await using lock = await takeFileLock(path, options(0))
    expect(lock).toBeDefined()
  })
})
