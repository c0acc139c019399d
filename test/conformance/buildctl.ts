import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { readSettings } from '../../embedded/config.ts'
import { ProcessError, run } from '../../process/run.ts'
import { locate } from '../../embedded/resolve/locate.ts'
import type { Registry } from './pull-image.ts'

const limitMs = 600_000
/** The daemon looks for it beside the Dockerfile. */
const ignoreFile = 'Dockerfile.dockerignore'

export interface BuildctlRequest {
  readonly dockerfile: string
  /** Folder that holds the files for COPY and ADD. */
  readonly context: string
  /** Where to push, with the host. */
  readonly image: string
  /** Flags of `buildctl build` besides. */
  readonly flags: readonly string[]
  /** Of the exporter, besides those that make it push. */
  readonly exporter?: Readonly<Record<string, string>>
}

export type BuildctlAnswer =
  | { readonly digest: string }
  /** `line` is what buildctl itself points at, where it does. */
  | { readonly error: string; readonly line: number | undefined }

export interface Buildctl extends AsyncDisposable {
  build(request: BuildctlRequest): Promise<BuildctlAnswer>
  /** Has a Dockerfile read without running any of it. @returns why it is refused; `undefined` when it is not. */
  outline(dockerfile: string): Promise<string | undefined>
}

const metadata = z.object({ 'containerimage.digest': z.string() })

/** BuildKit's own client, on the daemon on which Kiln builds: the other side of every comparison. */
export async function createBuildctl(address: string, registry: Registry): Promise<Buildctl> {
  const found = await locate('buildkit', readSettings().resolve)
  const program = found?.binaries['buildctl']
  if (program === undefined) throw new Error('buildctl is not there: start a farm first')
  const home = await mkdtemp(join(tmpdir(), 'kiln-buildctl-'))
  const { host } = new URL(registry.url)
  const auth = btoa(`${registry.username}:${registry.password}`)
  await writeFile(join(home, 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }))
  const build = async (request: BuildctlRequest): Promise<BuildctlAnswer> => {
    const folder = await mkdtemp(join(home, 'build-'))
    await writeFile(join(folder, 'Dockerfile'), request.dockerfile)
    await cp(join(request.context, ignoreFile), join(folder, ignoreFile)).catch(() => undefined)
    const answer = join(folder, 'metadata.json')
    const flags = {
      progress: 'plain',
      frontend: 'dockerfile.v0',
      local: [`dockerfile=${folder}`, `context=${request.context}`],
      output: toAttributes({
        type: 'image',
        name: request.image,
        push: 'true',
        'registry.insecure': 'true',
        ...request.exporter,
      }),
      'metadata-file': answer,
    }
    const args = ['--addr', address, 'build', ...toArguments(flags), ...request.flags]
    try {
      await run(program, args, { limitMs, environment: { ...process.env, DOCKER_CONFIG: home } })
      const text = await readFile(answer, 'utf8')
      return { digest: metadata.parse(JSON.parse(text))['containerimage.digest'] }
    } catch (error) {
      if (!(error instanceof ProcessError) || error.exitCode === null) throw error
      const line = /^Dockerfile:(\d+)$/m.exec(error.output)?.[1]
      return { error: error.output, line: line === undefined ? undefined : Number(line) }
    }
  }
  const outline = async (dockerfile: string) => {
    const folder = await mkdtemp(join(home, 'outline-'))
    await writeFile(join(folder, 'Dockerfile'), dockerfile)
    const flags = toArguments({
      progress: 'plain',
      frontend: 'dockerfile.v0',
      local: [`dockerfile=${folder}`, `context=${folder}`],
      opt: ['requestid=frontend.outline', 'cmdline=buildctl'],
    })
    try {
      await run(program, ['--addr', address, 'build', ...flags], { limitMs })
      return undefined
    } catch (error) {
      if (!(error instanceof ProcessError) || error.exitCode === null) throw error
      return error.output
    }
  }
  return {
    build,
    outline,
    [Symbol.asyncDispose]: async () => rm(home, { recursive: true, force: true }),
  }
}

/** Each value as `--name value`; a list gives the flag several times. */
export function toArguments(
  flags: Readonly<Record<string, string | readonly string[]>>,
): readonly string[] {
  return Object.entries(flags).flatMap(([name, values]) =>
    [values].flat().flatMap((value) => [`--${name}`, value]),
  )
}

function toAttributes(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes)
    .map((pair) => pair.join('='))
    .join(',')
}
