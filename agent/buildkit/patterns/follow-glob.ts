import type { GlobPiece } from './glob.ts'

/** Where in a pattern one may be: in front of a piece, or within a `deep` that has begun and must end with a slash. */
interface Places {
  readonly before: ReadonlySet<number>
  readonly within: ReadonlySet<number>
}

/** Matches by following all ways through a pattern at once: it takes as long as the path times the pattern at most. */
export function followGlob(pieces: readonly GlobPiece[], path: string): boolean {
  let places: Places = { before: skipEmpty(pieces, new Set([0])), within: new Set() }
  for (const char of path) {
    places = step(pieces, places, char)
    if (places.before.size + places.within.size === 0) return false
  }
  return places.before.has(pieces.length)
}

function step(pieces: readonly GlobPiece[], places: Places, char: string): Places {
  const before = new Set<number>()
  const within = new Set<number>()
  const stayDeep = (at: number) => {
    if (char !== '\n') within.add(at)
    if (char === '/') before.add(at + 1)
  }
  for (const at of places.within) stayDeep(at)
  for (const at of places.before) {
    const piece = pieces[at]
    if (piece?.kind === 'deep') stayDeep(at)
    else if (piece?.kind === 'rest' && char !== '\n') before.add(at)
    else if (piece?.kind === 'star' && char !== '/') before.add(at)
    else if (piece !== undefined && takesOne(piece, char)) before.add(at + 1)
  }
  return { before: skipEmpty(pieces, before), within }
}

function takesOne(piece: GlobPiece, char: string): boolean {
  if (piece.kind === 'char') return piece.char === char
  if (piece.kind === 'set') return new RegExp(`^${piece.source}$`, 'u').test(char)
  return piece.kind === 'one' && char !== '/'
}

/** Adds the places behind pieces that may be nothing. */
function skipEmpty(pieces: readonly GlobPiece[], places: Set<number>): Set<number> {
  for (const at of places) {
    const kind = pieces[at]?.kind
    if (kind === 'deep' || kind === 'rest' || kind === 'star') places.add(at + 1)
  }
  return places
}
