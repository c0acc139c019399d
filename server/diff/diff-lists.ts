/** One thing that two versions do not have alike. `null` where a version does not have it. */
export interface Change {
  readonly name: string
  readonly change: 'added' | 'removed' | 'changed'
  readonly from: string | null
  readonly to: string | null
}

type Named = ReadonlyMap<string, string>

/** What differs between two lists of named values, by name. Pure. */
export function diffLists(from: Named, to: Named): readonly Change[] {
  const names = [...new Set([...from.keys(), ...to.keys()])]
  return names
    .toSorted(byCode)
    .flatMap((name) => changeOf(name, from.get(name) ?? null, to.get(name) ?? null))
}

/** Names in the order of their code units, which no language setting changes: pages are cut by it. */
function byCode(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

function changeOf(name: string, from: string | null, to: string | null): Change | [] {
  if (from === to) return []
  if (from === null) return { name, change: 'added', from, to }
  return { name, change: to === null ? 'removed' : 'changed', from, to }
}

/** A part of the changes. `after` is the name of the last one of the page before. Pure. */
export function pageOf(
  changes: readonly Change[],
  { after, limit }: { readonly after?: string | undefined; readonly limit: number },
) {
  const rest = after === undefined ? changes : changes.filter(({ name }) => byCode(name, after) > 0)
  const page = rest.slice(0, limit)
  const last = page.at(-1)
  return {
    changes: page,
    ...(rest.length > page.length && last && { next_cursor: last.name }),
  }
}
