import { defaultProject } from '#contract/wire/project.ts'
import { createKilnClient, type KilnClient } from '../client/client.ts'
import type { CliDeps } from './cli-deps.ts'
import { CommandError } from './command-error.ts'
import { exitCodes } from './exit-code.ts'
import { createSay, type Language, type Say } from './language.ts'
import { createPrinter, type Printer } from './output/printer.ts'
import { readLogin } from './saved-login.ts'
import { common } from './texts/common.ts'

/** What every command takes besides its own options. */
export interface GlobalOptions {
  readonly server?: string
  readonly json?: boolean
  readonly project?: string
}

/** One run of a command. */
export interface Session extends Printer {
  readonly deps: CliDeps
  readonly client: KilnClient
  readonly server: URL
  readonly language: Language
  readonly say: Say
  readonly json: boolean
  /** The one that the command line names: lists tell of it alone, and what may be about the whole farm is about it. */
  readonly project: string | undefined
  /** Where things are made and changed: what the surroundings or `kiln login` name goes before `default`. */
  readonly ownProject: string
}

/** Where `npm start` puts a server. */
const localServer = 'http://127.0.0.1:8080'

/** What is said on the command line wins, then the surroundings, then what `kiln login` has saved. @throws CommandError */
export async function openSession(deps: CliDeps, options: GlobalOptions): Promise<Session> {
  const { config, language, streams, fetch } = deps
  const say = createSay(language)
  const saved = await readLogin(config.file)
  const asked = options.server ?? config.server ?? saved?.server ?? localServer
  const server = readServer(asked, say)
  // A token and a project are of the server that they were saved with, and of no other one.
  const isSaved = saved !== undefined && readServer(saved.server, say).origin === server.origin
  const token = config.token ?? (isSaved ? saved.token : undefined)
  // As a script has it that names a variable which is not set.
  const project = options.project === '' ? undefined : options.project
  const json = options.json === true
  return {
    deps,
    client: createKilnClient({ server, token, fetch }),
    server,
    language,
    say,
    json,
    project,
    ownProject:
      project ?? config.project ?? (isSaved ? saved.project : undefined) ?? defaultProject,
    ...createPrinter(streams, { json, colours: config.colours }),
  }
}

export function readServer(text: string, say: Say): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url
  throw new CommandError(say(common.noServerAddress, { text }), exitCodes.usage)
}
