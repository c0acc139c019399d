import { setTimeout as sleep } from 'node:timers/promises'
import { BuildkitError, grpcCode } from '../error.ts'
import { type Channel, openChannel } from './channel.ts'

const attempts = 5
const firstPauseMs = 50
const maxPauseMs = 1_000

/**
 * Asks a daemon on a connection of its own, and on another one when that breaks: so only for what may be asked twice,
 * never for a solve. A daemon that does not even take the connection is an error at once.
 * @throws what `ask` throws; the signal's reason when aborted meanwhile.
 */
export async function askDaemon<T>(
  address: string,
  signal: AbortSignal,
  ask: (channel: Channel) => Promise<T>,
  windowBytes?: number,
): Promise<T> {
  let pause = firstPauseMs
  for (let left = attempts - 1; ; left -= 1) {
    using channel = openChannel(address, windowBytes)
    try {
      return await ask(channel)
    } catch (error) {
      if (left === 0 || !isLost(error) || !channel.wasTaken()) throw error
    }
    await sleep(pause * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined)
    signal.throwIfAborted()
    pause = Math.min(pause * 2, maxPauseMs)
  }
}

function isLost(error: unknown): boolean {
  return error instanceof BuildkitError && error.code === grpcCode.unavailable
}
