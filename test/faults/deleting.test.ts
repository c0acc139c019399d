import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { requestDeletion } from '../../records/deletions.ts'
import { deleteNext } from '../../worker/deletions/delete-next.ts'
import type { TestDatabase } from '../database.ts'
import { type Library, split } from './kit/library.ts'
import { harborProject, type ReadyHarbor } from './kit/ready-harbor.ts'
import { type StartedLibrary, startLibrary } from './kit/start-library.ts'

let started: StartedLibrary
let database: TestDatabase
let ready: ReadyHarbor
let library: Library
beforeAll(async () => {
  started = await startLibrary(40)
  ;({ database, ready, library } = started)
})
afterAll(async () => started[Symbol.asyncDispose]())

async function build(name: string): Promise<string> {
  const { id } = await library.accept(name)
  const made = await library.push(name, { buildId: id, attempt: await library.place(id) })
  await library.publish(made)
  await library.tag(made)
  await library.finish(id)
  return made.digest
}

const isHeld = (name: string, digest: string) =>
  [...ready.harbor.state.projects.values()]
    .find((project) => project.name === harborProject)
    ?.repositories.get(split(name).repository)
    ?.artifacts.has(digest) === true

// One of the two wins. Whichever it is, the name points at what is there.
it('43: deletes no version that its name is to go to, whoever asks first', async () => {
  const loop = { ...library, log: pino({ level: 'silent' }), random: Math.random }
  const won = { move: 0, deletion: 0 }
  for (let round = 0; round < 20; round += 1) {
    const name = `raced-${round}:1`
    const [one, two] = [await build(name), await build(name)]
    const imageId = (await library.imageId(name)) ?? 0
    const order = [
      async () => library.rollBack(imageId, 1),
      async () =>
        requestDeletion(library.db, { imageId, version: 1, actor: 'api', reason: '', graceMs: 0 }),
    ] as const
    const [move, deletion] =
      round % 2 === 0
        ? await Promise.all([order[0](), order[1]()])
        : (await Promise.all([order[1](), order[0]()])).toReversed()
    const hasMoved = typeof move === 'object' && 'moveId' in move
    const isDeleted = typeof deletion === 'object' && 'asked' in deletion
    expect(isDeleted).toBe(!hasMoved)
    won[hasMoved ? 'move' : 'deletion'] += 1
    await Promise.all([drain(async () => library.moveNext()), drain(async () => deleteNext(loop))])
    const { digest } = await database.db
      .selectFrom('images')
      .select('digest')
      .where('id', '=', imageId)
      .executeTakeFirstOrThrow()
    expect(digest).toBe(hasMoved ? one : two)
    expect(isHeld(name, digest ?? '')).toBe(true)
  }
  process.stdout.write(`43: ${won.move} moves and ${won.deletion} deletions won\n`)
})

async function drain(work: () => Promise<boolean>): Promise<void> {
  while (await work());
}
