import { median } from './interval.ts'

interface StageRow {
  readonly stage: string
  readonly duration_ms: number | null
}

export interface StageTimes {
  add(group: string, buildId: string): void
  /** Prints the median duration of each stage, as the API tells it, for each group. */
  print(): Promise<void>
}

/** Where the time of Kiln's builds went. */
export function createStageTimes(url: string): StageTimes {
  const groups = new Map<string, string[]>()
  const read = async (id: string) => {
    const reply = await fetch(new URL(`/api/builds/${id}`, url))
    return ((await reply.json()) as { stages: readonly StageRow[] }).stages
  }
  return {
    add: (group, id) => groups.set(group, [...(groups.get(group) ?? []), id]),
    print: async () => {
      for (const [group, ids] of groups) {
        const rows = (await Promise.all(ids.map(read))).flat()
        const names = [...new Set(rows.map(({ stage }) => stage))]
        const texts = names.map((name) => {
          const own = rows.filter(({ stage }) => stage === name)
          return `${name} ${median(own.map(({ duration_ms: ms }) => ms ?? 0)).toFixed(0)}`
        })
        process.stdout.write(`\n${group}, median ms of each stage: ${texts.join(', ')}\n`)
      }
    },
  }
}
