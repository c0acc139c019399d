import type { ImageContents } from '#contract/image-contents.ts'
import type { Db } from '../../records/connect.ts'
import { readContents } from '../../records/contents.ts'
import { readFacts } from '../../records/image-facts.ts'
import type { findVersionNumbered } from '../../records/versions.ts'
import { diffConfigs, diffLayers } from '../diff/diff-contents.ts'
import { diffLists } from '../diff/diff-lists.ts'
import { listSoftware } from '../diff/list-software.ts'

export type VersionRow = NonNullable<Awaited<ReturnType<typeof findVersionNumbered>>>

/** What changes from one version to another; whatever nobody has read yet is `null`, and `unknown` says why. Sizes in bytes. */
export async function showDiff(db: Db, from: VersionRow, to: VersionRow) {
  const digests = [from.digest, to.digest]
  const [contents, facts] = await Promise.all([readContents(db, digests), readFacts(db, digests)])
  const [before, now] = [contents.get(from.digest), contents.get(to.digest)]
  const [factsBefore, factsNow] = [facts.get(from.digest), facts.get(to.digest)]
  const unread = [from, to].filter(({ digest }) => !contents.has(digest))
  const unanalysed = [from, to].filter(({ digest }) => !facts.has(digest))
  return {
    from: { number: from.number, digest: from.digest },
    to: { number: to.number, digest: to.digest },
    same: from.digest === to.digest,
    size: { from: from.size, to: to.size, change: to.size - from.size },
    ...showContents(before, now),
    software:
      factsBefore === undefined || factsNow === undefined
        ? null
        : diffLists(listSoftware(factsBefore), listSoftware(factsNow)),
    packages: null,
    unknown: [
      { what: ['packages'], why: 'this farm does not list the packages of an image yet' },
      ...unread.map(({ number }) => ({
        version: number,
        what: ['layers', 'config'],
        why: 'nobody has read its configuration from the registry yet',
      })),
      ...unanalysed.map(({ number }) => ({
        version: number,
        what: ['software'],
        why: 'its files have not been analysed yet',
      })),
    ],
  }
}

function showContents(from: ImageContents | undefined, to: ImageContents | undefined) {
  if (from === undefined || to === undefined) return { config: null, layers: null }
  return { config: diffConfigs(from.config, to.config), layers: diffLayers(from, to) }
}
