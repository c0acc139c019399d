import type { Command } from 'commander'
import { commandOf, type PageOptions, withPaging } from '../command-of.ts'
import { findImage } from '../find-by-name.ts'
import { createSay } from '../language.ts'
import { printPages } from '../output/print-pages.ts'
import { showSize } from '../output/show-amount.ts'
import { pairs } from '../output/table.ts'
import type { Runner } from '../runner.ts'
import type { Session } from '../session.ts'
import { help } from '../texts/help.ts'
import { imageTexts } from '../texts/images.ts'
import { library } from '../texts/library.ts'
import { addChangesOfImages } from './change-images.ts'
import { addBuildOfficial } from './build-official.ts'
import { addDiff } from './diff.ts'
import { addNotes } from './note-versions.ts'
import { addSetImages } from './set-images.ts'

interface ListOptions extends PageOptions {
  readonly official?: boolean
  readonly category?: string
  readonly search?: string
}

export function addImages(program: Command, runner: Runner): void {
  const { deps, run } = runner
  const say = createSay(deps.language)
  const images = commandOf(program, 'images', help.images, deps.language)
  const list = commandOf(images, 'ls', help.imagesList, deps.language, { isDefault: true })
    .option('--official', say(help.official))
    .option('--category <category>', say(help.category))
    .option('--search <text>', say(imageTexts.search))
  withPaging(list, deps.language).action(run(listImages))
  commandOf(images, 'show', help.imagesShow, deps.language)
    .argument('<name>', say(help.name))
    .action(run(showImage))
  withPaging(commandOf(images, 'versions', help.imagesVersions, deps.language), deps.language)
    .argument('<name>', say(help.name))
    .action(run(listVersions))
  addDiff(images, runner)
  addSetImages(images, runner)
  addNotes(images, runner)
  addBuildOfficial(images, runner)
  addChangesOfImages(images, runner)
}

async function listImages(session: Session, options: ListOptions) {
  const { official, category, search: q, ...paging } = options
  const { client, project } = session
  await printPages(session, paging, {
    read: async (page) =>
      client.images.list({ project, category, is_official: official, q, ...page }),
    key: 'images',
    rowsOf: (page) => page.images,
    heading: ['NAME', 'SIZE', 'CATEGORY', 'DESCRIPTION'],
    show: ({ name, size, category: of, description, unverified }) => [
      unverified === true ? `${name} (${session.say(library.unverified)})` : name,
      showSize(size),
      of,
      description,
    ],
  })
}

async function showImage(session: Session, name: string) {
  const { client, language, say, answer } = session
  const image = await client.images.read((await findImage(session, name)).id, language)
  const { verification } = image
  answer(image, () =>
    pairs([
      [say(library.name), image.name],
      [say(library.description), image.description],
      [say(library.visibility), image.visibility],
      [say(library.size), showSize(image.size)],
      [say(library.reference), image.reference ?? image.note ?? ''],
      [
        say(library.verification),
        verification === null ? '' : `${verification.verdict}, ${verification.evidence}`,
      ],
    ]),
  )
}

async function listVersions(session: Session, name: string, options: PageOptions) {
  const { client, say } = session
  const { id } = await findImage(session, name)
  await printPages(session, options, {
    read: async (page) => client.images.versions(id, page),
    key: 'versions',
    rowsOf: (page) => page.versions,
    heading: ['VERSION', 'DIGEST', 'SIZE', 'EVIDENCE', 'CREATED', ''],
    show: (version) => [
      `${version.number}${version.current ? ' *' : ''}`,
      version.digest.slice(0, 'sha256:'.length + 12),
      showSize(version.size),
      version.verification?.evidence ?? '',
      version.created_at,
      [
        ...(version.pinned ? [say(library.pinned)] : []),
        ...(version.deprecated === null
          ? []
          : [`${say(library.deprecated)}: ${version.deprecated}`]),
        ...(version.deletion === null
          ? []
          : [`${say(library.deletion)}: ${version.deletion.state}`]),
        ...(version.missing.length === 0 ? [] : [say(library.incomplete)]),
      ].join(', '),
    ],
  })
}
