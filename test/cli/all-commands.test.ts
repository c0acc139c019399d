import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CliDeps } from '../../cli/cli-deps.ts'
import { readConfig } from '../../cli/config.ts'
import type { Language } from '../../cli/language.ts'
import { createProgram } from '../../cli/program.ts'
import { runCli } from '../../cli/run-cli.ts'
import { createRunner } from '../../cli/runner.ts'
import { startServerAlone, type ServerAlone } from '../server-alone.ts'

const depsFor = (server: string, home: string, language: Language = 'en') => {
  const [out, err] = [new PassThrough(), new PassThrough()]
  const deps: CliDeps = {
    config: readConfig({ HOME: home, KILN_SERVER: server, LANG: 'C' }),
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

/** Every command that does something, with what it takes. */
function leaves(command: Command, path: readonly string[] = []): readonly (readonly string[])[] {
  const below = command.commands.filter((one) => !['help', 'complete'].includes(one.name()))
  if (below.length > 0) return below.flatMap((one) => leaves(one, [...path, one.name()]))
  const required = command.registeredArguments.filter((one) => one.required)
  const options = command.options
    .filter((one) => one.mandatory)
    .flatMap((one) => [one.long ?? '', 'x:1'])
  return [[...path, ...required.map((one) => one.argChoices?.[0] ?? '1'), ...options]]
}

const program = createProgram(createRunner(depsFor('http://127.0.0.1:1', '/').deps), '0')
const commands = leaves(program).filter(([first]) => first !== 'completion')

describe('every command', () => {
  let server: ServerAlone
  let home: string
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'kiln-cli-'))
    server = await startServerAlone({ KILN_REGISTRY_URL: 'http://127.0.0.1:1' })
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await rm(home, { recursive: true, force: true })
  })

  const run = async (args: readonly string[], url = server.url.href) => {
    const { deps, out, err } = depsFor(url, home)
    const code = await runCli(args, deps, '0')
    out.end()
    err.end()
    return { code, stdout: await text(out), stderr: await text(err) }
  }

  it.each(commands.map((args) => [args.join(' '), args] as const))(
    '`kiln %s --json` answers documents and nothing else, whether it goes well or not',
    async (_, args) => {
      const project = ['--project', 'default']
      for (const url of [server.url.href, 'http://127.0.0.1:1']) {
        const { code, stdout } = await run([...args, ...project, '--json'], url)
        const lines = stdout.trimEnd()
        if (lines === '') {
          // Nothing was to be told of, as of a log that is empty.
          expect([args, code]).toEqual([args, 0])
          continue
        }
        const documents = isJson(lines) ? [lines] : lines.split('\n')
        for (const document of documents)
          expect([args, document, isJson(document)]).toEqual([args, document, true])
        if (code !== 0 && args[0] !== 'doctor' && args[0] !== 'harbor')
          expect(JSON.parse(documents.at(-1) ?? '')).toHaveProperty('error')
      }
    },
  )

  it('says in JSON, too, that a command line is wrong', async () => {
    for (const args of [['nonsense'], ['rollback'], ['images', 'ls', '--limit', 'many']]) {
      const { code, stdout } = await run([...args, '--json'])
      expect([code, JSON.parse(stdout)]).toMatchObject([2, { error: { code: 'usage' } }])
    }
  })

  it.each(['en', 'zh'] as const)(
    'tells in %s what it is for, and each of its options',
    (language) => {
      const look = (command: Command): void => {
        expect([command.name(), command.description()]).not.toEqual([command.name(), ''])
        for (const { flags, description } of command.options)
          expect([command.name(), flags, description !== '']).toEqual([command.name(), flags, true])
        for (const argument of command.registeredArguments)
          expect([command.name(), argument.description]).not.toEqual([command.name(), ''])
        for (const one of command.commands)
          if (!['complete', 'help', 'completion'].includes(one.name())) look(one)
      }
      look(createProgram(createRunner(depsFor('http://127.0.0.1:1', '/', language).deps), '0'))
    },
  )
})

function isJson(document: string): boolean {
  try {
    JSON.parse(document)
    return true
  } catch {
    return false
  }
}
