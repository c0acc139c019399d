import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../process/run.ts'
import { findTool } from '../find-tool.ts'
import {
  type Chart,
  chartFolder,
  containerOf,
  everything,
  ingress,
  manifestsOf,
  openChart,
  podsOf,
  required,
  set,
  surroundingsOf,
  timeout,
} from './chart.ts'
import { checkSurroundings, type ProcessName } from './check-surroundings.ts'

describe('the chart', { timeout }, () => {
  let chart: Chart
  beforeAll(async () => {
    chart = await openChart()
  }, timeout)
  afterAll(async () => chart[Symbol.asyncDispose]())

  it.for([required, everything])('passes lint with %j', async (values, { skip }) => {
    if (chart.isAbsent) skip('helm could not be built')
    const { stdout } = await chart.ask(['lint', '--strict', chartFolder, ...set(values)])
    expect(stdout).toContain('1 chart(s) linted, 0 chart(s) failed')
  })

  it('says what is missing, and refuses what it does not know', async ({ skip }) => {
    if (chart.isAbsent) skip('helm could not be built')
    await expect(chart.render([])).rejects.toThrow(/temporal\.?\/?address/)
    await expect(chart.render([...required, 'agents.enabled=true'])).rejects.toThrow(/agents/)
    await expect(chart.render([...required, 'ingress.enabled=true'])).rejects.toThrow(
      /ingress\.host/,
    )
  })

  it.for([required, everything])(
    'is what an API server of Kubernetes takes, with %j',
    async (values, { skip }) => {
      if (chart.isAbsent) skip('helm could not be built')
      const validate = (await findTool('kubectl-validate', 'kubectl-validate')) ?? ''
      if (validate === '') skip('kubectl-validate could not be built')
      const text = await chart.render(values)
      const file = join(chart.folder, 'rendered.yaml')
      const validates = async () =>
        run(validate, ['--version', '1.30', file], {
          environment: { PATH: process.env['PATH'] },
          limitMs: 60_000,
        })
      await writeFile(file, text)
      await validates()
      await writeFile(file, text.replace('replicas: 2', 'replica: 2'))
      await expect(validates()).rejects.toThrow(/replica/)
    },
  )

  it.for([required, everything])(
    'tells each process what it must know, and nothing else, with %j',
    async (values, { skip }) => {
      if (chart.isAbsent) skip('helm could not be built')
      const text = await chart.render(values)
      for (const name of ['server', 'worker', 'agent'] satisfies ProcessName[]) {
        const { env = [] } = containerOf(text, name)
        expect(new Set(env.map((variable) => variable.name)).size).toBe(env.length)
        expect(await checkSurroundings(name, surroundingsOf(containerOf(text, name)))).toEqual([])
      }
    },
  )

  it('mounts what environments may have where the agent offers it', async ({ skip }) => {
    if (chart.isAbsent) skip('helm could not be built')
    const agent = containerOf(await chart.render(everything), 'agent')
    expect(surroundingsOf(agent)['KILN_VOLUMES']).toBe(
      'datasets:/mnt/datasets:ro,scratch:/mnt/scratch:projects',
    )
    expect(agent.volumeMounts).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'offered-datasets', mountPath: '/mnt/datasets' }),
        expect.objectContaining({ name: 'offered-scratch', mountPath: '/mnt/scratch' }),
      ]),
    )
  })

  it('asks each process how it is, at a port that it opens', async ({ skip }) => {
    if (chart.isAbsent) skip('helm could not be built')
    const text = await chart.render(required)
    for (const name of ['server', 'worker', 'agent'] satisfies ProcessName[]) {
      const container = containerOf(text, name)
      const listens = surroundingsOf(container)['KILN_METRICS_LISTEN']
      const open = new Map(container.ports?.map((port) => [port.name, port.containerPort]))
      expect([name, listens]).toEqual([name, `0.0.0.0:${open.get('metrics')}`])
      const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe]
      expect(probes.map((probe) => probe?.httpGet.path)).toEqual([
        '/healthz',
        '/healthz',
        '/readyz',
      ])
      for (const probe of probes) expect([...open.keys()]).toContain(probe?.httpGet.port)
    }
  })

  it('reaches Temporal as it is told to, also before anything else starts', async ({ skip }) => {
    if (chart.isAbsent) skip('helm could not be built')
    const told = async (values: readonly string[]) => {
      const containers = podsOf(await chart.render(values)).flatMap(({ pod }) => pod.containers)
      return ['server', 'worker', 'namespace'].map((name) =>
        containers
          .find((one) => one.name === name)
          ?.env?.map((variable) => variable.name)
          .filter((key) => /^KILN_TEMPORAL_(TLS|SERVER|CA|CERT|KEY|API)/.test(key)),
      )
    }
    const all = ['TLS', 'SERVER_NAME', 'CA_FILE', 'CERT_FILE', 'KEY_FILE', 'API_KEY']
    const names = all.map((name) => `KILN_TEMPORAL_${name}`)
    expect(await told(everything)).toEqual([names, names, names])
    expect(await told(required)).toEqual([[], [], undefined])
  })

  it('lets nothing but the agent do more than it must', async ({ skip }) => {
    if (chart.isAbsent) skip('helm could not be built')
    for (const { kind, pod } of podsOf(await chart.render(everything))) {
      expect(pod).toMatchObject({ automountServiceAccountToken: false })
      if (kind === 'DaemonSet') continue
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      })
      for (const { securityContext } of pod.containers) {
        expect(securityContext).toMatchObject({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        })
      }
    }
  })

  it('takes the secrets of sign-in and of Harbor from where the others lie', async ({ skip }) => {
    if (chart.isAbsent) skip('helm could not be built')
    const { env = [] } = containerOf(await chart.render(required), 'server')
    for (const [name, key] of [
      ['KILN_OIDC_CLIENT_SECRET', 'oidcClientSecret'],
      ['KILN_HARBOR_WEBHOOK_SECRET', 'harborWebhookSecret'],
    ] as const) {
      const variable = env.find((one) => one.name === name)
      expect(variable?.valueFrom?.secretKeyRef).toEqual({
        name: 'kiln-control',
        key,
        optional: true,
      })
      const plain = chart.render([...required, `server.env.${name}=given`])
      await expect(plain).rejects.toThrow(new RegExp(`${name}.*kiln-control.*${key}`))
    }
  })

  it('makes a token for the first operator, and says where it is', async ({ skip }) => {
    if (chart.isAbsent) skip('helm could not be built')
    const server = containerOf(await chart.render(required), 'server')
    const file = surroundingsOf(server)['KILN_ADMIN_TOKEN_FILE'] ?? ''
    // Where the token stays when the pod does not.
    expect(server.volumeMounts).toContainEqual({ name: 'data', mountPath: dirname(file) })
    const notes = await chart.readNotes(required)
    expect(notes).toContain(`--namespace kiln exec farm-server-0 -- cat ${file}\n`)
    expect(notes).toContain('port-forward service/farm-server 8080')
    // All nodes at once: what is applied takes the place of the tokens from before.
    expect(notes).toContain('create secret generic kiln-join --from-file=.')
    expect(await chart.readNotes([...ingress, 'networkPolicy.enabled=false'])).toContain(
      'kiln login https://kiln.example.com\n',
    )
    const other = await chart.readNotes([...required, 'server.env.KILN_ADMIN_TOKEN_FILE=/tmp/t'])
    expect(other).toContain('cat /tmp/t\n')
  })

  it('holds no secret, and keeps one worker when nodes are drained', async ({ skip }) => {
    if (chart.isAbsent) skip('helm could not be built')
    const kinds = manifestsOf(await chart.render(everything)).map(({ kind }) => kind)
    expect(kinds).not.toContain('Secret')
    expect(kinds).toEqual(expect.arrayContaining(['PodDisruptionBudget', 'NetworkPolicy']))
  })
})
