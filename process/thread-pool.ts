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
  const enter = async (stop: AbortSignal) => {
    if (busy < max) {
      busy += 1
      return true
    }
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const come = () => resolve(true)
    const giveUp = () => {
      const place = waiting.indexOf(come)
      if (place !== -1) waiting.splice(place, 1)
      if (place !== -1) resolve(false)
    }
    waiting.push(come)
    stop.addEventListener('abort', giveUp, { once: true })
    if (stop.aborted) giveUp()
    const entered = await promise
    stop.removeEventListener('abort', giveUp)
    return entered
  }
  const leave = () => {
    const next = waiting.shift()
    if (next === undefined) busy -= 1
    else next()
  }
  return {
    ask: async (request, limitMs, stop) => {
      const signal = AbortSignal.any([stop, closed.signal])
      if (!(await enter(signal))) return { ended: 'stopped' }
      try {
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
  const kept = new Map<Worker, Disposable>()
  const take = (): Worker | undefined => {
    const [thread, watch] = [...kept].at(-1) ?? []
    if (thread === undefined) return undefined
    watch?.[Symbol.dispose]()
    kept.delete(thread)
    thread.ref()
    return thread
  }
  const keep = (thread: Worker) => {
    thread.unref()
    const end = () => {
      kept.delete(thread)
      void thread.terminate()
    }
    const timer = setTimeout(end, idleMs).unref()
    // One that dies without work must not be asked again: it would never answer.
    thread.once('exit', end)
    kept.set(thread, {
      [Symbol.dispose]: () => {
        clearTimeout(timer)
        thread.off('exit', end)
      },
    })
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
