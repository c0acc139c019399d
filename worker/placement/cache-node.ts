import type { KnownNode } from '../../records/known-nodes.ts'

/** A node that takes builds, while a round places some. */
export interface Place {
  readonly node: KnownNode
  /** Of the id of the node. */
  readonly hash: number
  /** Builds that it has room for. */
  free: number
}

/** How much more than its share of the builds a node takes for the sake of its cache. */
const bound = 1.25

/** Pure. */
export function createPlaces(nodes: readonly KnownNode[]): readonly Place[] {
  return nodes.map((node) => ({
    node,
    hash: hashText(node.id),
    free: Math.max(0, node.slots - node.busy),
  }))
}

export interface CacheChoice {
  /** The node that keeps the cache of the image. */
  readonly home: Place
  /** The first in the order of the image that has room and no more than its share of builds. */
  readonly chosen: Place
}

/**
 * Where builds of an image go, so that they find what its builds before have left in the cache: each image has an order of
 * the nodes of its own (rendezvous hashing, nodes weighted by their slots), which changes only by those that come or go. A
 * node that would have more than its share of all builds is passed over, and taken all the same where no other has room.
 * `undefined` when none has. Pure.
 */
export function chooseByCache(key: string, places: readonly Place[]): CacheChoice | undefined {
  const slots = sum(places, ({ node }) => node.slots)
  const builds = 1 + sum(places, ({ node, free }) => node.slots - free)
  const isOver = ({ node, free }: Place) =>
    node.slots - free + 1 > Math.ceil((bound * builds * node.slots) / slots)
  const seed = hashText(key)
  const home = findBest(places, seed)
  const roomy = places.filter(({ free }) => free > 0)
  const chosen = findBest(
    roomy.filter((place) => !isOver(place)),
    seed,
  )
  const any = chosen ?? findBest(roomy, seed)
  return home === undefined || any === undefined ? undefined : { home, chosen: any }
}

function findBest(places: readonly Place[], seed: number): Place | undefined {
  let best: Place | undefined
  let most = -1
  for (const place of places) {
    const score = scoreOf(place, seed)
    if (score > most || (score === most && best !== undefined && place.node.id < best.node.id)) {
      best = place
      most = score
    }
  }
  return best
}

/** Of two nodes the one with twice the slots wins twice as often. */
function scoreOf({ node, hash }: Place, seed: number): number {
  const unit = (mix(hash ^ seed) + 0.5) / 2 ** 32
  return node.slots / -Math.log(unit)
}

/** FNV-1a over UTF-16 units. */
function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  }
  return mix(hash)
}

/** The finaliser of MurmurHash3: every bit of the answer depends on every bit that is given. */
function mix(value: number): number {
  let hash = value ^ (value >>> 16)
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

function sum(places: readonly Place[], of: (place: Place) => number): number {
  return places.reduce((total, place) => total + of(place), 0)
}
