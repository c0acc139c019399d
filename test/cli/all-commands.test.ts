import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProgram } from '../../cli/program.ts'
import { createRunner } from '../../cli/runner.ts'
import { startServerAlone, type ServerAlone } from '../server-alone.ts'
import { createCliDeps, runInProcess } from './kit/in-process.ts'
import { createKiln } from './kit/kiln.ts'

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

const nowhere = 'http://127.0.0.1:1'
const program = createProgram(createRunner(createCliDeps({ server: nowhere, home: '/' }).deps), '0')
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

  const run = async (args: readonly string[], url = server.url.href) =>
    runInProcess(args, { server: url, home })

  it.each(commands.map((args) => [args.join(' '), args] as const))(
    '`kiln %s --json` answers documents and nothing else, whether it goes well or not',
    async (_, args) => {
      const project = ['--project', 'default']
      for (const url of [server.url.href, nowhere]) {
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

  it.each(['en', 'zh'] as const)(
    'has a doctor that tells in %s what a farm lacks, and what to do',
    async (language) => {
      const { stdout, code } = await runInProcess(['doctor', '--json'], {
        server: server.url.href,
        home,
        language,
      })
      const { findings } = JSON.parse(stdout) as {
        findings: readonly { what: string; state: string; advice: string }[]
      }
      const temporal = findings.find(({ what }) => what === 'Temporal')
      expect(temporal).toMatchObject({
        state: 'fail',
        advice: expect.stringContaining('KILN_TEMPORAL_ADDRESS'),
      })
      const well = findings.filter(({ state }) => state === 'ok').map(({ what }) => what)
      expect(well).toEqual(
        language === 'en'
          ? ['server', 'ready', 'token', 'version', 'clock']
          : ['服务器', '就绪', '令牌', '版本', '时钟'],
      )
      for (const { state, advice } of findings)
        expect([state, advice === '']).not.toEqual(['fail', true])
      expect(code).toBe(3)
    },
  )

  it('completes the names of commands and of what is below them', async () => {
    const kiln = createKiln({ HOME: home })
    const below = new Map<string, readonly string[]>([
      ['', program.commands.map((one) => one.name())],
      ['webhooks', ['ls', 'create', 'set', 'rotate', 'test', 'rm', 'deliveries', 'replay']],
    ])
    for (const [command, names] of below) {
      const words = command === '' ? [''] : [command, '']
      const { stdout } = await kiln.run(['complete', '--', ...words])
      const offered = stdout.split('\n').map((line) => line.split('\t')[0])
      expect(offered).toEqual(expect.arrayContaining(names.filter((name) => name !== 'complete')))
    }
  })

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
      look(
        createProgram(
          createRunner(createCliDeps({ server: nowhere, home: '/', language }).deps),
          '0',
        ),
      )
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
