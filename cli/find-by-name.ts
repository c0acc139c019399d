import { CommandError } from './command-error.ts'
import { exitCodes } from './exit-code.ts'
import type { Session } from './session.ts'
import { common } from './texts/common.ts'

/** Names that are offered instead of one that is not there. */
const maxOffered = 3
const lookedAt = 200

/** An image by its name, `app` being `app` as the library has it. @throws CommandError that offers similar names. */
export async function findImage(session: Session, name: string) {
  const { client, project } = session
  const { images } = await client.images.list({ name, project })
  if (images[0] !== undefined) return images[0]
  const { images: others } = await client.images.list({ project, limit: lookedAt })
  throw notThere(
    session,
    name,
    others.map((image) => image.name),
    common.image,
  )
}

/** A node by its id or its name. @throws CommandError */
export async function findNode(session: Session, name: string) {
  const { client, language } = session
  const known: string[] = []
  let cursor: string | undefined
  do {
    const page = await client.nodes.list({ lang: language, limit: lookedAt, cursor })
    const found = page.nodes.find((node) => node.id === name || node.name === name)
    if (found !== undefined) return found
    known.push(...page.nodes.map((node) => node.name))
    cursor = page.next_cursor
  } while (cursor !== undefined)
  throw notThere(session, name, known, common.node)
}

function notThere(
  { say, server }: Session,
  name: string,
  known: readonly string[],
  what: (typeof common)['image'] | (typeof common)['node'],
): CommandError {
  const offered = similar(name, known)
  return new CommandError(
    say(common.notThere, { what: say(what), name, server: server.origin }),
    exitCodes.usage,
    offered.length === 0 ? undefined : say(common.didYouMean, { names: offered.join(', ') }),
  )
}

/** Names that hold what was written, or begin alike. Pure. */
export function similar(name: string, known: readonly string[]): readonly string[] {
  const bare = name.replace(/:.*$/, '')
  const alike = known.filter(
    (other) => other.includes(bare) || bare.includes(other.replace(/:.*$/, '')),
  )
  const begin = known.filter((other) => other.slice(0, 3) === name.slice(0, 3))
  return [...new Set([...alike, ...begin])].slice(0, maxOffered)
}
