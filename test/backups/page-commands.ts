import { readFile } from 'node:fs/promises'
import { dirname, delimiter } from 'node:path'
import { run } from '../../process/run.ts'

export interface PageCommands {
  readonly backUp: string
  readonly makeRoles: string
  readonly restore: string
}

/** @returns what docs/backups.md has an operator type for a Postgres of their own. @throws when it is not there. */
export async function readPageCommands(): Promise<PageCommands> {
  const text = await readFile('docs/backups.md', 'utf8')
  const blocks = [...text.matchAll(/^( *)```sh\n(.*?)^ *```/gms)].map(
    ([, indent = '', block = '']) => block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  )
  const find = (command: string) => {
    const found = blocks.find((block) => block.startsWith(command))
    if (found === undefined)
      throw new Error(`docs/backups.md has no block that begins with ${command}`)
    return found
  }
  return { backUp: find('pg_dump'), makeRoles: find('psql'), restore: find('pg_restore') }
}

/** Runs them as a shell does that stops at the first that fails. @param binaries of Postgres. */
export async function runCommands(
  commands: string,
  environment: Readonly<Record<string, string>>,
  binaries: string,
): Promise<void> {
  const path = [binaries, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter)
  await run('/bin/bash', ['-euo', 'pipefail', '-c', commands], {
    limitMs: 120_000,
    environment: { LC_ALL: 'C.UTF-8', ...environment, PATH: path },
  })
}
