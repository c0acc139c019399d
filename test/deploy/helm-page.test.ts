import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { run } from '../../process/run.ts'
import {
  type Chart,
  containerOf,
  everything,
  manifestsOf,
  openChart,
  podsOf,
  required,
  surroundingsOf,
  timeout,
} from './chart.ts'
import { checkSurroundings } from './check-surroundings.ts'

const page = await readFile('docs/deploy.md', 'utf8')

/** The only block of the page in a language that has these words. */
function blockWith(language: string, words: string): string {
  const blocks = [...page.matchAll(new RegExp('```' + language + '\\n(.*?)```', 'gs'))]
  const found = blocks.map(([, text = '']) => text).filter((text) => text.includes(words))
  expect(found).toHaveLength(1)
  return found[0] ?? ''
}

/** Keys of secrets that pods do not start without, as `name/key`. */
function keysIn(text: string): ReadonlySet<string> {
  const pods = podsOf(text).map(({ pod }) => pod)
  const references = pods.flatMap(({ containers }) =>
    containers.flatMap(({ env = [] }) =>
      env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? []),
    ),
  )
  const variables = references.filter(({ optional }) => optional !== true)
  const files = pods.flatMap(({ volumes = [] }) =>
    volumes.flatMap(({ secret }) =>
      (secret?.items ?? []).map(({ key }) => ({ name: secret?.secretName ?? '', key })),
    ),
  )
  return new Set([...variables, ...files].map(({ name, key }) => `${name}/${key}`))
}

describe('what the page says of the chart', { timeout }, () => {
  let chart: Chart
  beforeAll(async () => {
    chart = await openChart()
  }, timeout)
  afterAll(async () => chart[Symbol.asyncDispose]())

  /** Runs commands of the page; what kubectl is told stands in its answer, a line for each. */
  const follow = async (commands: string) => {
    const folder = join(chart.folder, 'followed')
    const bin = join(chart.folder, 'bin')
    await mkdir(folder)
    await mkdir(bin)
    const kubectl = join(bin, 'kubectl')
    await writeFile(kubectl, '#!/bin/sh\necho "kubectl $*"\n')
    await chmod(kubectl, 0o755)
    const environment = { PATH: `${bin}:${process.env['PATH']}` }
    const script = `set -euo pipefail; cd '${folder}'\n${commands}`
    const { stdout } = await run('bash', ['-c', script], { environment, limitMs: 60_000 })
    return { folder, lines: stdout.split('\n') }
  }

  it('makes every secret that pods need, with every key', async ({ skip }) => {
    if (chart.isAbsent) skip('helm could not be built')
    const { folder, lines } = await follow(blockWith('sh', 'create secret generic kiln-control'))
    const made = new Map(
      lines.flatMap((line) => {
        const [, name = '', args = ''] = / create secret generic (\S+) (.*)/.exec(line) ?? []
        return [...args.matchAll(/--from-file=(\S+)/g)].map(([, key = '']) => [
          `${name}/${key}`,
          key,
        ])
      }),
    )
    expect([...made.keys()].toSorted()).toEqual(
      [...keysIn(await chart.render(required))].toSorted(),
    )
    for (const [, key] of made) {
      const text = await readFile(join(folder, key ?? ''), 'utf8')
      expect([key, text.length > 0]).toEqual([key, true])
      // A variable would end with the end of the line, too; what is read as a file may.
      if (key !== 'secretsKey' && key !== 'key') expect([key, text]).toEqual([key, text.trim()])
    }
    expect(Buffer.from(await readFile(join(folder, 'secretsKey'), 'utf8'), 'base64')).toHaveLength(
      32,
    )
    expect(await readFile(join(folder, 'key'), 'utf8')).toContain('BEGIN PRIVATE KEY')
  })

  it('has values that the chart takes', async ({ skip }) => {
    if (chart.isAbsent) skip('helm could not be built')
    const values = join(chart.folder, 'my-values.yaml')
    const text = blockWith('yaml', 'my-values.yaml')
    await writeFile(values, text)
    const args = ['template', 'kiln', 'deploy/helm/kiln', '--kube-version', '1.30.0']
    const { stdout } = await chart.ask([...args, '--namespace', 'kiln', '--values', values])
    const found = manifestsOf(stdout).find(({ kind }) => kind === 'Ingress')
    const { ingress } = parse(text) as { ingress: { host: string; tlsSecret: string } }
    expect(found?.spec?.tls?.[0]).toEqual({ hosts: [ingress.host], secretName: ingress.tlsSecret })
    expect(page).toContain(`create secret tls ${ingress.tlsSecret} `)
    const told = surroundingsOf(containerOf(stdout, 'server'))
    expect(await checkSurroundings('server', told)).toEqual([])
    // The pod whose file it has read.
    expect(manifestsOf(stdout).map(({ metadata }) => metadata.name)).toContain('kiln-server')
    expect(page).toContain('exec kiln-server-0 -- cat /var/lib/kiln/admin-token')
  })

  it('names the keys that are there only where they are needed', async ({ skip }) => {
    if (chart.isAbsent) skip('helm could not be built')
    const env = podsOf(await chart.render(everything)).flatMap(({ pod }) =>
      pod.containers.flatMap((container) => container.env ?? []),
    )
    const control = env
      .map(({ valueFrom }) => valueFrom?.secretKeyRef)
      .filter((found) => found?.optional === true && found.name === 'kiln-control')
    expect(control).toHaveLength(2)
    for (const found of control) expect(page).toContain(`--from-file=${found?.key}\``)
  })
})
