import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { signalGroup } from '../../process/group.ts'

/** How a GNU tar is started whose end is waited for here: in a group of its own, and telling its errors in English. */
export const tarProcess = {
  env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
  detached: true,
} as const

const keptErrors = 4096

type Tar = ChildProcess & { readonly stdin: Writable; readonly stderr: Readable }

/** By which a tar says that files have changed while it read them, and nothing worse. */
export const filesChanged = 1

/**
 * Kills a tar when the signal aborts. The promise rejects when it has not done everything, with what it said.
 * @param accepted codes with which it may end as well.
 */
export function untilTarEnds(
  child: Tar,
  signal: AbortSignal,
  accepted: readonly number[] = [],
): Promise<void> {
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-keptErrors)
  })
  // Whoever writes hears of it; what is told is why tar has ended.
  child.stdin.on('error', () => undefined)
  const stop = () => void (child.pid !== undefined && signalGroup(child.pid, 'SIGKILL'))
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  const ended = async () => {
    try {
      await once(child, 'close')
      signal.throwIfAborted()
      const { exitCode } = child
      if (exitCode !== 0 && (exitCode === null || !accepted.includes(exitCode))) {
        throw new Error(`tar exited with ${exitCode}: ${errors.trim()}`)
      }
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }
  const done = ended()
  done.catch(() => undefined)
  return done
}
