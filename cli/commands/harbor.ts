import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import { readHarborConfig } from '../../harbor/config.ts'
import { examineNodeLogins, examineRegistry } from '../../harbor/examine-registry.ts'
import { examineHarbor } from '../../harbor/examine.ts'
import { isSupported, oldestSupported } from '../../harbor/features.ts'
import { createHarbor } from '../../harbor/harbor.ts'
import { setUpHarbor } from '../../harbor/setup.ts'
import { trustAuthority } from '../../registry/trust-authority.ts'
import type { CliDeps } from '../cli-deps.ts'
import { CommandError } from '../command-error.ts'
import { commandOf, positive } from '../command-of.ts'
import { type ExitCode, exitCodes } from '../exit-code.ts'
import { createSay } from '../language.ts'
import type { Runner } from '../runner.ts'
import type { Session } from '../session.ts'
import { harborTexts } from '../texts/harbor.ts'
import { help } from '../texts/help.ts'

/** What Harbor comes with. Whoever finds it open can replace every image. */
const defaultPassword = 'Harbor12345'

const variables = {
  own: 'KILN_REGISTRY',
  push: 'KILN_REGISTRY_PUSH',
  pull: 'KILN_REGISTRY_PULL',
} as const

/** What needs no server: the registry is asked itself, as the variables of the server and the worker name it. */
export function addHarbor(program: Command, { deps, run }: Runner): void {
  const say = createSay(deps.language)
  const harbor = commandOf(program, 'harbor', help.harbor, deps.language)
  harbor.addHelpText('after', `\n${say(harborTexts.variables)}`)
  commandOf(harbor, 'setup', help.harborSetup, deps.language)
    .option('--limit <bytes>', say(help.harborLimit), positive)
    .action(run(setUp))
  commandOf(harbor, 'doctor', help.harborDoctor, deps.language).action(run(examine))
}

async function setUp(session: Session, { limit }: { readonly limit?: number }): Promise<ExitCode> {
  const { deps, say, answer, tell } = session
  const { url, project, admin, webhook } = readSurroundings(deps)
  if (admin.password === '') throw new CommandError(say(harborTexts.noPassword), exitCodes.usage)
  if (admin.password === defaultPassword) {
    throw new CommandError(say(harborTexts.defaultPassword), exitCodes.usage)
  }
  const harbor = createHarbor({ ...outside(deps), url, credential: admin })
  const { version } = await harbor.system.info()
  if (version !== undefined && !isSupported(version)) {
    const oldest = oldestSupported.join('.')
    throw new CommandError(say(harborTexts.tooOld, { oldest }), exitCodes.registry)
  }
  const { steps, robots } = await setUpHarbor(harbor, {
    project,
    ...(limit !== undefined && { storageLimit: limit }),
    ...(webhook && { webhook }),
  })
  const made = (['own', 'push', 'pull'] as const).flatMap((kind) => {
    const login = robots[kind]
    return login === undefined ? [] : [{ variable: variables[kind], ...login }]
  })
  answer({ steps, robots }, () => [
    ...steps.map(({ what, done }) => `${done.padEnd(6)}${what}`),
    ...made.flatMap(({ variable, username, password }) => [
      `${variable}_USERNAME='${username}'`,
      `${variable}_PASSWORD='${password}'`,
    ]),
  ])
  if (made.length > 0) tell(say(harborTexts.shownOnce))
  return exitCodes.ok
}

async function examine({ deps, answer }: Session): Promise<ExitCode> {
  const { url, project, own, narrow } = readSurroundings(deps)
  const harbor = createHarbor({ ...outside(deps), url, credential: own })
  const kind = await examineRegistry(url)
  const examined = [
    ...kind.examined,
    ...(kind.isHarbor
      ? [examineNodeLogins(narrow), ...(await examineHarbor(harbor, project))]
      : []),
  ]
  answer({ examined }, () =>
    examined.map(
      ({ what, state, advice }) => `${state.padEnd(9)}${what}${advice === '' ? '' : `: ${advice}`}`,
    ),
  )
  const isComplete = examined.every(({ state }) => state !== 'missing')
  return isComplete ? exitCodes.ok : exitCodes.registry
}

/** @throws CommandError that names each variable that is wrong. */
function readSurroundings({ config }: CliDeps) {
  try {
    const read = readHarborConfig(config.env)
    trustAuthority(read.authority)
    return read
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : '', exitCodes.usage)
  }
}

const outside = ({ random, now }: CliDeps) => ({ newRequestId: randomUUID, random, now })
