import { spawn } from 'node:child_process'
import type { Writable } from 'node:stream'
import { tarProcess, untilTarEnds } from './until-tar-ends.ts'

export interface Extraction {
  readonly input: Writable
  /** Rejects when not all could be extracted. */
  readonly done: Promise<void>
}

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
    ...tarProcess,
  })
  return { input: child.stdin, done: untilTarEnds(child, signal) }
}
