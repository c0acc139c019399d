import { onScopeDispose, shallowRef, watch } from 'vue'
import { pauseAfter } from '#contract/pause-after.ts'
import { listenPauses } from '../../../client/listen.ts'
import { mayPass, pauseBefore } from '../../../client/may-pass.ts'
import { api } from '../api.ts'
import { addPiece, noLogText, showLogText } from '../display/log-text.ts'
import { sleep } from './sleep.ts'

/** More is not kept in the page; the file on the node has it. */
const maxCharacters = 400_000
/** A connection that has held for so long was a good one. */
const heldMs = 30_000
/** How long what was there stays while a new connection tells it again from its beginning. */
const settledMs = 1_000

interface Run {
  readonly id: string
  /** Of which start; another one begins a log anew. */
  readonly start: number
}

/** What an environment prints, shown once a frame. A connection that breaks is made again, and the text stays meanwhile. */
export function useEnvironmentLog(run: () => Run) {
  const { text, add, tellAgain, clear } = logByFrames()
  const error = shallowRef<unknown>()
  const hasEnded = shallowRef(false)
  const isLost = shallowRef(false)
  let reading = new AbortController()

  const heard = () => (isLost.value = false)

  async function read(id: string, signal: AbortSignal): Promise<void> {
    for await (const piece of api.environments.logs(id, true, signal, heard)) {
      if (!signal.aborted) add(piece)
    }
  }

  async function follow({ id }: Run, { signal }: AbortController): Promise<void> {
    for (let tries = 1; !signal.aborted; tries += 1) {
      const begun = Date.now()
      try {
        await read(id, signal)
        hasEnded.value = !signal.aborted
        return
      } catch (failure) {
        if (signal.aborted) return
        isLost.value = mayPass(failure)
        if (!isLost.value) {
          error.value = failure
          return
        }
        if (Date.now() - begun > heldMs) tries = 1
        await sleep(pauseBefore(failure, pauseAfter(listenPauses, tries, Math.random())), signal)
        if (!signal.aborted) tellAgain()
      }
    }
  }

  function begin(): void {
    reading.abort()
    reading = new AbortController()
    error.value = undefined
    isLost.value = hasEnded.value = false
    void follow(run(), reading)
  }
  function change(): void {
    clear()
    begin()
  }
  function retry(): void {
    tellAgain()
    begin()
  }

  watch([() => run().id, () => run().start], change, { immediate: true })
  onScopeDispose(() => reading.abort())
  return { text, error, hasEnded, isLost, retry }
}

/** The text of a log, shown once a frame. */
function logByFrames() {
  const text = shallowRef('')
  let log = noLogText
  let frame = 0
  let toldAgainUntil = 0

  function show(): void {
    frame = 0
    const next = showLogText(log)
    if (next.length < text.value.length && Date.now() < toldAgainUntil) showSoon()
    else {
      toldAgainUntil = 0
      text.value = next
    }
  }

  function showSoon(): void {
    // Pages that nobody sees are given no frames.
    frame ||= document.hidden ? Number(setTimeout(show, 250)) : requestAnimationFrame(show)
  }

  function add(piece: string): void {
    log = addPiece(log, piece, maxCharacters)
    if (toldAgainUntil !== 0) toldAgainUntil = Date.now() + settledMs
    showSoon()
  }

  /** Begins anew what is told again from its beginning; until it is, what is shown stays. */
  function tellAgain(): void {
    log = noLogText
    toldAgainUntil = Date.now() + settledMs
  }

  function clear(): void {
    log = noLogText
    text.value = ''
    toldAgainUntil = 0
  }

  onScopeDispose(() => cancelAnimationFrame(frame))
  return { text, add, tellAgain, clear }
}
