import { onScopeDispose, shallowRef } from 'vue'

/** Reads something. @returns how what was read is shown. @param isWanted whether it would be. */
type Turn = (isWanted: () => boolean) => Promise<() => void>

/**
 * One read after the other, for as long as the component is there. Once `begin` was called, what was asked for before comes
 * to nothing.
 */
export function takeTurns() {
  const error = shallowRef<unknown>()
  const isLoading = shallowRef(false)
  let isDisposed = false
  let round = 0
  let last: Promise<void> = Promise.resolve()

  function begin(): void {
    round += 1
    last = Promise.resolve()
  }

  function take(turn: Turn): Promise<void> {
    const mine = round
    last = after(last, turn, () => mine === round && !isDisposed)
    return last
  }

  async function after(before: Promise<void>, turn: Turn, isWanted: () => boolean): Promise<void> {
    await before
    if (!isWanted()) return
    isLoading.value = true
    try {
      const show = await turn(isWanted)
      if (!isWanted()) return
      error.value = undefined
      show()
    } catch (failure) {
      if (isWanted()) error.value = failure
    } finally {
      if (isWanted()) isLoading.value = false
    }
  }

  onScopeDispose(() => (isDisposed = true))
  return { take, begin, error, isLoading }
}
