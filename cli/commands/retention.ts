import type { Command } from 'commander'
import { askYesNo } from '../ask-yes-no.ts'
import { CommandError } from '../command-error.ts'
import { commandOf, nonNegative, type PageOptions, positive, withPaging } from '../command-of.ts'
import { exitCodes } from '../exit-code.ts'
import { findImage } from '../find-by-name.ts'
import { createSay } from '../language.ts'
import { printPages } from '../output/print-pages.ts'
import { showSize } from '../output/show-amount.ts'
import { table } from '../output/table.ts'
import type { Runner } from '../runner.ts'
import type { Session } from '../session.ts'
import { stopAtInterrupt } from '../stop-at-interrupt.ts'
import { help } from '../texts/help.ts'
import { library } from '../texts/library.ts'

interface Options extends PageOptions {
  readonly keep: number
  readonly days: number
  readonly apply?: boolean
  readonly yes?: boolean
  readonly grace?: number
}

/** Which versions a rule lets go, and their deletion. */
export function addRetention(program: Command, { deps, run }: Runner): void {
  const { language } = deps
  const say = createSay(language)
  withPaging(commandOf(program, 'retention', help.retention, language), language)
    .argument('[image]', say(help.name))
    .option('--keep <n>', say(help.keep), nonNegative, 10)
    .option('--days <n>', say(help.keepDays), nonNegative, 30)
    .option('--apply', say(help.applyRetention))
    .option('--yes', say(help.yes))
    .option('--grace <seconds>', say(help.grace), positive)
    .action(run(showRetention))
}

type Preview = Awaited<ReturnType<Session['client']['images']['retention']>>

async function showRetention(session: Session, name: string | undefined, options: Options) {
  const { client, ownProject: project, say, answer } = session
  const { keep, days, apply, ...paging } = options
  if (name === undefined) {
    if (apply === true) throw new CommandError(say(library.retentionOfOne), exitCodes.usage)
    return printPages(session, paging, {
      read: async (page) => client.projects.retention(project, { keep, days, ...page }),
      key: 'images',
      rowsOf: (page) => page.images,
      heading: ['IMAGE', 'VERSIONS', 'GO', 'SIZE'],
      show: (image) => [
        image.name,
        String(image.versions.length + image.newer),
        image.goes.join(', '),
        showSize(sizeOf(image)),
      ],
    })
  }
  const { id } = await findImage(session, name)
  const preview = await client.images.retention(id, { keep, days })
  if (apply === true) return applyRetention(session, preview, options)
  answer(preview, () => describe(preview, session))
}

function describe(preview: Preview, { say }: Session): readonly string[] {
  const rows = preview.versions.map(({ number, size, goes, why }) => [
    `v${number}`,
    showSize(size),
    say(goes ? library.goes : library.stays),
    why,
  ])
  const sum = { count: preview.goes.length, size: showSize(sizeOf(preview)) }
  return [...table(['VERSION', 'SIZE', '', 'WHY'], rows), say(library.retentionSum, sum)]
}

/** Their bytes in the registry become free as far as no other version has them. */
function sizeOf({ versions }: Preview): number {
  return versions.filter(({ goes }) => goes).reduce((sum, { size }) => sum + size, 0)
}

/** What was shown is what goes: the server refuses when other versions would by then. */
async function applyRetention(session: Session, preview: Preview, options: Options) {
  const { client, deps, say, answer, tell, json } = session
  const { keep, days, yes = false, grace } = options
  if (!json) tell(...describe(preview, session))
  if (preview.goes.length === 0) return answer({ versions: [] }, () => [])
  if (!yes) {
    using stop = stopAtInterrupt(session)
    const question = `${say(library.retentionAsk, { count: preview.goes.length })} `
    if (!(await askYesNo(deps.streams, question, stop.signal))) return exitCodes.cancelled
  }
  const body = { keep, days, versions: preview.goes, ...(grace && { grace_seconds: grace }) }
  const done = await client.images.runRetention(preview.image_id, body)
  const going = done.versions.filter(({ goes }) => goes).map(({ number }) => number)
  const told = { name: preview.name, versions: going.join(', ') }
  answer(done, () => [say(library.retentionDone, told)])
}
