import type { Command } from 'commander'
import { commandOf, positive } from '../command-of.ts'
import { findImage } from '../find-by-name.ts'
import { createSay, type Text } from '../language.ts'
import type { Runner } from '../runner.ts'
import type { Session } from '../session.ts'
import { help } from '../texts/help.ts'
import { imageTexts } from '../texts/images.ts'

/** What people note about a version. */
type Note = Parameters<Session['client']['images']['noteVersion']>[2]

/** Notes that a version is to be kept, or should not be used, and takes that back. */
export function addNotes(images: Command, { deps, run }: Runner): void {
  const say = createSay(deps.language)
  const ofVersion = (name: string, about: Text) =>
    commandOf(images, name, about, deps.language)
      .argument('<name>', say(help.name))
      .argument('<version>', say(help.version), positive)
  const noting = (change: Note, done: Text) =>
    run(async (session, name: string, version: number) =>
      note(session, name, version, change, done),
    )
  ofVersion('pin', imageTexts.pin).action(noting({ pinned: true }, imageTexts.isPinned))
  ofVersion('unpin', imageTexts.unpin).action(noting({ pinned: false }, imageTexts.isUnpinned))
  ofVersion('deprecate', imageTexts.deprecate)
    .requiredOption('--reason <text>', say(imageTexts.why))
    .action(
      run(async (session, name: string, version: number, { reason }: { readonly reason: string }) =>
        note(session, name, version, { deprecated: reason }, imageTexts.isDeprecated),
      ),
    )
  ofVersion('undeprecate', imageTexts.undeprecate).action(
    noting({ deprecated: null }, imageTexts.isUndeprecated),
  )
}

async function note(session: Session, name: string, version: number, change: Note, done: Text) {
  const { client, say, answer } = session
  const { id } = await findImage(session, name)
  const noted = await client.images.noteVersion(id, version, change)
  answer(noted, () => [say(done, { name, version })])
}
