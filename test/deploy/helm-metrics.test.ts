import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import {
  type Chart,
  everything,
  manifestsOf,
  openChart,
  podsOf,
  required,
  timeout,
} from './chart.ts'

interface Rule {
  readonly sourceLabels: readonly string[]
  readonly regex: string
  readonly targetLabel: string
  readonly replacement: string
}

interface Monitor {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> }
  readonly spec: {
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> }
    readonly podMetricsEndpoints: readonly {
      readonly port: string
      readonly authorization: { readonly credentials: { readonly name: string } }
      readonly relabelings: readonly Rule[]
    }[]
  }
}

interface Scraping {
  readonly scrape_configs: readonly {
    readonly relabel_configs: readonly {
      readonly source_labels: readonly string[]
      readonly regex: string
      readonly action?: string
      readonly target_label?: string
      readonly replacement?: string
    }[]
  }[]
}

const monitored = ['podMonitor.enabled=true', 'podMonitor.labels.release=prometheus']

/** As Prometheus does it: a rule whose expression does not match the whole changes nothing. */
function relabel(rules: readonly Rule[], found: Readonly<Record<string, string>>) {
  const labels: Record<string, string> = {}
  for (const { sourceLabels, regex, targetLabel, replacement } of rules) {
    const text = sourceLabels.map((name) => found[name] ?? '').join(';')
    const match = new RegExp(`^(?:${regex})$`).exec(text)
    if (match !== null) labels[targetLabel] = replacement.replace('$1', match[1] ?? '')
  }
  return labels
}

describe('the metrics of the chart', { timeout }, () => {
  let chart: Chart
  beforeAll(async () => {
    chart = await openChart()
  }, timeout)
  afterAll(async () => chart[Symbol.asyncDispose]())

  const readMonitor = (text: string) => {
    const found = manifestsOf(text).find(({ kind }) => kind === 'PodMonitor')
    if (found === undefined) throw new Error('no PodMonitor')
    return found as unknown as Monitor
  }

  it('are read by the operator of Prometheus, by the names that alerts know', async ({ skip }) => {
    if (chart.isAbsent) skip('helm could not be built')
    const text = await chart.render([...everything, ...monitored])
    const { metadata, spec } = readMonitor(text)
    expect(metadata.labels).toMatchObject({ release: 'prometheus' })
    const [endpoint] = spec.podMetricsEndpoints
    expect(endpoint?.authorization.credentials.name).toBe('kiln-metrics')
    const pods = podsOf(text).filter(({ labels }) =>
      Object.entries(spec.selector.matchLabels).every(([name, value]) => labels[name] === value),
    )
    const shown = pods.flatMap(({ pod, labels }) =>
      pod.containers.some(({ ports = [] }) => ports.some(({ name }) => name === endpoint?.port))
        ? [
            relabel(endpoint?.relabelings ?? [], {
              __meta_kubernetes_pod_label_app_kubernetes_io_component:
                labels['app.kubernetes.io/component'] ?? '',
              __meta_kubernetes_pod_name: 'pod-1',
              __meta_kubernetes_pod_node_name: 'node-1',
            }),
          ]
        : [],
    )
    expect(new Set(shown)).toEqual(
      new Set([
        { job: 'kiln-agent', instance: 'node-1' },
        { job: 'kiln-server', instance: 'pod-1' },
        { job: 'kiln-worker', instance: 'pod-1' },
      ]),
    )
  })

  it('have a reader that the policy lets in, and are read by nobody else', async ({ skip }) => {
    if (chart.isAbsent) skip('helm could not be built')
    const kinds = manifestsOf(await chart.render(required)).map(({ kind }) => kind)
    expect(kinds).not.toContain('PodMonitor')
    const refused = chart.render([...required, ...monitored])
    await expect(refused).rejects.toThrow(/networkPolicy\.metricsFrom/)
    await chart.render([...required, ...monitored, 'networkPolicy.enabled=false'])
  })

  it('are named alike where Prometheus finds the pods itself', async ({ skip }) => {
    if (chart.isAbsent) skip('helm could not be built')
    const file = 'deploy/observability/prometheus-kubernetes.yaml'
    const scraping = parse(await readFile(file, 'utf8')) as Scraping
    const rules = scraping.scrape_configs.flatMap((config) => config.relabel_configs)
    const { spec } = readMonitor(await chart.render([...everything, ...monitored]))
    expect(
      rules
        .filter(({ action }) => action === undefined)
        .map(({ source_labels: sourceLabels, target_label: targetLabel, ...rest }) => ({
          sourceLabels,
          targetLabel,
          ...rest,
        })),
    ).toEqual(spec.podMetricsEndpoints[0]?.relabelings)
    const kept = rules.filter(({ action }) => action === 'keep')
    expect(kept.map(({ source_labels: [label], regex }) => [label, regex])).toEqual([
      ['__meta_kubernetes_pod_label_app_kubernetes_io_name', 'kiln'],
      ['__meta_kubernetes_pod_container_port_name', 'metrics'],
    ])
  })
})
