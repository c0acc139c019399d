import { type Command, Option } from 'commander'
import type { Submission } from '../../client/builds.ts'
import { lendSecrets, type LentSecrets } from '../build/lend-secrets.ts'
import {
  type ContextPlace,
  parseAssignments,
  parseContextPlace,
  parseNamedContext,
  parseSecret,
} from '../build/parse-options.ts'
import { type PackageOptions, readPackages } from '../build/read-packages.ts'
import { readRecipe } from '../build/read-recipe.ts'
import { sendContext } from '../build/send-context.ts'
import { showAccepted } from '../build/show-accepted.ts'
import { commandOf, gather, positive } from '../command-of.ts'
import type { ExitCode } from '../exit-code.ts'
import { createSay } from '../language.ts'
import { createDisplay } from '../progress/create-display.ts'
import { type Display, type ProgressKind, progressKinds } from '../progress/display.ts'
import type { Runner } from '../runner.ts'
import { sendSafely } from '../send-safely.ts'
import type { Session } from '../session.ts'
import { stopAtInterrupt } from '../stop-at-interrupt.ts'
import { commands } from '../texts/commands.ts'
import { help } from '../texts/help.ts'

const visibilities = ['public', 'project', 'private'] as const
const networks = ['proxy', 'open', 'none'] as const

interface BuildOptions extends PackageOptions {
  readonly tag: string
  readonly file?: string
  readonly buildArg?: readonly string[]
  readonly label?: readonly string[]
  readonly secret?: readonly string[]
  readonly buildContext?: readonly string[]
  readonly target?: string
  readonly platform?: string
  readonly cache: boolean
  readonly noCacheFilter?: readonly string[]
  readonly network?: (typeof networks)[number]
  readonly description?: string
  readonly visibility?: (typeof visibilities)[number]
  readonly totalTimeout?: number
  readonly detach?: boolean
  readonly progress: ProgressKind
}

export function addBuild(program: Command, { deps, run }: Runner): void {
  const say = createSay(deps.language)
  commandOf(program, 'build', help.build, deps.language)
    .argument('[context]', say(help.context), '.')
    .requiredOption('-t, --tag <name>', say(help.tag))
    .option('-f, --file <path>', say(help.file))
    .option('--build-arg <name=value>', say(help.buildArg), gather)
    .option('--label <name=value>', say(help.label), gather)
    .option('--target <stage>', say(help.target))
    .option('--platform <platform>', say(help.platform))
    .option('--secret <id=…,src=…>', say(help.secret), gather)
    .option('--no-cache', say(help.noCache))
    .option('--no-cache-filter <stage>', say(help.noCacheFilter), gather)
    .addOption(new Option('--network <mode>', say(help.network)).choices(networks))
    .option('--build-context <name=place>', say(help.buildContext), gather)
    .option('--description <text>', say(help.description))
    .addOption(new Option('--visibility <who>', say(help.visibility)).choices(visibilities))
    .option('--total-timeout <seconds>', say(help.totalTimeout), positive)
    .option('--base <image>', say(help.base))
    .option('--apt <package>', say(help.apt), gather)
    .option('--pip <requirement>', say(help.pip), gather)
    .option('--conda <package>', say(help.conda), gather)
    .option('--conda-channel <name>', say(help.condaChannel), gather)
    .option('--requirements <file>', say(help.requirements))
    .option('--environment <file>', say(help.environmentFile))
    .option('-d, --detach', say(help.detach))
    .addOption(
      new Option('--progress <kind>', say(help.progress)).choices(progressKinds).default('auto'),
    )
    .action(run(build))
}

async function build(session: Session, place: string, options: BuildOptions): Promise<ExitCode> {
  using display = createDisplay(session, options.progress, options.tag)
  const id = await submit(session, display, parseContextPlace(place), options)
  // Awaited here, or the display would be gone before the build has begun.
  return await showAccepted(session, display, id, options.detach === true)
}

/** @returns the id of the build. */
async function submit(
  session: Session,
  display: Display,
  place: ContextPlace,
  options: BuildOptions,
): Promise<string> {
  const packages = await readPackages(session, options)
  await using secrets = await lendSecrets(session, (options.secret ?? []).map(parseSecret))
  const submission: Submission = {
    project: session.ownProject,
    name: options.tag,
    ...(options.description && { description: options.description }),
    ...(options.visibility && { visibility: options.visibility }),
    ...(packages ?? (await readFiles(session, display, place, options))),
    options: readOptions(session, options, secrets.mounts),
  }
  const { build_id: id, warnings = [] } = await sendSafely(session, async (headers) =>
    session.client.builds.submit(submission, session.language, headers),
  )
  display.accepted(id)
  for (const { message, fix } of warnings) {
    display.note(session.say(commands.misfit, { message, fix }))
  }
  return id
}

/** The Dockerfile, and what it copies from. */
async function readFiles(
  session: Session,
  display: Display,
  place: ContextPlace,
  { file, buildContext = [] }: BuildOptions,
): Promise<Pick<Submission, 'dockerfile' | 'context' | 'contexts'>> {
  const recipe = await readRecipe(session, file, place)
  return {
    dockerfile: recipe.text,
    context: await bringContext(session, display, place, recipe.path),
    contexts: await bringNamed(session, display, buildContext),
  }
}

function readOptions(
  { deps }: Session,
  options: BuildOptions,
  secrets: LentSecrets['mounts'],
): NonNullable<Submission['options']> {
  const { buildArg = [], label = [], noCacheFilter, target, platform, network } = options
  const { variable } = deps.config
  return {
    build_args: parseAssignments('--build-arg', buildArg, variable),
    labels: parseAssignments('--label', label, () => ''),
    ...(!options.cache && { no_cache: true }),
    ...(noCacheFilter !== undefined && options.cache && { no_cache: [...noCacheFilter] }),
    ...(target !== undefined && { target }),
    ...(platform !== undefined && { platform }),
    ...(network !== undefined && { network }),
    ...(options.totalTimeout !== undefined && { timeouts: { total: options.totalTimeout } }),
    ...(secrets.length > 0 && { secrets: [...secrets] }),
  }
}

/** In the form in which a build is told of it. */
async function bringContext(
  session: Session,
  display: Display,
  place: ContextPlace,
  dockerfile: string | undefined,
) {
  if (place.kind === 'git') return place.source
  using stop = stopAtInterrupt(session)
  return await sendContext(session, display, { root: place.path, dockerfile }, stop.signal)
}

async function bringNamed(session: Session, display: Display, texts: readonly string[]) {
  const named: NonNullable<Submission['contexts']> = {}
  for (const { name, place } of texts.map(parseNamedContext)) {
    named[name] =
      place.kind === 'image'
        ? place.reference
        : await bringContext(session, display, place, undefined)
  }
  return named
}
