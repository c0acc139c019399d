import { spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { filesChanged, tarProcess, untilTarEnds } from '../environments/until-tar-ends.ts'

export interface RunningTar {
  /** Takes the names of what is to be packed, each with a NUL behind it. */
  readonly names: Writable
  readonly output: Readable
  /** Rejects when not all could be packed. */
  readonly done: Promise<void>
}

const packing = [
  '--create',
  '--file=-',
  '--format=posix',
  '--numeric-owner',
  '--pax-option=delete=atime,delete=ctime',
  '--xattrs',
]
/** Names are taken as they are, whatever they hold, and nothing besides. */
const reading = [
  '--no-recursion',
  '--null',
  '--verbatim-files-from',
  '--no-unquote',
  '--files-from=-',
]

/**
 * GNU tar over a list of names, in the POSIX format: what is packed keeps its owner, mode and times, and of its extended
 * attributes those that `xattrs` match; files with several names are packed once, and named as links after that.
 * @param isBusy programs go on meanwhile: what has gone by then is passed over.
 */
export function startTar(
  folder: string,
  xattrs: readonly string[],
  signal: AbortSignal,
  isBusy = false,
): RunningTar {
  const included = xattrs.map((mask) => `--xattrs-include=${mask}`)
  const lenient = isBusy ? ['--ignore-failed-read'] : []
  const args = [...packing, ...lenient, `--directory=${folder}`, ...included, ...reading]
  const child = spawn('tar', args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...tarProcess,
  })
  const done = untilTarEnds(child, signal, isBusy ? [filesChanged] : [])
  return { names: child.stdin, output: child.stdout, done }
}

/**
 * Awaits a tar with what feeds and reads it.
 * @throws the reason of the signal when that has aborted, and not what broke with the tar.
 */
export async function untilPacked(
  { done }: RunningTar,
  others: readonly Promise<void>[],
  signal: AbortSignal,
): Promise<void> {
  try {
    await Promise.all([...others, done])
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}
