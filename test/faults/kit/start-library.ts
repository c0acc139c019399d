import { startDatabase, type TestDatabase } from '../../database.ts'
import { type Library, openLibrary } from './library.ts'
import { type ReadyHarbor, startReadyHarbor } from './ready-harbor.ts'

export interface StartedLibrary extends AsyncDisposable {
  readonly database: TestDatabase
  readonly ready: ReadyHarbor
  readonly library: Library
}

/** The library on a database and a Harbor of its own, without a farm. @param connections to the database at once. */
export async function startLibrary(connections?: number): Promise<StartedLibrary> {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await startDatabase(connections))
  const ready = stack.use(await startReadyHarbor({ base: false }))
  const library = await openLibrary(database.db, ready)
  const owned = stack.move()
  return { database, ready, library, [Symbol.asyncDispose]: async () => owned.disposeAsync() }
}
