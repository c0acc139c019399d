import { Worker } from 'node:worker_threads'

/** Why a thread did not answer: `spent` means its memory, `late` its time. */
export type ThreadEnd = 'late' | 'spent' | 'failed' | 'stopped'

export type ThreadOutcome<Answer> = { readonly answer: Answer } | { readonly ended: ThreadEnd }

export interface ThreadPoolOptions {
  /** Answers each message of its parent with one message. */
  readonly module: URL
  readonly memoryMb: number
  /** Threads that work at once; further requests wait. */
  readonly max: number
  /** How long a thread without work is kept: to start one takes longer than many a request. */
  readonly idleMs: number
}

export interface ThreadPool<Request, Answer> extends AsyncDisposable {
  /** A thread that does not answer within `limitMs`, or before `stop` aborts, is ended with all that it does. */
  ask(request: Request, limitMs: number, stop: AbortSignal): Promise<ThreadOutcome<Answer>>
}

/** Threads for work on bytes that others have made: whatever these hold, the process goes on. */
export function createThreadPool<Request, Answer>({
  module,
  memoryMb,
  max,
  idleMs,
}: ThreadPoolOptions): ThreadPool<Request, Answer> {
  const idle = createIdleThreads(idleMs)
  const waiting: (() => void)[] = []
  const closed = new AbortController()
  let busy = 0
  const enter = async () => {
    if (busy >= max) await new Promise<void>((resolve) => void waiting.push(resolve))
    else busy += 1
  }
  const leave = () => {
    const next = waiting.shift()
    if (next === undefined) busy -= 1
    else next()
  }
  return {
    ask: async (request, limitMs, stop) => {
      await enter()
      try {
        const signal = AbortSignal.any([stop, closed.signal])
        if (signal.aborted) return { ended: 'stopped' }
        const thread = idle.take() ?? start(module, memoryMb)
        const outcome = await answerOf<Answer>(thread, request, limitMs, signal)
        if ('answer' in outcome && !closed.signal.aborted) idle.keep(thread)
        else await thread.terminate()
        return outcome
      } finally {
        leave()
      }
    },
    [Symbol.asyncDispose]: async () => {
      closed.abort()
      await idle.end()
    },
  }
}

/** Threads without work, each kept for a while; they do not keep the process. */
function createIdleThreads(idleMs: number) {
  const timers = new Map<Worker, NodeJS.Timeout>()
  const take = (): Worker | undefined => {
    const [thread, timer] = [...timers].at(-1) ?? []
    if (thread === undefined) return undefined
    clearTimeout(timer)
    timers.delete(thread)
    thread.ref()
    return thread
  }
  const keep = (thread: Worker) => {
    thread.unref()
    const end = () => {
      timers.delete(thread)
      void thread.terminate()
    }
    timers.set(thread, setTimeout(end, idleMs).unref())
  }
  const end = async () => {
    for (let thread = take(); thread !== undefined; thread = take()) await thread.terminate()
  }
  return { take, keep, end }
}

function start(module: URL, memoryMb: number): Worker {
  const thread = new Worker(module, { resourceLimits: { maxOldGenerationSizeMb: memoryMb } })
  // An error without a listener would end the process; whoever waits for the thread sees its exit as well.
  return thread.on('error', () => undefined)
}

async function answerOf<Answer>(
  thread: Worker,
  request: unknown,
  limitMs: number,
  stop: AbortSignal,
): Promise<ThreadOutcome<Answer>> {
  const { promise, resolve } = Promise.withResolvers<ThreadOutcome<Answer>>()
  const end = (ended: ThreadEnd) => resolve({ ended })
  const answered = (answer: Answer) => resolve({ answer })
  const broken = (error: Error) =>
    end('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'spent' : 'failed')
  const exited = () => end('failed')
  const stopped = () => end('stopped')
  const timer = setTimeout(() => end('late'), limitMs)
  stop.addEventListener('abort', stopped, { once: true })
  thread.on('message', answered).on('error', broken).on('exit', exited)
  thread.postMessage(request, [])
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    stop.removeEventListener('abort', stopped)
    thread.off('message', answered).off('error', broken).off('exit', exited)
  }
}
