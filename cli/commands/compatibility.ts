import type { Command } from 'commander'
import { commandOf, positive } from '../command-of.ts'
import { findImage } from '../find-by-name.ts'
import { createSay } from '../language.ts'
import { table } from '../output/table.ts'
import type { Runner } from '../runner.ts'
import { help } from '../texts/help.ts'

export function addCompatibility(program: Command, { deps, run }: Runner): void {
  const say = createSay(deps.language)
  commandOf(program, 'compatibility', help.compatibility, deps.language)
    .argument('<name>', say(help.name))
    .argument('[version]', say(help.version), positive)
    .action(
      run(async (session, name: string, version: number | undefined) => {
        const { client, language, answer } = session
        const { id } = await findImage(session, name)
        const matrix = await client.images.compatibility(id, { version, lang: language })
        answer(matrix, () => [
          ...table(
            ['GPU', 'DRIVER', 'NODES', 'VERDICT', 'EVIDENCE'],
            matrix.classes.map(({ gpu, driver, nodes, verdict, evidence }) => [
              gpu,
              driver,
              String(nodes.count),
              verdict,
              evidence,
            ]),
          ),
          ...matrix.classes.flatMap(({ gpu, reasons, suggestion }) => [
            ...reasons.map(({ code, message }) => `${gpu}: ${code}: ${message}`),
            ...(suggestion === null ? [] : [`${gpu}: ${suggestion.text}`]),
          ]),
        ])
      }),
    )
}
