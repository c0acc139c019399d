import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { CliDeps } from '../../../cli/cli-deps.ts'
import { readConfig } from '../../../cli/config.ts'
import type { Language } from '../../../cli/language.ts'
import { runCli } from '../../../cli/run-cli.ts'
import type { Ran } from './kiln.ts'

export interface Surroundings {
  readonly server: string
  readonly home: string
  readonly language?: Language
  /** Variables besides. */
  readonly more?: Readonly<Record<string, string>>
}

/** What a command line has where nobody sits in front of it. */
export function createCliDeps({ server, home, language = 'en', more = {} }: Surroundings) {
  const [out, err] = [new PassThrough(), new PassThrough()]
  const deps: CliDeps = {
    config: readConfig({ HOME: home, KILN_SERVER: server, LANG: 'C', ...more }),
    language,
    streams: { input: Readable.from([]), out, err },
    fetch,
    openSocket: (url, headers) => new WebSocket(url, { headers }),
    now: Date.now,
    random: () => 0,
    sleep: async () => undefined,
    onInterrupt: () => ({ [Symbol.dispose]: () => undefined }),
  }
  return { deps, out, err }
}

/** Runs one command line to its end in this process, which starts in no time. */
export async function runInProcess(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<Ran> {
  const { deps, out, err } = createCliDeps(surroundings)
  const code = await runCli(args, deps, '0')
  out.end()
  err.end()
  return { code, stdout: await text(out), stderr: await text(err) }
}
