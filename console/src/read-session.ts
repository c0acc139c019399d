import { api } from './api.ts'
import { isSignInNeeded, me } from './session.ts'

/**
 * Asks the API who the person is. @returns whether it lets them in; it is asked again by whoever shows a page, should it
 * not answer at all.
 */
export async function readSession(): Promise<boolean> {
  isSignInNeeded.value = false
  me.value = await api.farm.me().catch(() => undefined)
  return !isSignInNeeded.value
}
