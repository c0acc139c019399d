import type { Command } from 'commander'
import { commandOf, type PageOptions, withPaging } from '../command-of.ts'
import { printPages } from '../output/print-pages.ts'
import { showSize } from '../output/show-amount.ts'
import type { Runner } from '../runner.ts'
import type { Session } from '../session.ts'
import { help } from '../texts/help.ts'

const named = 3

/** What nodes offer that environments can have in them. */
export function addVolumes(program: Command, { deps: { language }, run }: Runner): void {
  const volumes = commandOf(program, 'volumes', help.volumes, language)
  withPaging(
    commandOf(volumes, 'ls', help.volumeList, language, { isDefault: true }),
    language,
  ).action(run(list))
}

async function list(session: Session, options: PageOptions) {
  await printPages(session, options, {
    read: async (page) => session.client.environments.volumes(page),
    key: 'volumes',
    rowsOf: (page) => page.volumes,
    heading: ['VOLUME', 'MODE', 'FREE', 'SIZE', 'NODES'],
    show: ({ name, nodes, node_count: count }) => {
      const modes = [...new Set(nodes.map(({ mode }) => mode))].join(', ')
      const names = nodes.slice(0, named).map((node) => node.name)
      const more = count > names.length ? [`+${count - names.length}`] : []
      const [first] = nodes
      const sizes = [first?.free_bytes, first?.total_bytes].map((bytes) => showSize(bytes ?? 0))
      return [name, modes, ...sizes, [...names, ...more].join(', ')]
    },
  })
}
