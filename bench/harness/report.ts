import { availableParallelism, cpus, loadavg } from 'node:os'
import { compare, type Compared, type Comparison } from './compare.ts'
import { type Interval, median } from './interval.ts'

/** Above this load other work competes for the cores, and only the quotients mean something. */
export const quietLoad = 1.5

/** Prints on what and under what load was measured, runs the comparisons one after another and prints each. */
export async function runBench(comparisons: readonly Comparison[]): Promise<void> {
  say(`node ${process.version}, ${availableParallelism()} cores, ${cpus()[0]?.model ?? '?'}`)
  for (const comparison of comparisons) {
    say(`\n${comparison.name}: ${comparison.ours.name} ÷ ${comparison.theirs.name}`)
    say(describeLoad())
    const compared = await compare(comparison, Math.random, ({ ours, theirs }, round) =>
      say(`  pair ${round + 1}  ${ms(ours)}  ${ms(theirs)}  ${ratio(ours / theirs)}`),
    )
    describe(compared).forEach(say)
  }
}

/** What was measured, in lines for people. Pure. */
export function describe(compared: Compared): readonly string[] {
  const { measured, ratio: quotient, addedMs, ours, theirs } = compared
  const { shown, verdict } = judge(compared)
  return [
    `  median  ${ours.name} ${ms(median(measured.map((pair) => pair.ours)))}, ` +
      `${theirs.name} ${ms(median(measured.map((pair) => pair.theirs)))}`,
    `  ratio   ${range(quotient, ratio)}`,
    `  added   ${range(addedMs, ms)}`,
    `  target  ${shown}: ${verdict}`,
  ]
}

/** The bad end of the interval decides, so that luck never meets a target. */
function judge({ target, ratio: quotient, addedMs }: Compared): {
  readonly shown: string
  readonly verdict: string
} {
  const [reached, limit, format] =
    'ratio' in target
      ? ([quotient, target.ratio, ratio] as const)
      : ([addedMs, target.addedMs, ms] as const)
  const shown = `≤ ${format(limit)}`
  if (reached.high <= limit) return { shown, verdict: 'met' }
  if (reached.median <= limit) return { shown, verdict: 'met by the median, not by the interval' }
  return { shown, verdict: `missed, the median is ${format(reached.median - limit)} above it` }
}

function describeLoad(): string {
  const [minute = 0] = loadavg()
  const note = minute > quietLoad ? ' (other work runs: read the quotients only)' : ''
  return `  load    ${minute.toFixed(2)}${note}`
}

function range({ median: middle, low, high }: Interval, format: (value: number) => string): string {
  return `${format(middle)}  95 % between ${format(low)} and ${format(high)}`
}

function ratio(value: number): string {
  return `${value.toFixed(3)}×`
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
