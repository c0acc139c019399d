import type { Command } from 'commander'
import type { DeletionTerms } from '../../client/images.ts'
import { commandOf, type PageOptions, positive, withPaging } from '../command-of.ts'
import { findImage } from '../find-by-name.ts'
import { createSay } from '../language.ts'
import { printPages } from '../output/print-pages.ts'
import type { Runner } from '../runner.ts'
import { CommandError } from '../command-error.ts'
import { exitCodes } from '../exit-code.ts'
import type { Session } from '../session.ts'
import { help } from '../texts/help.ts'
import { library } from '../texts/library.ts'

interface DeleteOptions {
  readonly grace?: number
  readonly reason?: string
}

/** What deletes, and what takes that back. */
export function addChangesOfImages(images: Command, { deps, run }: Runner): void {
  const say = createSay(deps.language)
  commandOf(images, 'delete', help.imagesDelete, deps.language)
    .argument('<name>', say(help.name))
    .argument('[version]', say(help.onlyVersion), positive)
    .option('--grace <seconds>', say(help.grace), positive)
    .option('--reason <text>', say(help.reason))
    .action(run(deleteImage))
  commandOf(images, 'restore', help.imagesRestore, deps.language)
    .argument('<name-or-id>', say(help.nameOrId))
    .argument('[version]', say(help.onlyVersion), positive)
    .action(run(restore))
  const moves = commandOf(images, 'moves', help.imagesMoves, deps.language)
  withPaging(moves.argument('<name>', say(help.name)), deps.language).action(run(listMoves))
}

async function deleteImage(
  session: Session,
  name: string,
  version: number | undefined,
  { grace, reason }: DeleteOptions,
) {
  const { client, say, answer } = session
  const { id } = await findImage(session, name)
  const terms: DeletionTerms = { grace_seconds: grace, reason }
  if (version === undefined) {
    const deleted = await client.images.delete(id, terms)
    return answer(deleted, () => [say(library.imageGoes, { name, id })])
  }
  const deleted = await client.images.deleteVersion(id, version, terms)
  const until = deleted.deletion?.undo_until ?? '?'
  answer(deleted, () => [say(library.versionGoes, { name, version, until })])
}

/** An image that is being deleted has left the library, so that only its id finds it. */
async function restore(session: Session, name: string, version: number | undefined) {
  const { client, say, answer } = session
  if (version === undefined) {
    const id = Number(name)
    if (!Number.isSafeInteger(id)) {
      throw new CommandError(say(library.restoreById, { name }), exitCodes.usage)
    }
    return answer(await client.images.restore(id), () => [say(library.restored, { name })])
  }
  const { id } = await findImage(session, name)
  const restored = await client.images.restoreVersion(id, version)
  answer(restored, () => [say(library.restored, { name: `${name} v${version}` })])
}

async function listMoves(session: Session, name: string, options: PageOptions) {
  const { id } = await findImage(session, name)
  await printPages(session, options, {
    read: async (page) => session.client.images.moves(id, page),
    key: 'moves',
    rowsOf: (page) => page.moves,
    heading: ['MOVE', 'KIND', 'FROM', 'TO', 'STATE', 'WHO', 'WHEN', 'WHY'],
    show: (move) => [
      String(move.id),
      move.kind,
      String(move.from ?? ''),
      String(move.to ?? ''),
      move.state,
      move.actor,
      move.created_at,
      move.refusal?.message ?? move.reason,
    ],
  })
}
