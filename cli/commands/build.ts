import { type Command, Option } from 'commander'
import type { Submission } from '../../client/builds.ts'
import { type BuildSettings, readBuildSettings, withBuildSettings } from '../build/build-options.ts'
import { lendSecrets } from '../build/lend-secrets.ts'
import {
  type ContextPlace,
  parseContextPlace,
  parseNamedContext,
  parseSecret,
} from '../build/parse-options.ts'
import { type PackageOptions, readPackages, withPackageOptions } from '../build/read-packages.ts'
import { readRecipe } from '../build/read-recipe.ts'
import { sendContext } from '../build/send-context.ts'
import { showAccepted } from '../build/show-accepted.ts'
import { CommandError } from '../command-error.ts'
import { commandOf, gather } from '../command-of.ts'
import { findExclusion } from '../context/find-exclusion.ts'
import { measureContext } from '../context/measure-context.ts'
import { type ExitCode, exitCodes } from '../exit-code.ts'
import { createSay } from '../language.ts'
import { createDisplay } from '../progress/create-display.ts'
import { type Display, type ProgressKind, progressKinds } from '../progress/display.ts'
import type { Runner } from '../runner.ts'
import { sendSafely } from '../send-safely.ts'
import type { Session } from '../session.ts'
import { stopAtInterrupt } from '../stop-at-interrupt.ts'
import { buildOptionTexts } from '../texts/build-options.ts'
import { commands } from '../texts/commands.ts'
import { help } from '../texts/help.ts'

const visibilities = ['public', 'project', 'private'] as const

interface BuildOptions extends PackageOptions, BuildSettings {
  readonly tag?: string
  readonly preview?: boolean
  readonly file?: string
  readonly secret?: readonly string[]
  readonly buildContext?: readonly string[]
  readonly description?: string
  readonly visibility?: (typeof visibilities)[number]
  readonly detach?: boolean
  readonly progress: ProgressKind
}

export function addBuild(program: Command, { deps, run }: Runner): void {
  const say = createSay(deps.language)
  const command = commandOf(program, 'build', help.build, deps.language)
    .argument('[context]', say(help.context), '.')
    .option('-t, --tag <name>', say(help.tag))
    .option('-f, --file <path>', say(help.file))
    .option('--preview', say(buildOptionTexts.preview))
    .option('--secret <id=…,src=…>', say(help.secret), gather)
    .option('--build-context <name=place>', say(help.buildContext), gather)
    .option('--description <text>', say(help.description))
    .addOption(new Option('--visibility <who>', say(help.visibility)).choices(visibilities))
  withPackageOptions(withBuildSettings(command, say), say)
    .option('-d, --detach', say(help.detach))
    .addOption(
      new Option('--progress <kind>', say(help.progress)).choices(progressKinds).default('auto'),
    )
    .action(run(build))
}

async function build(session: Session, place: string, options: BuildOptions): Promise<ExitCode> {
  const { tag } = options
  if (options.preview === true) return preview(session, parseContextPlace(place), options)
  if (tag === undefined) {
    throw new CommandError(session.say(buildOptionTexts.needsTag), exitCodes.usage)
  }
  using display = createDisplay(session, options.progress, tag)
  const id = await submit(session, display, parseContextPlace(place), { ...options, tag })
  // Awaited here, or the display would be gone before the build has begun.
  return await showAccepted(session, display, id, options.detach === true)
}

/** @returns the id of the build. */
async function submit(
  session: Session,
  display: Display,
  place: ContextPlace,
  options: BuildOptions & { readonly tag: string },
): Promise<string> {
  const packages = await readPackages(session, options)
  await using secrets = await lendSecrets(session, (options.secret ?? []).map(parseSecret))
  const submission: Submission = {
    project: session.ownProject,
    name: options.tag,
    ...(options.description && { description: options.description }),
    ...(options.visibility && { visibility: options.visibility }),
    ...(packages ?? (await readFiles(session, display, place, options))),
    options: {
      ...readBuildSettings(options, session.deps.config.variable),
      ...(secrets.mounts.length > 0 && { secrets: [...secrets.mounts] }),
    },
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

/** Shows what would be built, for which neither files nor secrets leave this machine. */
async function preview(
  session: Session,
  place: ContextPlace,
  options: BuildOptions,
): Promise<ExitCode> {
  const { client, language, deps, answer, tell, say } = session
  const packages = await readPackages(session, options)
  const found = await client.builds.preview(
    {
      project: session.ownProject,
      ...(options.visibility && { visibility: options.visibility }),
      ...(packages ?? (await readUnsent(session, place, options))),
      options: readBuildSettings(options, deps.config.variable),
    },
    language,
  )
  answer(found, () => found.dockerfile.trimEnd().split('\n'))
  if (session.json) return exitCodes.ok
  tell(...found.warnings.map(({ message, fix }) => say(commands.misfit, { message, fix })))
  return exitCodes.ok
}

/** A Dockerfile is looked at with the digest of its files alone. */
async function readUnsent(
  session: Session,
  place: ContextPlace,
  { file }: BuildOptions,
): Promise<Pick<Submission, 'dockerfile' | 'context'>> {
  const recipe = await readRecipe(session, file, place)
  if (place.kind === 'git') return { dockerfile: recipe.text, context: place.source }
  const { digest } = await measureContext(place.path, await findExclusion(place.path, recipe.path))
  return { dockerfile: recipe.text, context: digest }
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
