import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { quote } from '../daemon/quote.ts'
import type { RuncSettings } from './runc.ts'

/** A container whose programs stand still until this is released. */
export interface Held {
  /** @returns for how long they stood still, in ms. @throws NotHeld when they went on by themselves before. */
  release(): Promise<number>
}

/** The programs of a container could not be made to stand still, or did not for long enough. */
export class NotHeld extends Error {
  override readonly name = 'NotHeld'
}

/** Longest pause, in seconds: then the programs go on, and what was read meanwhile is of no use. */
export const longestHoldSeconds = 30 * 60

/**
 * Lets the programs of a container stand still. A process of its own wakes them: when it is told to, when this process is
 * gone, however that came, and when it has taken too long. It pauses them too, so that nothing can pause after it has waked.
 * @throws NotHeld when they cannot be paused.
 */
export async function holdStill({ runc, root }: RuncSettings, id: string): Promise<Held> {
  const call = (what: string) => [runc, '--root', root, what, id].map(quote).join(' ')
  const script = [
    `${call('pause')} || exit 1`,
    'echo paused',
    `timeout ${longestHoldSeconds} cat > /dev/null`,
    `until ${call('resume')}; do ${call('state')} | grep -q '"status": "paused"' || exit 0; sleep 1; done`,
  ].join('\n')
  const keeper = spawn('sh', ['-c', script], {
    cwd: '/',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  })
  keeper.stdin.on('error', () => undefined)
  const ended = once(keeper, 'exit')
  ended.catch(() => undefined)
  const first = await Promise.race([once(keeper.stdout, 'data'), ended.then(() => undefined)])
  if (first === undefined) {
    throw new NotHeld('the programs of the environment could not be paused')
  }
  const since = performance.now()
  return {
    release: async () => {
      const goesOn = keeper.exitCode !== null || keeper.signalCode !== null
      keeper.stdin.end()
      await ended
      if (goesOn) throw new NotHeld('the programs of the environment went on before it was saved')
      return performance.now() - since
    },
  }
}
