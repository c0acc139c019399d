import { createFence } from '../records/fence.ts'
import { createProject } from '../records/projects.ts'
import { farmScope, type Scope } from '../records/scope.ts'
import { listBuilds } from '../server/views/build-list.ts'
import { startDatabase } from '../test/database.ts'

// What the second fence costs: the same page of builds, read with and without it. Printed as times of one call and their ratio.
const builds = 20_000
const calls = 1_000

await using database = await startDatabase()
const { db } = database
const ids: number[] = []
for (let n = 0; n < 10; n += 1) {
  const made = await createProject(farmScope(db, 'bench'), `project-${n}`)
  if (made !== undefined) ids.push(made.id)
}
for (let from = 0; from < builds; from += 1_000) {
  const rows = Array.from({ length: 1_000 }, (_, n) => {
    const name = `app-${from + n}`
    const id = `build-${String(from + n).padStart(8, '0')}`
    const what = {
      name,
      repository: name,
      tag: '1',
      description: '',
      dockerfile: '',
      options: '{}',
    }
    const status = 'succeeded' as const
    return { id, ...what, project_id: ids[n % ids.length] ?? 1, status, stage: status }
  })
  await db.insertInto('builds').values(rows).execute()
}
await using fence = createFence(database.url)
const projects = ids.slice(0, 2)
const plain: Scope = { ...farmScope(db, 'bench'), projects }
const fenced = (): Scope => ({ ...plain, db: fence.for(projects) })

/** Median of one call in ms. Both kinds take turns, so that what else runs slows both. */
const times: Record<'plain' | 'fenced', number[]> = { plain: [], fenced: [] }
for (let n = 0; n < calls; n += 1) {
  for (const [kind, scope] of [
    ['plain', plain],
    ['fenced', fenced()],
  ] as const) {
    const begun = performance.now()
    await listBuilds(scope, { limit: 50 })
    times[kind].push(performance.now() - begun)
  }
}
const median = (all: number[]) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0
const [without, with_] = [median(times.plain), median(times.fenced)]
process.stdout.write(
  `${JSON.stringify({ without_ms: without, with_ms: with_, ratio: with_ / without })}\n`,
)
