import { bootstrapMedian, type Interval } from './interval.ts'

/** One way of doing the work. `run` prepares, does it once and answers the ms that count. */
export interface Side {
  readonly name: string
  readonly run: (round: number) => Promise<number>
}

export interface Comparison {
  readonly name: string
  /** Ours is divided by theirs. */
  readonly ours: Side
  readonly theirs: Side
  readonly pairs: number
  readonly target: Target
}

/** What is to be reached: a quotient, or ms that we may take longer. */
export type Target = { readonly ratio: number } | { readonly addedMs: number }

export interface Pair {
  readonly ours: number
  readonly theirs: number
}

export interface Compared extends Comparison {
  readonly measured: readonly Pair[]
  /** Of the quotients within each pair: what disturbs the machine for a while disturbs both. */
  readonly ratio: Interval
  /** Of the differences within each pair, in ms. */
  readonly addedMs: Interval
}

/**
 * Runs both sides in turn, A B B A A B …, so that neither is always the first. No pair is left out.
 * `onPair` is told each as it is done.
 */
export async function compare(
  comparison: Comparison,
  random: () => number,
  onPair: (pair: Pair, round: number) => void,
): Promise<Compared> {
  const measured: Pair[] = []
  for (let round = 0; round < comparison.pairs; round += 1) {
    const pair = await runPair(comparison, round)
    onPair(pair, round)
    measured.push(pair)
  }
  return {
    ...comparison,
    measured,
    ratio: bootstrapMedian(
      measured.map(({ ours, theirs }) => ours / theirs),
      random,
    ),
    addedMs: bootstrapMedian(
      measured.map(({ ours, theirs }) => ours - theirs),
      random,
    ),
  }
}

async function runPair({ ours, theirs }: Comparison, round: number): Promise<Pair> {
  if (round % 2 === 0) {
    const first = await ours.run(round)
    return { ours: first, theirs: await theirs.run(round) }
  }
  const first = await theirs.run(round)
  return { ours: await ours.run(round), theirs: first }
}
