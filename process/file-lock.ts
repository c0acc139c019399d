import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isErrno } from './group.ts'
import { isSameProcess, readIdentity, type ProcessIdentity } from './identity.ts'

export interface LockOptions {
  readonly limitMs: number
  readonly signal: AbortSignal
  /** Called once when somebody else holds it. */
  readonly onWait: (pid: number) => void
}

/** Held between processes until disposed; one left by a dead process does not count. */
export async function takeFileLock(path: string, options: LockOptions): Promise<AsyncDisposable> {
  await mkdir(dirname(path), { recursive: true })
  const own = JSON.stringify(await readIdentity(process.pid))
  const deadline = performance.now() + options.limitMs
  let told = false
  for (;;) {
    options.signal.throwIfAborted()
    const holder = await tryTake(path, own)
    if (holder === undefined) return { [Symbol.asyncDispose]: () => rm(path, { force: true }) }
    if (!told) options.onWait(holder.pid)
    told = true
    if (performance.now() > deadline)
      throw new Error(`pid ${holder.pid} holds ${path} for too long`)
    await sleep(300, undefined, { signal: options.signal })
  }
}

/** Answers who holds the lock, or undefined when it is now ours. */
async function tryTake(path: string, own: string): Promise<ProcessIdentity | undefined> {
  for (;;) {
    try {
      await writeFile(path, own, { flag: 'wx' })
      return undefined
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error
    }
    const holder = await readHolder(path)
    if (holder !== undefined && (await isSameProcess(holder))) return holder
    await rm(path, { force: true })
  }
}

async function readHolder(path: string): Promise<ProcessIdentity | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'))
    return isIdentity(value) ? value : undefined
  } catch {
    // Released between two steps, or cut short by a crash: nobody holds it.
    return undefined
  }
}

function isIdentity(value: unknown): value is ProcessIdentity {
  return (
    typeof value === 'object' &&
    value !== null &&
    'pid' in value &&
    'boot' in value &&
    'startTicks' in value
  )
}
