import { createHash } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { pauseAfter } from '#contract/pause-after.ts'
import { ControlPlaneError } from '../control-plane.ts'
import { ContextUnavailable } from './context-unavailable.ts'

/** Reads the normal tar of a context from byte `from` on. @throws ControlPlaneError */
export type FetchContext = (from: number, signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>>

export interface Download {
  readonly digest: string
  /** Where it is written to. It is removed again when the bytes are not to be had. */
  readonly path: string
  readonly fetch: FetchContext
  /** Told of bytes that can be read from the file: how many there are. */
  readonly onBytes: (received: number) => void
  readonly random: () => number
  readonly signal: AbortSignal
}

/** Tries that bring nothing, one after another. */
const maxTries = 5
const pauses = { firstMs: 500, maxMs: 4_000 }
/** A connection on which nothing comes for so long is given up. */
const stallMs = 30_000
/** To write down small pieces, each by itself, takes more work than the bytes. */
const bufferSize = 1024 * 1024
const largePiece = bufferSize / 4

/** Fetches a context, from where it broke off when it does. @throws ContextUnavailable; the signal's reason when aborted. */
export async function download(wanted: Download): Promise<void> {
  const { path, digest, signal } = wanted
  try {
    await using file = await open(path, 'w', 0o600)
    const found = await receive(wanted, file)
    if (found === digest) return
  } catch (error) {
    await rm(path, { force: true })
    signal.throwIfAborted()
    if (error instanceof ContextUnavailable) throw error
    throw new ContextUnavailable('the node could not store the context', { cause: error })
  }
  await rm(path, { force: true })
  throw new ContextUnavailable('the server has other bytes than the context had')
}

/** @returns the digest of what came. */
async function receive(wanted: Download, file: FileHandle): Promise<string> {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafeSlow(bufferSize)
  let written = 0
  let held = 0
  const store = async (bytes: Uint8Array) => {
    const writing = writeAll(file, bytes, written)
    hash.update(bytes)
    await writing
    written += bytes.length
    wanted.onBytes(written)
  }
  const flush = async () => {
    const full = buffer.subarray(0, held)
    held = 0
    await store(full)
  }
  const take = async (bytes: Uint8Array) => {
    if (held === 0 && bytes.length >= largePiece) return store(bytes)
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + bufferSize - held)
      buffer.set(part, held)
      held += part.length
      at += part.length
      if (held === bufferSize) await flush()
    }
  }
  for (let tries = 1; ; tries += 1) {
    const before = written + held
    try {
      await readOnce(wanted, before, take)
      await flush()
      return `sha256:${hash.digest('hex')}`
    } catch (error) {
      if (written + held > before) tries = 0
      await pauseOrGiveUp(wanted, tries, error)
    }
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += (await file.write(bytes, at, bytes.length - at, position + at)).bytesWritten
  }
}

async function readOnce(
  { fetch, signal }: Download,
  from: number,
  take: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const stalled = new AbortController()
  const timer = setTimeout(() => stalled.abort(new Error('nothing came')), stallMs)
  try {
    for await (const bytes of await fetch(from, AbortSignal.any([signal, stalled.signal]))) {
      await take(bytes)
      timer.refresh()
    }
  } finally {
    clearTimeout(timer)
  }
}

async function pauseOrGiveUp(wanted: Download, tries: number, cause: unknown): Promise<void> {
  wanted.signal.throwIfAborted()
  if (isFileSystemError(cause)) throw cause
  const status = cause instanceof ControlPlaneError ? cause.status : undefined
  if (status === 404) {
    throw new ContextUnavailable('the server no longer has the context', { cause })
  }
  if (tries >= maxTries || (status !== undefined && status < 500)) {
    throw new ContextUnavailable('the context could not be fetched from the server', { cause })
  }
  const pause = pauseAfter(pauses, tries, wanted.random())
  await sleep(pause, undefined, { signal: wanted.signal })
}

function isFileSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}
