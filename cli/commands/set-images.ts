import { type Command, Option } from 'commander'
import type { Visibility } from '#contract/visibility.ts'
import { CommandError } from '../command-error.ts'
import { commandOf } from '../command-of.ts'
import { exitCodes } from '../exit-code.ts'
import { findImage } from '../find-by-name.ts'
import { createSay } from '../language.ts'
import { pairs } from '../output/table.ts'
import type { Runner } from '../runner.ts'
import type { Session } from '../session.ts'
import { help } from '../texts/help.ts'
import { imageTexts } from '../texts/images.ts'
import { library } from '../texts/library.ts'

const visibilities = ['public', 'project', 'private'] as const satisfies readonly Visibility[]

interface SetOptions {
  readonly description?: string
  readonly category?: string
  readonly visibility?: Visibility
  readonly share?: readonly string[] | false
  readonly rebuildOnBase?: boolean
}

/** Changes what is told of an image, and who reads it. */
export function addSetImages(images: Command, { deps, run }: Runner): void {
  const say = createSay(deps.language)
  commandOf(images, 'set', imageTexts.set, deps.language)
    .argument('<name>', say(help.name))
    .option('--description <text>', say(help.description))
    .option('--category <category>', say(imageTexts.category))
    .addOption(new Option('--visibility <who>', say(imageTexts.visibility)).choices(visibilities))
    .option('--share <project>', say(imageTexts.share), gatherAgain)
    .option('--no-share', say(imageTexts.noShare))
    .option('--rebuild-on-base', say(imageTexts.rebuild))
    .option('--no-rebuild-on-base', say(imageTexts.noRebuild))
    .action(run(setImage))
}

/** As `gather`, after a `--no-` of the same name as well. */
const gatherAgain = (text: string, before: readonly string[] | false = false) => [
  ...(before === false ? [] : before),
  text,
]

async function setImage(session: Session, name: string, options: SetOptions) {
  const { client, say, answer } = session
  const { description, category, visibility, share, rebuildOnBase } = options
  const change = {
    ...(description !== undefined && { description }),
    ...(category !== undefined && { category }),
    ...(visibility !== undefined && { visibility }),
    ...(share !== undefined && { shared_with: share === false ? [] : [...share] }),
    ...(rebuildOnBase !== undefined && { rebuild_on_base: rebuildOnBase }),
  }
  if (Object.keys(change).length === 0) {
    throw new CommandError(say(imageTexts.nothing), exitCodes.usage)
  }
  const image = await client.images.change((await findImage(session, name)).id, change)
  answer(image, () =>
    pairs([
      [say(library.name), image.name],
      [say(library.description), image.description],
      [say(imageTexts.category), image.category],
      [say(library.visibility), image.visibility],
      [say(imageTexts.sharedWith), image.shared_with.join(', ')],
      [say(imageTexts.rebuiltRow), say(image.rebuild_on_base ? imageTexts.yes : imageTexts.no)],
    ]),
  )
}
