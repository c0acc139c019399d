import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
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
    if (holder === undefined) return { [Symbol.asyncDispose]: async () => release(path, own) }
    if (!told) options.onWait(holder.pid)
    told = true
    if (performance.now() > deadline)
      throw new Error(`pid ${holder.pid} holds ${path} for too long`)
    await sleep(300, undefined, { signal: options.signal })
  }
}

/** Answers who holds the lock, or is about to, or undefined when it is now ours. */
async function tryTake(path: string, own: string): Promise<ProcessIdentity | undefined> {
  for (;;) {
    if (await create(path, own)) return undefined
    const text = await readText(path)
    // Released between two steps.
    if (text === undefined) continue
    const holder = parseHolder(text)
    if (holder !== undefined && (await isSameProcess(holder))) return holder
    const heir = await takeOver(path, text, own)
    if (heir === 'taken') return undefined
    if (heir !== 'lost') return heir
  }
}

/**
 * Puts the own name in the place of a dead holder's, under a lock of its own: otherwise two that found it dead would each
 * remove what the other has made. @returns who holds that lock; `lost` when somebody else was quicker.
 */
async function takeOver(
  path: string,
  text: string,
  own: string,
): Promise<ProcessIdentity | 'taken' | 'lost'> {
  const lock = `${path}.takeover`
  const busy = await tryTake(lock, own)
  if (busy !== undefined) return busy
  try {
    if ((await readText(path)) !== text) return 'lost'
    await rename(await writeDraft(path, own), path)
    return 'taken'
  } finally {
    await rm(lock, { force: true })
  }
}

/** Makes the file with all its text at once: one that is empty for a moment would look like nobody's. */
async function create(path: string, text: string): Promise<boolean> {
  const draft = await writeDraft(path, text)
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

async function writeDraft(path: string, text: string): Promise<string> {
  const draft = `${path}.${process.pid}-${randomUUID()}`
  await writeFile(draft, text)
  return draft
}

async function release(path: string, own: string): Promise<void> {
  if ((await readText(path)) === own) await rm(path, { force: true })
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}

function parseHolder(text: string): ProcessIdentity | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isIdentity(value) ? value : undefined
  } catch {
    // Cut short by a crash: nobody holds it.
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
