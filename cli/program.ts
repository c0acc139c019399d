import { Command, Option } from 'commander'
import { addAdmin } from './commands/admin.ts'
import { addBuild } from './commands/build.ts'
import { addBuilds, addCancel } from './commands/builds.ts'
import { addCompatibility } from './commands/compatibility.ts'
import { addDoctor } from './commands/doctor.ts'
import { addEnvironments } from './commands/environments.ts'
import { addExitCodes } from './commands/exit-codes.ts'
import { addHarbor } from './commands/harbor.ts'
import { addImages } from './commands/images.ts'
import { addLogs } from './commands/logs.ts'
import { addLogin } from './commands/login.ts'
import { addMembers } from './commands/members.ts'
import { addNodes } from './commands/nodes.ts'
import { addProjects, addSecrets } from './commands/projects.ts'
import { addQueue } from './commands/queue.ts'
import { addQuotas } from './commands/quotas.ts'
import { addRetention } from './commands/retention.ts'
import { addRollback } from './commands/rollback.ts'
import { addRecipe, addSave } from './commands/save.ts'
import { addTokens } from './commands/tokens.ts'
import tab from '@bomb.sh/tab/commander'
import { addVerify } from './commands/verify.ts'
import { addVolumes } from './commands/volumes.ts'
import { addWebhooks } from './commands/webhooks.ts'
import { createSay, languages } from './language.ts'
import type { Runner } from './runner.ts'
import { help } from './texts/help.ts'

const adders = [
  addBuild,
  addBuilds,
  addLogs,
  addCancel,
  addImages,
  addRollback,
  addCompatibility,
  addNodes,
  addEnvironments,
  addVolumes,
  addSave,
  addRecipe,
  addQueue,
  addProjects,
  addMembers,
  addQuotas,
  addRetention,
  addSecrets,
  addTokens,
  addWebhooks,
  addVerify,
  addAdmin,
  addHarbor,
  addLogin,
  addDoctor,
  addExitCodes,
]

/** All commands of the command line. */
export function createProgram(runner: Runner, version: string): Command {
  const { deps } = runner
  const say = createSay(deps.language)
  const { out, err } = deps.streams
  const program = new Command('kiln')
    .description(say(help.kiln))
    // Without the long form, which would be taken from commands that have one of their own.
    .version(version, '-V', say(help.ownVersion))
    .option('--server <url>', say(help.server))
    .option('--project <name>', say(help.project))
    .option('--json', say(help.json))
    // Read before anything else is: the help is in that language, too.
    .addOption(new Option('--lang <language>', say(help.lang)).choices(languages))
    .showHelpAfterError(false)
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => out.write(text),
      writeErr: (text) => err.write(text),
      getOutHelpWidth: () => out.columns ?? 100,
      getErrHelpWidth: () => err.columns ?? 100,
    })
  for (const add of adders) add(program, runner)
  // Scripts for bash, zsh, fish and powershell, which ask the hidden command `complete`.
  tab(program, { completionCommandName: 'completion' })
  return program
}
