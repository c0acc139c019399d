import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { createKilnClient } from '../../client/client.ts'
import { askHidden } from '../ask-hidden.ts'
import { commandOf } from '../command-of.ts'
import { createSay } from '../language.ts'
import type { Runner } from '../runner.ts'
import { saveLogin } from '../saved-login.ts'
import { readServer, type Session } from '../session.ts'
import { help } from '../texts/help.ts'
import { projectTexts } from '../texts/projects.ts'

interface LoginOptions {
  readonly tokenStdin?: boolean
}

/** Keeps where a person works and as whom, once the server has taken the token. */
export function addLogin(program: Command, { deps, run }: Runner): void {
  const say = createSay(deps.language)
  commandOf(program, 'login', help.login, deps.language)
    .argument('[server]', say(help.server))
    .option('--token-stdin', say(help.tokenStdin))
    .action(run(logIn))
}

async function logIn(session: Session, named: string | undefined, { tokenStdin }: LoginOptions) {
  const { deps, project, say, answer } = session
  const { config, streams, fetch } = deps
  const server = named === undefined ? session.server : readServer(named, say)
  const typed =
    tokenStdin === true
      ? await text(streams.input)
      : (config.token ?? (await askHidden(streams, say(projectTexts.tokenPrompt))))
  const token = typed.trim() === '' ? undefined : typed.trim()
  const client = createKilnClient({ server, token, fetch })
  const me = await client.farm.me()
  // One that is not there, or not for this caller, is told now and not at the first build.
  if (project !== undefined) await client.projects.read(project)
  await saveLogin(config.file, {
    server: server.origin,
    ...(token && { token }),
    ...(project !== undefined && { project }),
  })
  const who = me.user ?? say(projectTexts.nobody)
  answer({ server: server.origin, ...me, ...(project !== undefined && { project }) }, () => [
    say(projectTexts.loggedIn, { server: server.origin, who }),
    ...(project === undefined ? [] : [say(projectTexts.worksIn, { project })]),
  ])
}
