import { type Command, Option } from 'commander'
import type { SavePreview, SaveRecipe } from '#contract/answers.ts'
import { leftOutText } from '#contract/left-out.ts'
import { showAccepted } from '../build/show-accepted.ts'
import { commandOf, gather } from '../command-of.ts'
import { type ExitCode, exitCodes } from '../exit-code.ts'
import { createSay, type Say } from '../language.ts'
import { showSize } from '../output/show-amount.ts'
import { createDisplay } from '../progress/create-display.ts'
import { type ProgressKind, progressKinds } from '../progress/display.ts'
import type { Runner } from '../runner.ts'
import type { Session } from '../session.ts'
import { help } from '../texts/help.ts'
import { saveTexts } from '../texts/save.ts'
import { type ConfigOptions, readConfigOptions, withConfigOptions } from './save-config.ts'

interface SaveOptions extends ConfigOptions {
  readonly tag?: string
  readonly drop?: readonly string[]
  readonly keep?: readonly string[]
  readonly squash?: boolean
  readonly description?: string
  readonly detach?: boolean
  readonly progress: ProgressKind
}

/** Saves an environment as an image; without a name it shows what that would be. */
export function addSave(program: Command, { deps, run }: Runner): void {
  const say = createSay(deps.language)
  const command = commandOf(program, 'save', help.save, deps.language)
    .argument('<env>', say(help.envId))
    .option('-t, --tag <name>', say(help.saveTag))
    .option('--drop <path>', say(help.saveDrop), gather)
    .option('--keep <path>', say(help.saveKeep), gather)
    .option('--squash', say(help.saveSquash))
  withConfigOptions(command, say)
    .option('--description <text>', say(help.description))
    .option('-d, --detach', say(help.detach))
    .addOption(
      new Option('--progress <kind>', say(help.progress)).choices(progressKinds).default('auto'),
    )
    .action(run(save))
}

/** Proposes a build of the packages of an environment in place of saving it. */
export function addRecipe(program: Command, { deps, run }: Runner): void {
  const say = createSay(deps.language)
  commandOf(program, 'recipe', help.recipe, deps.language)
    .argument('<env>', say(help.envId))
    .action(
      run(async ({ client, answer, say: sayIn }, id: string) => {
        const recipe = await client.environments.proposeRecipe(id)
        answer(recipe, () => showRecipe(recipe, sayIn))
      }),
    )
}

async function save(session: Session, id: string, options: SaveOptions): Promise<ExitCode> {
  const { client, answer, say } = session
  const { tag, description, detach = false, progress } = options
  const paths = { drop: [...(options.drop ?? [])], keep: [...(options.keep ?? [])] }
  if (tag === undefined) {
    const preview = await client.environments.previewSave(id, paths)
    answer(preview, () => showPreview(preview, say))
    return exitCodes.ok
  }
  const config = readConfigOptions(options, session.deps.config.variable)
  const body = {
    ...paths,
    name: tag,
    squash: options.squash === true,
    ...(description !== undefined && { description }),
    ...(config !== undefined && { config }),
  }
  const { build_id: buildId } = await client.environments.save(id, body)
  using display = createDisplay(session, progress, tag)
  display.accepted(buildId)
  // Awaited here, or the display would be gone before the build has begun.
  return await showAccepted(session, display, buildId, detach)
}

const maxFolders = 8

/** Pure. */
function showPreview(preview: SavePreview, say: Say): readonly string[] {
  const { parent, files, bytes, deleted, folders, packages, secrets, driver, room } = preview
  const { mounts, dangling } = preview
  const { name, version, digest } = parent
  const changed = [...packages.added, ...packages.removed].map(({ name: one, version: at, was }) =>
    was === null ? `+ ${one} ${at}` : was === at ? `- ${one} ${at}` : `~ ${one} ${was} → ${at}`,
  )
  const found = [...secrets, ...driver].map((one) => `${one.path} (${say(leftOutText(one))})`)
  return [
    say(saveTexts.parent, { name, version, digest }),
    say(saveTexts.written, { files, size: showSize(bytes), deleted }),
    ...folders.slice(0, maxFolders).map(({ path, bytes: size }) => `  ${showSize(size)}  ${path}`),
    ...list(say(saveTexts.packages), changed),
    ...list(say(saveTexts.leftOut), found),
    ...list(
      say(saveTexts.mounts),
      mounts.map(({ path, type, bytes: size }) =>
        size === null ? `${path} (${type})` : `${path} (${type}, ${showSize(size)})`,
      ),
    ),
    ...list(
      say(saveTexts.dangling),
      dangling.map(({ path, to }) => `${path} → ${to}`),
    ),
    ...showLayers(preview, say),
    room.fits
      ? say(saveTexts.fits)
      : say(saveTexts.noRoom, {
          needed: showSize(room.disk_bytes),
          left: showSize(room.disk_left),
        }),
  ]
}

/** Pure. */
function showLayers(
  { layers, layers_allowed: allowed, wasted_bytes: wasted, ...saves }: SavePreview,
  say: Say,
): readonly string[] {
  const told =
    layers === null ? [] : [say(saveTexts.layers, { layers, allowed, wasted: showSize(wasted) })]
  const isCrowded = layers !== null && layers > allowed
  return [
    ...told,
    ...(isCrowded ? [say(saveTexts.crowded, { layers, allowed })] : []),
    ...(saves.squash_advised ? [say(saveTexts.squash, { count: saves.saves_below })] : []),
  ]
}

function list(title: string, rows: readonly string[]): readonly string[] {
  return rows.length === 0 ? [] : [`${title}:`, ...rows.map((row) => `  ${row}`)]
}

/** Pure. */
function showRecipe({ base_image: base, packages, not_covered: rest }: SaveRecipe, say: Say) {
  const items = (['apt', 'pip', 'conda'] as const).flatMap((kind) =>
    (packages[kind] ?? []).map((item) => `--${kind} ${item}`),
  )
  const { files, bytes, folders } = rest.files
  const omitted = rest.packages.length + rest.omitted
  return [
    ...(items.length === 0
      ? [say(saveTexts.noPackages)]
      : [`kiln build -t NAME --base ${base} ${items.join(' ')}`]),
    say(saveTexts.notCovered, { files, size: showSize(bytes), deleted: rest.deleted, omitted }),
    ...folders.slice(0, maxFolders).map(({ path, bytes: size }) => `  ${showSize(size)}  ${path}`),
    ...list(
      say(saveTexts.removed),
      rest.removed.map(({ name, version }) => `- ${name} ${version}`),
    ),
  ]
}
