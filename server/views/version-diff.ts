import type { ImageContents } from '#contract/image-contents.ts'
import type { Db } from '../../records/connect.ts'
import { readContents } from '../../records/contents.ts'
import { readFacts } from '../../records/image-facts.ts'
import { readPackages } from '../../records/image-packages.ts'
import type { findVersionNumbered } from '../../records/versions.ts'
import { diffConfigs, diffLayers } from '../diff/diff-contents.ts'
import { diffLists, pageOf } from '../diff/diff-lists.ts'
import { listPackages } from '../diff/list-packages.ts'
import { listSoftware } from '../diff/list-software.ts'

export type VersionRow = NonNullable<Awaited<ReturnType<typeof findVersionNumbered>>>

/** Of the packages only: all else is short. */
interface Page {
  /** Name of the last change of the page before. */
  readonly after: string | undefined
  readonly limit: number
}

/** What changes from one version to another; whatever nobody has read yet is `null`, and `unknown` says why. Sizes in bytes. */
export async function showDiff(db: Db, from: VersionRow, to: VersionRow, page: Page) {
  const digests = [from.digest, to.digest]
  const [contents, facts, packages] = await Promise.all([
    readContents(db, digests),
    readFacts(db, digests),
    readPackages(db, digests),
  ])
  const [packagesBefore, packagesNow] = [packages.get(from.digest), packages.get(to.digest)]
  const [before, now] = [contents.get(from.digest), contents.get(to.digest)]
  const [factsBefore, factsNow] = [facts.get(from.digest), facts.get(to.digest)]
  const unread = [from, to].filter(({ digest }) => !contents.has(digest))
  const unlisted = [from, to].filter(({ digest }) => !packages.has(digest))
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
    packages:
      packagesBefore === undefined || packagesNow === undefined
        ? null
        : {
            ...pageOf(diffLists(listPackages(packagesBefore), listPackages(packagesNow)), page),
            truncated: packagesBefore.truncated || packagesNow.truncated,
          },
    unknown: [
      ...unread.map(({ number }) => ({
        version: number,
        what: ['layers', 'config'],
        why: 'nobody has read its configuration from the registry yet',
      })),
      ...unlisted.map(({ number }) => ({
        version: number,
        what: ['packages'],
        why: 'nobody has listed its packages yet',
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
