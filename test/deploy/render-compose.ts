import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { run } from '../../process/run.ts'
import type { Surroundings } from './check-surroundings.ts'

/** A service as it is rendered. */
export interface ComposeService {
  readonly image: string
  readonly profiles?: readonly string[]
  /** `null`: as the person’s own surroundings have it, or not at all. */
  readonly environment?: Readonly<Record<string, string | null>>
  /** Whose keys are the names. */
  readonly networks?: Readonly<Record<string, unknown>>
  readonly privileged?: boolean
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
  readonly cap_add?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly mem_limit?: string
  readonly env_file?: readonly { readonly path: string; readonly required: boolean }[]
  readonly command?: readonly string[]
  readonly volumes?: readonly { readonly type: string; readonly target: string }[]
  readonly healthcheck?: { readonly test: readonly string[] }
}

/** A whole file as it is rendered. */
export interface ComposeProject {
  readonly configs: Readonly<Record<string, { readonly content: string }>>
  readonly services: Readonly<Record<string, ComposeService>>
}

/** What a person fills into `deploy/compose/env.example`. */
export const filledIn = {
  KILN_API_TOKEN: 'an-api-token-for-a-rendered-file',
  POSTGRES_PASSWORD: 'postgres-password',
  TEMPORAL_POSTGRES_PASSWORD: 'temporal-password',
  KILN_REGISTRY_PASSWORD: 'registry-password',
}

/**
 * `deploy/compose.yaml` as Docker Compose reads it. The reader's own program hands a file variables only where another one
 * includes it. @param tool path of that program.
 */
export async function renderCompose(
  tool: string,
  variables: Surroundings,
): Promise<ComposeProject> {
  const folder = await mkdtemp(join(tmpdir(), 'kiln-compose-'))
  try {
    const file = join(folder, 'including.yaml')
    const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`)
    await writeFile(join(folder, 'variables'), lines.join(''))
    const include = [{ path: resolve('deploy/compose.yaml'), env_file: join(folder, 'variables') }]
    await writeFile(file, JSON.stringify({ name: 'kiln', include }))
    const { stdout } = await run(tool, ['--format', 'json', file], {
      environment: { PATH: process.env['PATH'] },
      limitMs: 30_000,
      maxOutput: 1024 ** 2,
    })
    return JSON.parse(stdout) as ComposeProject
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
