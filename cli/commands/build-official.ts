import { type Command, Option } from 'commander'
import { showAccepted } from '../build/show-accepted.ts'
import { commandOf } from '../command-of.ts'
import type { ExitCode } from '../exit-code.ts'
import { findImage } from '../find-by-name.ts'
import { createSay } from '../language.ts'
import { createDisplay } from '../progress/create-display.ts'
import { type ProgressKind, progressKinds } from '../progress/display.ts'
import type { Runner } from '../runner.ts'
import type { Session } from '../session.ts'
import { help } from '../texts/help.ts'
import { imageTexts } from '../texts/images.ts'

interface OfficialOptions {
  readonly detach?: boolean
  readonly progress: ProgressKind
}

/** Builds an image that the farm has a Dockerfile for. */
export function addBuildOfficial(images: Command, { deps, run }: Runner): void {
  const say = createSay(deps.language)
  commandOf(images, 'build', imageTexts.build, deps.language)
    .argument('<name>', say(help.name))
    .option('-d, --detach', say(help.detach))
    .addOption(
      new Option('--progress <kind>', say(help.progress)).choices(progressKinds).default('auto'),
    )
    .action(run(buildOfficial))
}

async function buildOfficial(
  session: Session,
  name: string,
  { detach = false, progress }: OfficialOptions,
): Promise<ExitCode> {
  const { id } = await findImage(session, name)
  const { build_id: buildId } = await session.client.builds.submitPreset(id)
  using display = createDisplay(session, progress, name)
  display.accepted(buildId)
  // Awaited here, or the display would be gone before the build has begun.
  return await showAccepted(session, display, buildId, detach)
}
