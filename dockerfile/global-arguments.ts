import type { BuildPlatforms } from '#contract/platform.ts'
import type { Dockerfile } from 'dockerfile-ast'
import { expand, type Values } from './expand.ts'
import { platformArguments } from './platform-arguments.ts'

/** With what a Dockerfile is built, as far as FROM depends on it. */
export interface BuildInputs {
  /** Build arguments. */
  readonly args: Readonly<Record<string, string>>
  /** Name of the stage to build; the last one when absent. */
  readonly target?: string | undefined
  readonly platforms: BuildPlatforms
}

/**
 * The arguments with which FROM may be written: those that the frontend sets, and those declared before the first FROM.
 * Given ones win over defaults; one that is given and not declared does not exist for FROM.
 */
export function globalArguments(file: Dockerfile, inputs: BuildInputs): Values {
  const { args, target, platforms } = inputs
  const stage = target ?? file.getFROMs().at(-1)?.getBuildStage()?.toLowerCase() ?? 'default'
  const values = new Map([...platformArguments(platforms), ['TARGETSTAGE', stage]])
  const escape = file.getEscapeCharacter()
  const givenTo = (name: string) => (Object.hasOwn(args, name) ? args[name] : undefined)
  for (const name of values.keys()) values.set(name, givenTo(name) ?? values.get(name) ?? '')
  for (const declared of file.getInitialARGs().flatMap((arg) => arg.getPropertyArguments())) {
    const [, name = '', text] = /^([^=]*)(?:=(.*))?$/s.exec(declared.getValue()) ?? []
    const value = givenTo(name) ?? (text === undefined ? undefined : expand(text, values, escape))
    if (value !== undefined) values.set(name, value)
  }
  return values
}
