import { readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { isErrno } from '#contract/errno.ts'
import type { EnvironmentPaths } from './environment-paths.ts'

const record = z.object({
  environment_id: z.string(),
  start: z.number().int().positive(),
  project: z.string(),
  digest: z.string(),
  stop_signal: z.string(),
  /** Number of its project, and the volumes that it can write in; what agents before have noted lacks them. */
  project_id: z.number().int().default(0),
  writes_in: z.array(z.string()).default([]),
  /** Whether its container was started, and its end has not been told yet. */
  running: z.boolean(),
})

/** What an agent must know of an environment after a restart. */
export type EnvironmentRecord = z.infer<typeof record>

export async function writeRecord(
  { record: path }: Pick<EnvironmentPaths, 'record'>,
  written: EnvironmentRecord,
): Promise<void> {
  await writeFile(`${path}.new`, `${JSON.stringify(written)}\n`, { mode: 0o600 })
  await rename(`${path}.new`, path)
}

/** Those of all environments of this node. */
export async function readRecords(folder: string): Promise<readonly EnvironmentRecord[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return []
    throw error
  })
  const found = await Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(folder, name, 'environment.json'), 'utf8').catch(() => '')
      return parse(text)
    }),
  )
  return found.flat()
}

/** One cut short by a crash is of an environment that never ran. */
function parse(text: string): readonly EnvironmentRecord[] {
  try {
    return [record.parse(JSON.parse(text))]
  } catch {
    return []
  }
}
