import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parser } from '@prometheus-io/lezer-promql'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { failures } from '#contract/failure.ts'
import { folder, readQueries } from './queries.ts'

const queries = await readQueries()

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string
      readonly labels: { readonly severity: string }
      readonly annotations: { readonly summary: string; readonly runbook: string }
    }[]
  }[]
}

/** Whether Prometheus's own grammar finds a mistake. */
function findMistake(query: string): boolean {
  const cursor = parser.parse(query).cursor()
  do {
    if (cursor.type.isError) return true
  } while (cursor.next())
  return false
}

describe('the dashboard and the alerts', () => {
  it('ask in the language of Prometheus', () => {
    expect(queries.length).toBeGreaterThan(40)
    expect(queries.filter(findMistake)).toEqual([])
    expect(findMistake('sum by (a (b)')).toBe(true)
  })

  it('say of each alert how bad it is and what to do', async () => {
    const text = await readFile(join(folder, 'alerts.yaml'), 'utf8')
    const rules = (parse(text) as Rules).groups.flatMap((group) => group.rules)
    expect(rules.length).toBeGreaterThan(10)
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length)
    for (const { alert, labels, annotations } of rules) {
      expect([alert, labels.severity]).toEqual([
        alert,
        expect.stringMatching(/^(critical|warning)$/),
      ])
      expect([alert, annotations.summary.length > 10]).toEqual([alert, true])
      expect([alert, annotations.runbook.length > 30]).toEqual([alert, true])
    }
  })

  it('notice what is no more, and not only what does not answer', async () => {
    for (const job of ['kiln-server', 'kiln-worker']) {
      expect(queries.join('\n')).toContain(`absent(up{job="${job}"})`)
    }
    for (const file of ['prometheus.yaml', 'prometheus-kubernetes.yaml']) {
      const text = await readFile(join(folder, file), 'utf8')
      expect((parse(text) as { rule_files: unknown }).rule_files).toEqual(['alerts.yaml'])
    }
  })

  it('name only codes of the failure table, and those that are the farm’s', () => {
    const codes = queries.flatMap((query) =>
      [...query.matchAll(/code=~?"([^"]+)"/g)].flatMap(([, list = '']) => list.split('|')),
    )
    expect(codes).toContain('agent_lost')
    for (const code of codes) {
      expect([code, (failures as Record<string, { actor: string }>)[code]?.actor]).toEqual([
        code,
        'farm',
      ])
    }
  })
})
