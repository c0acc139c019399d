import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import { run } from '../../process/run.ts'
import { findTool } from '../find-tool.ts'
import type { ProcessName, Surroundings } from './check-surroundings.ts'

interface Variable {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: {
    readonly secretKeyRef?: {
      readonly name: string
      readonly key: string
      readonly optional?: boolean
    }
  }
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string }
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

interface PodSpec {
  readonly containers: readonly Container[]
  readonly volumes?: readonly {
    readonly secret?: {
      readonly secretName: string
      readonly items?: readonly { readonly key: string }[]
    }
  }[]
  readonly securityContext?: Readonly<Record<string, unknown>>
}

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec?: {
    /** Of an Ingress. */
    readonly tls?: readonly { readonly hosts: readonly string[]; readonly secretName: string }[]
    readonly rules?: readonly { readonly host: string }[]
    readonly template?: {
      readonly metadata?: { readonly labels?: Readonly<Record<string, string>> }
      readonly spec: PodSpec
    }
    /** Of a NetworkPolicy. */
    readonly ingress?: readonly {
      readonly ports: readonly { readonly port: string }[]
      readonly from: readonly unknown[]
    }[]
  }
}

export const chartFolder = 'deploy/helm/kiln'
export const timeout = 400_000
/** Without these there is no farm; all else is as the chart has it. */
export const required = [
  'temporal.address=temporal:7233',
  'registry.url=https://harbor.example.com',
]
/** What people reach the console and the API by. */
export const ingress = [
  ...required,
  'ingress.enabled=true',
  'ingress.host=kiln.example.com',
  'ingress.tlsSecret=kiln-tls',
]
/** Everything that can be turned on. */
export const everything = [
  ...ingress,
  'temporal.uiUrl=https://temporal.example.com',
  'temporal.tls.enabled=true',
  'temporal.tls.serverName=temporal.example.com',
  'secrets.temporalAuthority=kiln-temporal-authority',
  'secrets.temporalClient=kiln-temporal-client',
  'secrets.temporalApiKey=kiln-temporal-key',
  'tracesUrl=http://collector:4318/v1/traces',
  'secrets.registryAuthority=kiln-registry-authority',
  'secrets.nodes=kiln-nodes',
  'nodes.names[0]=farm.example.com',
  'nodes.serviceType=LoadBalancer',
  'agent.gpus.enabled=true',
  'agent.volumes[0].name=datasets',
  'agent.volumes[0].path=/mnt/datasets',
  'agent.volumes[1].name=scratch',
  'agent.volumes[1].path=/mnt/scratch',
  'agent.volumes[1].mode=projects',
  'ingress.environmentsHost=environments.example.com',
  'ingress.environmentsTlsSecret=kiln-environments-tls',
  'server.env.KILN_LOG_DAYS=60',
  'networkPolicy.ingressFrom[0].namespaceSelector.matchLabels.name=ingress',
  'networkPolicy.apiFrom[0].namespaceSelector.matchLabels.name=ci',
  'networkPolicy.nodesFrom[0].ipBlock.cidr=192.0.2.0/24',
  'networkPolicy.metricsFrom[0].namespaceSelector.matchLabels.name=monitoring',
]
export const set = (values: readonly string[]) => values.flatMap((value) => ['--set', value])

/** As a pod would be told: a secret stands for itself, and an optional one is not there. */
export function surroundingsOf({ env = [] }: Container): Surroundings {
  return Object.fromEntries(
    env.map(({ name, value, valueFrom }) => [
      name,
      valueFrom?.secretKeyRef?.optional === true ? undefined : (value ?? `what ${name} is to be`),
    ]),
  )
}

export const manifestsOf = (text: string): readonly Manifest[] =>
  parseAllDocuments(text).map((document) => document.toJS() as Manifest)

export const podsOf = (text: string) =>
  manifestsOf(text).flatMap(({ kind, spec }) =>
    spec?.template === undefined
      ? []
      : [{ kind, pod: spec.template.spec, labels: spec.template.metadata?.labels ?? {} }],
  )

export function containerOf(text: string, name: ProcessName): Container {
  const containers = podsOf(text).flatMap(({ pod }) => pod.containers)
  const found = containers.find((one) => one.name === name)
  if (found === undefined) throw new Error(`no container ${name}`)
  return found
}

export interface Chart extends AsyncDisposable {
  /** Helm cannot be built here: nothing can be asked. */
  readonly isAbsent: boolean
  /** A folder of the test's own. */
  readonly folder: string
  ask(args: readonly string[]): ReturnType<typeof run>
  /** @param values as `path=value`. @throws with what helm says where it takes them not. */
  render(values: readonly string[]): Promise<string>
  /** What helm says once the chart is installed. */
  readNotes(values: readonly string[]): Promise<string>
}

// Built from source, helm takes itself for one of a Kubernetes long ago.
const into = ['--namespace', 'kiln', '--kube-version', '1.30.0']
const template = (folder: string, values: readonly string[]) => [
  'template',
  'farm',
  folder,
  ...into,
  ...set(values),
]

/** The chart as helm reads it. */
export async function openChart(): Promise<Chart> {
  const helm = await findTool('helm', 'helm')
  const folder = await mkdtemp(join(tmpdir(), 'kiln-helm-'))
  const ask = async (args: readonly string[]) =>
    run(helm ?? '', args, {
      environment: { PATH: process.env['PATH'], HOME: folder },
      limitMs: 60_000,
      maxOutput: 1024 ** 2,
    })
  return {
    isAbsent: helm === undefined,
    folder,
    ask,
    render: async (values) => (await ask(template(chartFolder, values))).stdout,
    readNotes: async (values) => {
      // Helm renders notes for nothing but an installation: here they are a manifest of a copy.
      const copy = join(folder, 'copy')
      await cp(chartFolder, copy, { recursive: true })
      const notes = await readFile(join(copy, 'templates/NOTES.txt'), 'utf8')
      const shown = `{{- define "notes" -}}\n${notes}{{- end }}\nnotes: {{ include "notes" . | toJson }}\n`
      await writeFile(join(copy, 'templates/notes.yaml'), shown)
      const args = [...template(copy, values), '--show-only', 'templates/notes.yaml']
      return (parse((await ask(args)).stdout) as { notes: string }).notes
    },
    [Symbol.asyncDispose]: async () => rm(folder, { recursive: true, force: true }),
  }
}
