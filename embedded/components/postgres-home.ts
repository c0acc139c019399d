import { cp, stat } from 'node:fs/promises'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ProcessError, run } from '../../process/run.ts'
import { createFolder } from '../resolve/cache.ts'
import type { ComponentContext } from './context.ts'

/** Where Postgres runs from, and as whom: it refuses to run as root. */
export interface PostgresHome {
  readonly binaries: string
  readonly data: string
  readonly uid: number
  readonly gid: number
}

const user = 'postgres'

/** Chooses places that the postgres user can reach; a checkout below a private home is not one. */
export async function findPostgresHome(
  context: ComponentContext,
  binaries: string,
): Promise<PostgresHome> {
  const { settings, state, report } = context
  const { uid, gid } = await ensureUser(context)
  const wanted = join(state.dir, 'postgres', 'data')
  const fallback = join('/var/lib', `kiln-${settings.farmId}`, 'postgres')
  const data = (await isReachable(state.dir, uid, gid)) ? wanted : join(fallback, 'data')
  if (data !== wanted)
    report.say(`postgres: ${state.dir} is closed to the ${user} user, its data are in ${data}`)
  await mkdir(dirname(data), { recursive: true, mode: 0o755 })
  if (await isReachable(join(binaries, 'bin'), uid, gid)) return { binaries, data, uid, gid }
  return { binaries: await copyBinaries(binaries, context), data, uid, gid }
}

async function copyBinaries(binaries: string, { report }: ComponentContext): Promise<string> {
  const { mtimeMs } = await stat(join(binaries, 'bin', 'postgres'))
  const copy = join('/var/lib/kiln-postgres', String(Math.round(mtimeMs)))
  const isThere = await stat(copy).catch(() => undefined)
  if (isThere === undefined) {
    report.say(`postgres: ${binaries} is closed to the ${user} user, copying it to ${copy}`)
    await createFolder(copy, async (temporary) => {
      await cp(binaries, temporary, { recursive: true, verbatimSymlinks: true })
      await run('chmod', ['-R', 'a+rX', temporary], { limitMs: 60_000 })
    })
  }
  return copy
}

async function ensureUser(context: ComponentContext): Promise<{ uid: number; gid: number }> {
  const { settings, report, signal } = context
  const options = { limitMs: 30_000, environment: settings.environment, signal }
  const readId = async (flag: string): Promise<number> =>
    Number((await run('id', [flag, user], options)).stdout)
  try {
    return { uid: await readId('-u'), gid: await readId('-g') }
  } catch (error) {
    if (!(error instanceof ProcessError)) throw error
  }
  report.say(`postgres: creating the system user ${user}, Postgres refuses to run as root`)
  await run('useradd', ['--system', '--user-group', '--no-create-home', user], options)
  return { uid: await readId('-u'), gid: await readId('-g') }
}

/** Whether a user may pass every folder on the way to a path. */
async function isReachable(path: string, uid: number, gid: number): Promise<boolean> {
  for (let folder = path; ; folder = dirname(folder)) {
    const { mode, uid: owner, gid: group } = await stat(folder)
    const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001
    if ((mode & bit) === 0) return false
    if (folder === dirname(folder)) return true
  }
}
