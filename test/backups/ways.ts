import { cp, mkdir } from 'node:fs/promises'
import { startDatabase } from '../database.ts'
import { copyDatabase } from './copy-database.ts'
import { startDebianPostgres } from './debian-postgres.ts'
import { migrateOldPostgres } from './migrate-old-postgres.ts'
import { readPageCommands, runCommands } from './page-commands.ts'

/** The data directory of the farm that is kept, that of the one which comes back, and what lies between them. */
interface Folders {
  readonly old: string
  readonly copy: string
  readonly backup: string
}

/** Two databases, of which the second is empty until it is restored. */
export interface Way {
  readonly databaseUrl: string
  /** Brings database and files over. @returns the address of the restored database. */
  readonly restore: () => Promise<string>
}

/** On Kiln's own Postgres, which comes without pg_dump. */
export async function copyRows(stack: AsyncDisposableStack, { old, copy }: Folders): Promise<Way> {
  const from = stack.use(await startDatabase())
  const to = stack.use(await startDatabase())
  return {
    databaseUrl: from.url,
    restore: async () => {
      await copyDatabase(from.url, to.url)
      await cp(old, copy, { recursive: true })
      return to.url
    },
  }
}

/** From one Postgres into another that has nothing of Kiln's. @param binaries of a Debian's. */
export async function walkPage(
  stack: AsyncDisposableStack,
  { old, copy, backup }: Folders,
  binaries: string,
): Promise<Way> {
  const { backUp, makeRoles, restore } = await readPageCommands()
  const from = stack.use(await startDebianPostgres(binaries))
  const to = stack.use(await startDebianPostgres(binaries))
  const here = { ...from.environment, KILN_DATA_DIR: old, BACKUP: backup }
  const there = { ...to.environment, KILN_DATA_DIR: copy, BACKUP: backup }
  await runCommands(makeRoles, here, binaries)
  await migrateOldPostgres(from.databaseUrl, from.superuserUrl)
  await mkdir(backup)
  return {
    databaseUrl: from.databaseUrl,
    restore: async () => {
      await runCommands(backUp, here, binaries)
      await runCommands(makeRoles, there, binaries)
      await runCommands(restore, there, binaries)
      return to.databaseUrl
    },
  }
}
