const size = 50

/** Where a page begins: after an id, or at the first one with the empty text. */
export interface OrphanPage {
  readonly after: string
  readonly limit: number
}

/** Something whose workflow should be open. */
export interface OrphanKind<One> {
  /** By their ids. */
  readonly read: (page: OrphanPage) => Promise<readonly One[]>
  readonly idOf: (one: One) => string
  /** Whether Temporal has an open workflow for it. */
  readonly isOpen: (id: string) => Promise<boolean>
  /** Ends what has none. */
  readonly end: (one: One) => Promise<void>
  /** Waits before another page is looked at: Temporal is asked for each of a page, and a queue may be very long. */
  readonly rest: () => Promise<void>
}

/** @returns what looks at the next page, and says whether there is one after it. */
export function createOrphanSearch<One>(kind: OrphanKind<One>): () => Promise<boolean> {
  let after = ''
  const look = async (one: One) => {
    if (!(await kind.isOpen(kind.idOf(one)))) await kind.end(one)
  }
  return async () => {
    const page = await kind.read({ after, limit: size })
    const last = page.at(-1)
    after = page.length < size || last === undefined ? '' : kind.idOf(last)
    await Promise.all(page.map(look))
    if (after !== '') await kind.rest()
    return after !== ''
  }
}
