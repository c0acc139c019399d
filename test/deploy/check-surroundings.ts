import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig as readAgentConfig } from '../../agent/config.ts'
import { readConfig as readServerConfig } from '../../server/config.ts'
import { readConfig as readWorkerConfig } from '../../worker/config.ts'

export type ProcessName = 'server' | 'worker' | 'agent'
export type Surroundings = Readonly<Record<string, string | undefined>>

const readers = {
  server: readServerConfig,
  worker: readWorkerConfig,
  agent: readAgentConfig,
} as const satisfies Record<ProcessName, (env: Record<string, string | undefined>) => unknown>

/** What the images themselves say: `ENV NAME=value` of `deploy/NAME.Dockerfile`. */
async function imageVariables(name: ProcessName): Promise<Surroundings> {
  const text = await readFile(`deploy/${name}.Dockerfile`, 'utf8')
  const last = text.slice(text.lastIndexOf('\nFROM '))
  return Object.fromEntries(
    [...last.matchAll(/\b(KILN_[A-Z_]+)=(\S+)/g)].map(([, key = '', value]) => [key, value]),
  )
}

/** Has a process read its surroundings. @returns the variables that it asked for. */
function read(name: ProcessName, told: Surroundings): ReadonlySet<string> {
  const asked = new Set<string>()
  readers[name](
    new Proxy(told, {
      get: (all, key) => {
        if (typeof key !== 'string') return undefined
        asked.add(key)
        return all[key]
      },
    }),
  )
  return asked
}

/**
 * Has a process read what it would be told, as it does when it starts. Files that are named stand for what would be mounted.
 * @throws as the process would, with the variable that is missing or wrong.
 * @returns the variables of Kiln's that this process does not know.
 */
export async function checkSurroundings(
  name: ProcessName,
  told: Surroundings,
): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'kiln-deploy-'))
  try {
    const file = join(folder, 'file')
    await writeFile(file, randomBytes(32).toString('base64'))
    const all = { ...(await imageVariables(name)), ...told }
    const mounted = Object.entries(all).map(([key, value]) => [
      key,
      /_(FILE|CA)$/.test(key) && value !== undefined ? file : value,
    ])
    const known = read(name, Object.fromEntries(mounted))
    return Object.keys(all).filter((key) => key.startsWith('KILN_') && !known.has(key))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
