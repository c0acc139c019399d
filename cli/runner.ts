import { Command } from 'commander'
import type { CliDeps } from './cli-deps.ts'
import { explainError } from './errors/explain-error.ts'
import { exitCodes } from './exit-code.ts'
import { createSay } from './language.ts'
import { createPrinter } from './output/printer.ts'
import { type GlobalOptions, openSession, type Session } from './session.ts'
import { common } from './texts/common.ts'

/** What a command does. @returns how it ends, when not well. */
export type Work<A extends readonly unknown[]> = (
  session: Session,
  ...args: A
) => Promise<number | void>

export interface Runner {
  readonly deps: CliDeps
  /** How the command has ended: by `exitCodes`, or as a program has that it has run elsewhere. */
  readonly exitCode: number
  /** The action of a command: opens a session, does the work, and tells of what goes wrong. */
  readonly run: <A extends readonly unknown[]>(work: Work<A>) => (...args: A) => Promise<void>
}

export function createRunner(deps: CliDeps): Runner {
  let exitCode: number = exitCodes.ok
  const say = createSay(deps.language)
  const tellError = (error: unknown, options: GlobalOptions, server: string) => {
    const json = options.json === true
    const printer = createPrinter(deps.streams, { json, colours: deps.config.colours })
    const explained = explainError(error, say, server)
    exitCode = explained.exitCode
    const [first = '', ...rest] = explained.lines
    if (json) printer.answer({ error: explained.document }, () => [])
    else printer.tell(`${printer.paint('red', say(common.error))}: ${first}`, ...rest)
  }
  return {
    deps,
    get exitCode() {
      return exitCode
    },
    run:
      (work) =>
      async (...args) => {
        const command = args.at(-1)
        if (!(command instanceof Command)) throw new TypeError('not the action of a command')
        const options = command.optsWithGlobals<GlobalOptions>()
        let server = options.server ?? deps.config.server ?? ''
        try {
          const session = await openSession(deps, options)
          server = session.server.origin
          exitCode = (await work(session, ...args)) ?? exitCodes.ok
        } catch (error) {
          tellError(error, options, server)
        }
      },
  }
}
