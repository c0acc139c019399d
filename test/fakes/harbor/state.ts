/** What a fake Harbor holds. Times are ISO texts; ids are counted through. */
export interface HarborState {
  /** As `systeminfo` tells it. */
  version: string
  readOnly: boolean
  /** What the scanner finds next, and whether it is there, hangs or fails. */
  scanner: 'works' | 'absent' | 'hangs' | 'fails'
  findings: readonly Finding[]
  /** Seconds that a registry token lives. */
  tokenSeconds: number
  readonly users: Map<string, string>
  readonly projects: Map<number, Project>
  readonly robots: Map<number, Robot>
  readonly uploads: Map<string, Upload>
  readonly nextId: () => number
}

export interface Finding {
  readonly id: string
  readonly package: string
  readonly version: string
  readonly fix_version: string
  readonly severity: string
}

export interface Project {
  readonly id: number
  readonly name: string
  readonly metadata: Record<string, string>
  readonly repositories: Map<string, Repository>
  /** Counted once a project, by digest. */
  readonly blobs: Map<string, Buffer>
  hard: number
  readonly quotaId: number
  readonly immutable: ImmutableRule[]
  readonly webhooks: Map<number, Record<string, unknown>>
  retention: Retention | undefined
}

export interface ImmutableRule {
  readonly id: number
  readonly template: string
  readonly tags: string
  readonly repositories: string
}

export interface Retention {
  readonly id: number
  readonly rules: readonly Record<string, unknown>[]
  readonly executions: { readonly id: number; readonly dryRun: boolean }[]
}

export interface Repository {
  readonly artifacts: Map<string, Artifact>
  readonly tags: Map<string, string>
}

export interface Artifact {
  readonly id: number
  readonly digest: string
  readonly mediaType: string
  readonly bytes: Buffer
  readonly pushed: string
  readonly artifactType: string | undefined
  readonly subject: string | undefined
  scan: { status: string; readonly report: string; findings: readonly Finding[] } | undefined
}

export interface Robot {
  readonly id: number
  /** With the prefix and, for one of a project, the project. */
  readonly name: string
  readonly level: string
  readonly description: string
  readonly grants: readonly Grants[]
  readonly projectId: number | undefined
  readonly expires: number
  secret: string
  disable: boolean
  readonly created: string
}

export interface Grants {
  readonly kind: string
  readonly namespace: string
  readonly access: readonly { readonly resource: string; readonly action: string }[]
}

export interface Upload {
  readonly project: Project
  readonly repository: string
  readonly chunks: Buffer[]
}

export function createState(admin: {
  readonly name: string
  readonly password: string
}): HarborState {
  let last = 0
  return {
    version: 'v2.15.2-f4b1c2d3',
    readOnly: false,
    scanner: 'works',
    findings: [],
    tokenSeconds: 1800,
    users: new Map([[admin.name, admin.password]]),
    projects: new Map(),
    robots: new Map(),
    uploads: new Map(),
    nextId: () => (last += 1),
  }
}

export function findProject(state: HarborState, nameOrId: string): Project | undefined {
  const projects = [...state.projects.values()]
  return projects.find(({ name }) => name === nameOrId) ?? state.projects.get(Number(nameOrId))
}

/** Manifest, config and layers of everything in the project, each blob once. */
export function usedBytes({ blobs, repositories }: Project): number {
  const manifests = [...repositories.values()].flatMap(({ artifacts }) => [...artifacts.values()])
  const all = [...blobs.values(), ...manifests.map(({ bytes }) => bytes)]
  return all.reduce((sum, { length }) => sum + length, 0)
}

/** Patterns of Harbor's rules as far as the tests use them: `**`, `*`, `[0-9]`, `{one,other}` and plain text. */
export function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replaceAll(/[.+^$()|\\]/g, String.raw`\$&`)
    .replaceAll(/\{([^}]*)\}/g, (_, names: string) => `(?:${names.replaceAll(',', '|')})`)
    .replaceAll(/\*+/g, (stars) => (stars.length > 1 ? '.*' : '[^/]*'))
  return new RegExp(`^${source}$`).test(text)
}

export function isImmutable({ immutable }: Project, repository: string, tag: string): boolean {
  return immutable.some(
    (rule) =>
      rule.template === 'immutable_template' &&
      matches(rule.repositories, repository) &&
      matches(rule.tags, tag),
  )
}
