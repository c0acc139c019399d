import type { Command } from 'commander'
import type { VersionDiff } from '#contract/answers.ts'
import { commandOf, type PageOptions, positive, withPaging } from '../command-of.ts'
import { findImage } from '../find-by-name.ts'
import { createSay, type Say } from '../language.ts'
import { showSize } from '../output/show-amount.ts'
import type { Runner } from '../runner.ts'
import { help } from '../texts/help.ts'
import { library } from '../texts/library.ts'
import type { Text } from '../language.ts'

type Change = NonNullable<VersionDiff['software']>[number]

export function addDiff(images: Command, { deps, run }: Runner): void {
  const say = createSay(deps.language)
  const command = commandOf(images, 'diff', help.imagesDiff, deps.language)
    .argument('<name>', say(help.name))
    .argument('<from>', say(help.version), positive)
    .argument('<to>', say(help.version), positive)
  withPaging(command, deps.language).action(
    run(async (session, name: string, from: number, to: number, options: PageOptions) => {
      const { client, answer } = session
      const { id } = await findImage(session, name)
      const { limit, cursor, all = false } = options
      const diff = await client.images.diff(id, from, to, { limit, cursor })
      // Only the packages are many.
      let next = all ? diff.packages?.next_cursor : undefined
      while (next !== undefined) {
        const { packages } = await client.images.diff(id, from, to, { limit, cursor: next })
        diff.packages?.changes.push(...(packages?.changes ?? []))
        next = packages?.next_cursor
      }
      if (all) delete diff.packages?.next_cursor
      answer(diff, () => showDiff(diff, session.say))
    }),
  )
}

/** Pure. */
export function showDiff(diff: VersionDiff, say: Say): readonly string[] {
  if (diff.same) return [say(library.same)]
  const { size, software, packages, config, layers, unknown } = diff
  const grown = `${size.change < 0 ? '-' : '+'}${showSize(Math.abs(size.change))}`
  return [
    `${say(library.size)}: ${showSize(size.from)} → ${showSize(size.to)} (${grown})`,
    ...(layers === null
      ? []
      : [
          say(library.layersChanged, {
            added: layers.added.length,
            removed: layers.removed.length,
          }),
        ]),
    ...section(library.software, software, say),
    ...section(library.packages, packages?.changes ?? null, say),
    ...section(
      library.settings,
      config && [...config.settings, ...config.env, ...config.labels],
      say,
    ),
    ...unknown.map(({ version, why }) => `v${version}: ${why}`),
  ]
}

const marks = { added: '+', removed: '-', changed: '~' } as const

function section(title: Text, changes: readonly Change[] | null, say: Say): readonly string[] {
  if (changes === null || changes.length === 0) return []
  return [
    `${say(title)}:`,
    ...changes.map(({ name, change, from, to }) => {
      const values = [from, to].filter((value) => value !== null).join(' → ')
      return `  ${marks[change]} ${name} ${values}`.trimEnd()
    }),
  ]
}
