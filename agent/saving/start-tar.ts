import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { signalGroup } from '../../process/group.ts'

export interface RunningTar {
  /** Takes the names of what is to be packed, each with a NUL behind it. */
  readonly names: Writable
  readonly output: Readable
  /** Rejects when not all could be packed. */
  readonly done: Promise<void>
}

const keptErrors = 4096
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
 */
export function startTar(
  folder: string,
  xattrs: readonly string[],
  signal: AbortSignal,
): RunningTar {
  const included = xattrs.map((mask) => `--xattrs-include=${mask}`)
  const args = [...packing, `--directory=${folder}`, ...included, ...reading]
  const child = spawn('tar', args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
    detached: true,
  })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-keptErrors)
  })
  child.stdin.on('error', () => undefined)
  const stop = () => void (child.pid !== undefined && signalGroup(child.pid, 'SIGKILL'))
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  const ended = async () => {
    try {
      await once(child, 'close')
      signal.throwIfAborted()
      if (child.exitCode !== 0) {
        throw new Error(`tar exited with ${child.exitCode}: ${errors.trim()}`)
      }
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }
  const done = ended()
  done.catch(() => undefined)
  return { names: child.stdin, output: child.stdout, done }
}
