import { type Command, type CommandOptions, InvalidArgumentError, Option } from 'commander'
import type { Language } from './language.ts'
import { createSay, type Text } from './language.ts'
import { help } from './texts/help.ts'

export interface PageOptions {
  readonly limit?: number
  readonly cursor?: string
  readonly all?: boolean
}

const maxLimit = 200

/** A whole number from 1 on. @throws InvalidArgumentError */
export function positive(text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new InvalidArgumentError('expected a whole number from 1 on')
}

/** A whole number from 0 on. @throws InvalidArgumentError */
export function nonNegative(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('expected a whole number from 0 on')
}

function readLimit(text: string): number {
  const value = positive(text)
  if (value <= maxLimit) return value
  throw new InvalidArgumentError(`at most ${maxLimit}`)
}

/** Gathers an option that may be given several times. */
export const gather = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  text,
]

/** The options of a list. */
export function withPaging(command: Command, language: Language): Command {
  const say = createSay(language)
  return command
    .option('--limit <n>', say(help.limit), readLimit)
    .option('--cursor <cursor>', say(help.cursor))
    .addOption(new Option('--all', say(help.all)).conflicts('cursor'))
}

/** A command with its description. */
export function commandOf(
  parent: Command,
  name: string,
  about: Text,
  language: Language,
  options: CommandOptions = {},
): Command {
  return parent.command(name, options).description(createSay(language)(about))
}
