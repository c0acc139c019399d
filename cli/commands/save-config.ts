import { type Command, InvalidArgumentError } from 'commander'
import { parseAssignments } from '../build/parse-options.ts'
import { gather } from '../command-of.ts'
import type { Say } from '../language.ts'
import { saveTexts } from '../texts/save.ts'

/** What of the configuration of a saved image is to be other than its parent's. */
export interface ConfigOptions {
  readonly entrypoint?: readonly string[]
  readonly cmd?: readonly string[]
  readonly user?: string
  readonly workdir?: string
  readonly env?: readonly string[]
  readonly unsetEnv?: readonly string[]
  readonly label?: readonly string[]
  readonly unsetLabel?: readonly string[]
}

export function withConfigOptions(command: Command, say: Say): Command {
  return command
    .option('--entrypoint <words>', say(saveTexts.entrypoint), words)
    .option('--cmd <words>', say(saveTexts.cmd), words)
    .option('--user <name>', say(saveTexts.user))
    .option('--workdir <path>', say(saveTexts.workdir))
    .option('--env <name=value>', say(saveTexts.env), gather)
    .option('--unset-env <name>', say(saveTexts.unsetEnv), gather)
    .option('--label <name=value>', say(saveTexts.label), gather)
    .option('--unset-label <name>', say(saveTexts.unsetLabel), gather)
}

/** As a Dockerfile has it: a JSON list of words, or a line for the shell; nothing for none. */
function words(text: string): string[] {
  if (text.trim() === '') return []
  if (!text.trimStart().startsWith('[')) return ['/bin/sh', '-c', text]
  try {
    const read: unknown = JSON.parse(text)
    if (Array.isArray(read) && read.every((word) => typeof word === 'string')) return read
  } catch {
    // Said below.
  }
  throw new InvalidArgumentError('expected a JSON list of strings, or a line for the shell')
}

/** As the API takes them; `undefined` when all is to be as the parent has it. @throws CommandError */
export function readConfigOptions(
  { entrypoint, cmd, user, workdir, env = [], label = [], ...taken }: ConfigOptions,
  variable: (name: string) => string | undefined,
) {
  const { unsetEnv = [], unsetLabel = [] } = taken
  const config = {
    ...(entrypoint !== undefined && { entrypoint: [...entrypoint] }),
    ...(cmd !== undefined && { cmd: [...cmd] }),
    ...(user !== undefined && { user }),
    ...(workdir !== undefined && { workdir }),
    ...named('env', parseAssignments('--env', env, variable), unsetEnv),
    ...named(
      'labels',
      parseAssignments('--label', label, () => ''),
      unsetLabel,
    ),
  }
  return Object.keys(config).length === 0 ? undefined : config
}

function named(kind: 'env' | 'labels', set: Record<string, string>, unset: readonly string[]) {
  const all = { ...Object.fromEntries(unset.map((name) => [name, null])), ...set }
  return Object.keys(all).length === 0 ? {} : { [kind]: all }
}
