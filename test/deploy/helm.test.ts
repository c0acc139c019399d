import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { run } from '../../process/run.ts'
import { findTool } from '../find-tool.ts'
import { checkSurroundings, type ProcessName, type Surroundings } from './check-surroundings.ts'

interface Variable {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: { readonly secretKeyRef?: { readonly optional?: boolean } }
}

interface Container {
  readonly name: string
  readonly env?: readonly Variable[]
  readonly securityContext?: Readonly<Record<string, unknown>>
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[]
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[]
  readonly startupProbe?: Probe
  readonly livenessProbe?: Probe
  readonly readinessProbe?: Probe
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string }
}

interface PodSpec {
  readonly containers: readonly Container[]
  readonly securityContext?: Readonly<Record<string, unknown>>
}

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec?: { readonly template?: { readonly spec: PodSpec } }
}

const chart = 'deploy/helm/kiln'
const timeout = 400_000
const limitMs = 60_000
// Built from source, helm takes itself for one of a Kubernetes long ago.
const template = ['template', 'farm', chart, '--namespace', 'kiln', '--kube-version', '1.30.0']
const required = ['temporal.address=temporal:7233', 'registry.url=https://harbor.example.com']
/** Everything that can be turned on. */
const everything = [
  ...required,
  'temporal.uiUrl=https://temporal.example.com',
  'temporal.tls.enabled=true',
  'temporal.tls.serverName=temporal.example.com',
  'secrets.temporalAuthority=kiln-temporal-authority',
  'secrets.temporalClient=kiln-temporal-client',
  'secrets.temporalApiKey=kiln-temporal-key',
  'tracesUrl=http://collector:4318/v1/traces',
  'secrets.registryAuthority=kiln-registry-authority',
  'agent.gpus.enabled=true',
  'agent.volumes[0].name=datasets',
  'agent.volumes[0].path=/mnt/datasets',
  'agent.volumes[1].name=scratch',
  'agent.volumes[1].path=/mnt/scratch',
  'agent.volumes[1].mode=projects',
  'ingress.enabled=true',
  'ingress.host=kiln.example.com',
  'ingress.tlsSecret=kiln-tls',
  'server.env.KILN_LOG_DAYS=60',
  'networkPolicy.apiFrom[0].namespaceSelector.matchLabels.name=ingress',
  'networkPolicy.gatewayFrom[0].ipBlock.cidr=192.0.2.0/24',
  'networkPolicy.metricsFrom[0].namespaceSelector.matchLabels.name=monitoring',
]
const set = (values: readonly string[]) => values.flatMap((value) => ['--set', value])

/** As a pod would be told: a secret stands for itself, and an optional one is not there. */
function surroundingsOf({ env = [] }: Container): Surroundings {
  return Object.fromEntries(
    env.map(({ name, value, valueFrom }) => [
      name,
      valueFrom?.secretKeyRef?.optional === true ? undefined : (value ?? `what ${name} is to be`),
    ]),
  )
}

describe('the chart', { timeout }, () => {
  let helm: string | undefined
  let folder: string
  const environment = { PATH: process.env['PATH'] }
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kiln-helm-'))
    helm = await findTool('helm', 'helm')
  }, timeout)
  afterAll(async () => rm(folder, { recursive: true, force: true }))

  const ask = async (args: readonly string[]) =>
    run(helm ?? '', args, {
      environment: { ...environment, HOME: folder },
      limitMs,
      maxOutput: 1024 ** 2,
    })
  const render = async (values: readonly string[]) =>
    (await ask([...template, ...set(values)])).stdout
  const manifestsOf = (text: string): readonly Manifest[] =>
    parseAllDocuments(text).map((document) => document.toJS() as Manifest)
  const podsOf = (text: string) =>
    manifestsOf(text).flatMap(({ kind, spec }) =>
      spec?.template === undefined ? [] : [{ kind, pod: spec.template.spec }],
    )

  it.for([required, everything])('passes lint with %j', async (values, { skip }) => {
    if (helm === undefined) skip('helm could not be built')
    const { stdout } = await ask(['lint', '--strict', chart, ...set(values)])
    expect(stdout).toContain('1 chart(s) linted, 0 chart(s) failed')
  })

  it('says what is missing, and refuses what it does not know', async ({ skip }) => {
    if (helm === undefined) skip('helm could not be built')
    await expect(render([])).rejects.toThrow(/temporal\.?\/?address/)
    await expect(render([...required, 'agents.enabled=true'])).rejects.toThrow(/agents/)
    await expect(render([...required, 'ingress.enabled=true'])).rejects.toThrow(/ingress\.host/)
  })

  it.for([required, everything])(
    'is what an API server of Kubernetes takes, with %j',
    async (values, { skip }) => {
      if (helm === undefined) skip('helm could not be built')
      const validate = (await findTool('kubectl-validate', 'kubectl-validate')) ?? ''
      if (validate === '') skip('kubectl-validate could not be built')
      const text = await render(values)
      const file = join(folder, 'rendered.yaml')
      await writeFile(file, text)
      await run(validate, ['--version', '1.30', file], { environment, limitMs })
      await writeFile(file, text.replace('replicas: 2', 'replica: 2'))
      await expect(
        run(validate, ['--version', '1.30', file], { environment, limitMs }),
      ).rejects.toThrow(/replica/)
    },
  )

  it('tells each process what it must know, and nothing else', async ({ skip }) => {
    if (helm === undefined) skip('helm could not be built')
    const containers = podsOf(await render(everything)).flatMap(({ pod }) => pod.containers)
    for (const name of ['server', 'worker', 'agent'] satisfies ProcessName[]) {
      const container = containers.find((one) => one.name === name)
      if (container === undefined) throw new Error(`no container ${name}`)
      expect(await checkSurroundings(name, surroundingsOf(container))).toEqual([])
    }
  })

  it('mounts what environments may have where the agent offers it', async ({ skip }) => {
    if (helm === undefined) skip('helm could not be built')
    const agent = podsOf(await render(everything))
      .flatMap(({ pod }) => pod.containers)
      .find(({ name }) => name === 'agent')
    expect(surroundingsOf(agent ?? { name: 'agent' })['KILN_VOLUMES']).toBe(
      'datasets:/mnt/datasets:ro,scratch:/mnt/scratch:projects',
    )
    expect(agent?.volumeMounts).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'offered-datasets', mountPath: '/mnt/datasets' }),
        expect.objectContaining({ name: 'offered-scratch', mountPath: '/mnt/scratch' }),
      ]),
    )
  })

  it('asks each process how it is, at a port that it opens', async ({ skip }) => {
    if (helm === undefined) skip('helm could not be built')
    const containers = podsOf(await render(required)).flatMap(({ pod }) => pod.containers)
    for (const name of ['server', 'worker', 'agent'] satisfies ProcessName[]) {
      const container = containers.find((one) => one.name === name)
      const listens = surroundingsOf(container ?? { name })['KILN_METRICS_LISTEN']
      const open = new Map(container?.ports?.map((port) => [port.name, port.containerPort]))
      expect([name, listens]).toEqual([name, `0.0.0.0:${open.get('metrics')}`])
      const probes = [container?.startupProbe, container?.livenessProbe, container?.readinessProbe]
      expect(probes.map((probe) => probe?.httpGet.path)).toEqual([
        '/healthz',
        '/healthz',
        '/readyz',
      ])
      for (const probe of probes) expect([...open.keys()]).toContain(probe?.httpGet.port)
    }
  })

  it('reaches Temporal as it is told to, also before anything else starts', async ({ skip }) => {
    if (helm === undefined) skip('helm could not be built')
    const told = async (values: readonly string[]) => {
      const containers = podsOf(await render(values)).flatMap(({ pod }) => pod.containers)
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
    if (helm === undefined) skip('helm could not be built')
    for (const { kind, pod } of podsOf(await render(everything))) {
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

  it('holds no secret, and keeps one worker when nodes are drained', async ({ skip }) => {
    if (helm === undefined) skip('helm could not be built')
    const kinds = manifestsOf(await render(everything)).map(({ kind }) => kind)
    expect(kinds).not.toContain('Secret')
    expect(kinds).toEqual(expect.arrayContaining(['PodDisruptionBudget', 'NetworkPolicy']))
  })
})
