import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { signalGroup } from '../../process/group.ts'

export interface Extraction {
  readonly input: Writable
  /** Rejects when not all could be extracted. */
  readonly done: Promise<void>
}

const keptErrors = 4096

/**
 * Extracts a tar with everything that files have: owners, modes, links, extended attributes.
 * @param options further ones of GNU tar.
 */
export function extractTar(
  folder: string,
  signal: AbortSignal,
  options: readonly string[] = [],
): Extraction {
  const everything = [
    '--numeric-owner',
    '--same-owner',
    '--preserve-permissions',
    '--delay-directory-restore',
    '--xattrs',
    '--xattrs-include=*',
    ...options,
  ]
  const child = spawn('tar', ['--extract', '--file=-', `--directory=${folder}`, ...everything], {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
    detached: true,
  })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-keptErrors)
  })
  // Whoever writes hears of it; what is told is why tar has ended.
  child.stdin.on('error', () => undefined)
  const stop = () => void (child.pid !== undefined && signalGroup(child.pid, 'SIGKILL'))
  signal.addEventListener('abort', stop, { once: true })
  const ended = async () => {
    try {
      await once(child, 'close')
      signal.throwIfAborted()
      if (child.exitCode !== 0)
        throw new Error(`tar exited with ${child.exitCode}: ${errors.trim()}`)
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }
  const done = ended()
  done.catch(() => undefined)
  return { input: child.stdin, done }
}
