import type { Visibility } from '#contract/visibility.ts'
import type { Submission } from '../../../client/builds.ts'

/** An environment is saved from its own page, where what would be in the image is seen before. */
export const buildSources = ['dockerfile', 'packages', 'environment'] as const
export type BuildSource = (typeof buildSources)[number]

/** Files for COPY that have been sent. Sizes in bytes. */
export interface SentContext {
  readonly digest: string
  readonly files: number
  readonly bytes: number
}

/** A secret of the project by the id under which the Dockerfile mounts it. */
export interface SecretMount {
  readonly id: string
  readonly secret: string
}

export interface OptionFields {
  target: string
  platform: string
  /** Lines of NAME=value, as labels are. */
  buildArgs: string
  labels: string
  noCache: boolean
  network: 'proxy' | 'open' | 'none'
  /** As `8GiB`. */
  memory: string
  cpus: string
  buildMinutes: string
  compression: '' | 'zstd' | 'gzip' | 'estargz' | 'uncompressed'
  cacheImport: boolean
  cacheExport: 'off' | 'min' | 'max'
  reproducible: boolean
  secrets: readonly SecretMount[]
}

/** A build as a person fills it in: everything is text until it is sent. */
export interface BuildForm {
  source: BuildSource
  project: string
  name: string
  description: string
  /** Of an image that is new. */
  visibility: Visibility
  dockerfile: string
  /** Of packages: what they are put on. */
  baseImage: string
  /** Packages one a line. */
  apt: string
  pip: string
  conda: string
  channels: string
  /** Texts of files. */
  requirements: string
  environment: string
  pyproject: string
  lock: string
  context: SentContext | undefined
  options: OptionFields
  /** What a build that is cloned had besides, which the form does not show. */
  kept: Partial<Submission>
}

const exampleDockerfile = `FROM ubuntu22-cuda:12.0

RUN apt-get update \\
 && apt-get install -y --no-install-recommends git \\
 && rm -rf /var/lib/apt/lists/*
`

export function emptyOptions(): OptionFields {
  return {
    target: '',
    platform: '',
    buildArgs: '',
    labels: '',
    noCache: false,
    network: 'proxy',
    memory: '',
    cpus: '',
    buildMinutes: '',
    compression: '',
    cacheImport: false,
    cacheExport: 'off',
    reproducible: false,
    secrets: [],
  }
}

export function emptyForm(project: string): BuildForm {
  return {
    source: 'dockerfile',
    project,
    name: '',
    description: '',
    visibility: 'project',
    dockerfile: exampleDockerfile,
    baseImage: '',
    apt: '',
    pip: '',
    conda: '',
    channels: '',
    requirements: '',
    environment: '',
    pyproject: '',
    lock: '',
    context: undefined,
    options: emptyOptions(),
    kept: {},
  }
}
