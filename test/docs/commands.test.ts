import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { expect, it } from 'vitest'
import { createProgram } from '../../cli/program.ts'
import { createRunner } from '../../cli/runner.ts'
import { createCliDeps } from '../cli/kit/in-process.ts'

const { deps } = createCliDeps({ server: 'http://127.0.0.1:1', home: '/' })
const program = createProgram(createRunner(deps), '0')

const isHidden = (name: string) => ['help', 'complete', 'exit-codes'].includes(name)

/** `build`, `images`, `images ls`, …: a command, and what stands directly below it. */
const known = program.commands
  .filter((command) => !isHidden(command.name()))
  .flatMap((command) => [command.name(), ...below(command)])

function below(command: Command): readonly string[] {
  const names = command.commands.map((one) => one.name()).filter((name) => !isHidden(name))
  // The shells, which `completion` takes as an argument.
  const choices = command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices)
  return [...names, ...choices].map((name) => `${command.name()} ${name}`)
}

/** What a page names by `kiln COMMAND` and `kiln COMMAND [one\|another]`. */
function readCommands(text: string): readonly string[] {
  const spans = [...text.matchAll(/`([^`\n]+)`|^(kiln [^\n]*)/gm)].map(
    ([, code, line]) => code ?? line ?? '',
  )
  return spans.flatMap((span) => {
    const [, name, list] = /^kiln ([a-z-]+)(?: \[([a-z\\|]+)\])?/.exec(span) ?? []
    if (name === undefined || name === 'help') return []
    const subs = list === undefined ? [] : list.split('\\|').map((sub) => `${name} ${sub}`)
    return [name, ...subs]
  })
}

it.each(['docs/cli.md', 'docs/zh-CN/cli.md'])(
  '%s names the commands that there are',
  async (page) => {
    const named = new Set(readCommands(await readFile(page, 'utf8')))
    expect([...named].toSorted()).toEqual([...new Set(known)].toSorted())
  },
)

it.each(['docs/cli.md', 'docs/zh-CN/cli.md'])(
  '%s names no option that no command takes',
  async (page) => {
    const taken = new Set(optionsOf(program))
    const text = await readFile(page, 'utf8')
    // Followed by `=` it is of a Dockerfile.
    const named = text.match(/(?<![\w-])--[a-z][a-z-]*\b(?!-|=)/g) ?? []
    expect(named.filter((option) => !taken.has(option))).toEqual([])
  },
)

function optionsOf({ options, commands }: Command): readonly string[] {
  return [...options.map(({ long }) => long ?? ''), ...commands.flatMap(optionsOf)]
}
