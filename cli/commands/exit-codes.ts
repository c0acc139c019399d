import type { Command } from 'commander'
import { type ExitCause, exitCodes } from '../exit-code.ts'
import { commandOf } from '../command-of.ts'
import { createSay, type Say } from '../language.ts'
import { pairs } from '../output/table.ts'
import type { Runner } from '../runner.ts'
import { exitTexts } from '../texts/exit-codes.ts'
import { help } from '../texts/help.ts'

/** `kiln exit-codes`, and `kiln help exit-codes` likewise. */
export function addExitCodes(program: Command, { deps, run }: Runner): void {
  const lines = listCodes(createSay(deps.language))
  commandOf(program, 'exit-codes', help.exitCodes, deps.language)
    .configureHelp({ formatHelp: () => `${lines.join('\n')}\n` })
    .action(
      run(async ({ answer }) => {
        answer({ exit_codes: exitCodes }, () => lines)
      }),
    )
}

function listCodes(say: Say): readonly string[] {
  const causes = Object.keys(exitCodes).filter(isCause)
  return pairs(causes.map((cause) => [String(exitCodes[cause]), say(exitTexts[cause])]))
}

function isCause(name: string): name is ExitCause {
  return Object.hasOwn(exitCodes, name)
}
