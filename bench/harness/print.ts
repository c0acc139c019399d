import { availableParallelism, cpus, loadavg } from 'node:os'

/** On what and under what load is measured. */
export function describeMachine(): string {
  const [minute = 0] = loadavg()
  const model = cpus()[0]?.model ?? '?'
  return `node ${process.version}, ${availableParallelism()} cores, ${model}, load ${minute.toFixed(2)}`
}

/** The value below which the part `q` of the values lies. @throws RangeError when there is none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]
  if (value === undefined) throw new RangeError('no values')
  return value
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
