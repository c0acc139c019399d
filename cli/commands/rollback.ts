import type { Command } from 'commander'
import { commandOf, positive } from '../command-of.ts'
import { exitCodes } from '../exit-code.ts'
import { findImage } from '../find-by-name.ts'
import { createSay } from '../language.ts'
import type { Runner } from '../runner.ts'
import { stopAtInterrupt } from '../stop-at-interrupt.ts'
import { help } from '../texts/help.ts'
import { library } from '../texts/library.ts'

const pollMs = 500

/** Moves a name, and waits until the registry has it so. */
export function addRollback(program: Command, { deps, run }: Runner): void {
  const say = createSay(deps.language)
  commandOf(program, 'rollback', help.rollback, deps.language)
    .argument('<name>', say(help.name))
    .argument('<version>', say(help.version), positive)
    .option('--reason <text>', say(help.reason))
    .option('-d, --detach', say(help.detach))
    .action(
      run(async (session, name: string, version: number, options: RollbackOptions) => {
        const { client, answer, tell, say: sayIn } = session
        const { reason, detach } = options
        const { id } = await findImage(session, name)
        using stop = stopAtInterrupt(session)
        const wanted = { version, ...(reason && { reason }) }
        let move = await client.images.rollBack(id, wanted, session.language)
        if (detach !== true) {
          while (move.state === 'pending') {
            await deps.sleep(pollMs, stop.signal)
            move = await client.images.readMove(id, move.id)
          }
        }
        const { state, refusal } = move
        answer(move, () => [sayIn(library[state], { name, version })])
        if (refusal === null) return exitCodes.ok
        tell(refusal.message, refusal.advice)
        return exitCodes.registry
      }),
    )
}

interface RollbackOptions {
  readonly reason?: string
  readonly detach?: boolean
}
