import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'

interface Dashboard {
  readonly panels: readonly { readonly targets?: readonly { readonly expr: string }[] }[]
}
interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly expr: string }[] }[]
}

export const folder = join(import.meta.dirname, '../../deploy/observability')

/** Every query of the dashboard and the alerts, with Grafana's own variable filled in. */
export async function readQueries(): Promise<readonly string[]> {
  const dashboard = JSON.parse(await readFile(join(folder, 'dashboard.json'), 'utf8')) as Dashboard
  const rules = parse(await readFile(join(folder, 'alerts.yaml'), 'utf8')) as Rules
  return [
    ...dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
    ...rules.groups.flatMap((group) => group.rules.map(({ expr }) => expr)),
  ].map((query) => query.replaceAll('$__rate_interval', '1m'))
}
