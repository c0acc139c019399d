import { globSync } from 'node:fs'
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

/** What a page has people type, each line in words: `['env', 'start', 'hello:1.0']`. */
function readLines(text: string): readonly (readonly string[])[] {
  const spans = text.matchAll(/(?:`|^ *)(?:npx )?kiln ([^`\n#]+)/gm)
  return [...spans].map(([, line = '']) => line.split(/[\s[\]]+/))
}

/** @returns what of a line no command takes. */
function findUnknown(words: readonly string[]): readonly string[] {
  const own = words.indexOf('--')
  const left = words.slice(0, own < 0 ? words.length : own)
  const taken = new Set<string>()
  let command = program
  for (let at: Command | undefined = command; at !== undefined;) {
    command = at
    for (const { long, short } of at.options) taken.add(long ?? '').add(short ?? '')
    const name = left.find((word) => !word.startsWith('-') && !isLanguage(word)) ?? ''
    at = command.commands.find((one) => one.name() === name || one.aliases().includes(name))
    if (at !== undefined) left.splice(left.indexOf(name), 1)
  }
  const options = left.filter((word) => /^--?[a-z]/.test(word)).map(bare)
  return [
    ...(command === program ? left.slice(0, 1) : []),
    ...options.filter((option) => !taken.has(option)),
  ]
}

/** The value of `--lang`, the one option that stands before a command. */
const isLanguage = (word: string) => word === 'zh' || word === 'en'

const bare = (option: string) => option.replace(/[=.,:;…].*$/, '')

it.each(globSync(['*.md', 'docs/**/*.md']))(
  '%s has nobody type what there is not',
  async (page) => {
    const lines = readLines(await readFile(page, 'utf8')).filter(
      ([first = '']) => /^[a-z-]+$/.test(first) && first !== 'help',
    )
    for (const words of lines) expect([words, findUnknown(words)]).toEqual([words, []])
  },
)

it.each(['docs/cli.md', 'docs/zh-CN/cli.md'])(
  '%s names no option that no command takes',
  async (page) => {
    const taken = new Set(optionsOf(program))
    // Followed by `=` it is of a Dockerfile.
    const named = (await readFile(page, 'utf8')).match(/(?<![\w-])--[a-z][a-z-]*\b(?!-|=)/g) ?? []
    expect(named.filter((option) => !taken.has(option))).toEqual([])
  },
)

function optionsOf({ options, commands }: Command): readonly string[] {
  return [...options.map(({ long }) => long ?? ''), ...commands.flatMap(optionsOf)]
}
