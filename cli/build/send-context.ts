import type { Display } from '../progress/display.ts'
import { findExclusion } from '../context/find-exclusion.ts'
import { measureContext } from '../context/measure-context.ts'
import { packEntries } from '../context/pack-entries.ts'
import type { Session } from '../session.ts'

/**
 * Brings the files of a folder to the server, unless it has exactly those. @param dockerfile its path, where it is a file.
 * @returns the context's digest. @throws CommandError, ServerError
 */
export async function sendContext(
  { client, ownProject: project }: Session,
  display: Display,
  { root, dockerfile }: { readonly root: string; readonly dockerfile: string | undefined },
  signal: AbortSignal,
): Promise<string> {
  const measured = await measureContext(root, await findExclusion(root, dockerfile))
  const { digest, bytes, files, entries } = measured
  if (await client.contexts.isKept(digest, project)) {
    display.context({ state: 'kept', bytes, files, sent: 0 })
    return digest
  }
  let sent = 0
  const counted = async function* count() {
    for await (const piece of packEntries(root, entries)) {
      yield piece
      sent += piece.length
      display.context({ state: 'sending', bytes, files, sent })
    }
  }
  display.context({ state: 'sending', bytes, files, sent })
  const stored = await client.contexts.store(ReadableStream.from(counted()), project, signal)
  display.context({ state: 'sent', bytes, files, sent })
  return stored.context
}
