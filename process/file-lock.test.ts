import { mkdtemp, rm, writeFile } from 'node:fs/promises'
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

  it('takes over a file that was cut short', async () => {
    const path = join(folder, 'c')
    await writeFile(path, '{"pid":')
    await using lock = await takeFileLock(path, options(0))
    expect(lock).toBeDefined()
  })
})
