import { computed, shallowRef } from 'vue'

/** Since when in ms the stream of changes is lost, and since when no read has been answered; absent while all is well. */
const lost = {
  stream: shallowRef<number>(),
  reads: shallowRef<number>(),
}

export type Way = keyof typeof lost

/** Since when, in ms, the server is not reached by one way or the other. */
export const lostSince = computed(() => {
  const times = [lost.stream.value, lost.reads.value].filter((at) => at !== undefined)
  return times.length === 0 ? undefined : Math.min(...times)
})

/** Notes that the server was reached, or was not; the first time that it was not counts. */
export function noteReached(way: Way, isReached: boolean): void {
  lost[way].value = isReached ? undefined : (lost[way].value ?? Date.now())
}

const gatewayStatuses = new Set([502, 503, 504])

/** Whether an answer comes from what stands before a server that is away. What the server says itself is a problem. */
export function isOfGateway({ status, headers }: Pick<Response, 'status' | 'headers'>): boolean {
  const isProblem = headers.get('content-type')?.startsWith('application/problem+json') === true
  return gatewayStatuses.has(status) && !isProblem
}
